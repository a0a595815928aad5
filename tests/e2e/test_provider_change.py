"""A brain changed and taken away, and the models, against the real Gateway: schedules and keys go along."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from appliance.api import Appliance
from appliance.gateway.calls import secrets_list
from appliance.gateway.cron import cron_list
from appliance.practice.server import PracticeServer
from tests.e2e.conftest import RunningGateway
from tests.e2e.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

KEY = "sk-e2e-change-one/7Kp+3344"
OTHER = "sk-e2e-change-two/2Mq+5566"


@pytest.fixture
def shop(gateway: RunningGateway, machine_cache: Path) -> Shop:
    """The home of the running Gateway; its supervisor stops it after the last test."""
    return Shop(gateway.places.user_home, machine_cache)


@pytest.fixture
def office() -> Iterator[PracticeServer]:
    """Another server, which knows one key."""
    with PracticeServer(key=KEY) as server:
        yield server


def asked(gateway: RunningGateway, method: str, params: dict[str, Any]) -> Any:
    """One call to the Gateway."""

    async def ask() -> Any:
        async with Appliance(gateway.places, gateway.env).gateway() as client:
            return await client.call(method, params)

    return asyncio.run(ask())


def models_of_schedules(gateway: RunningGateway) -> dict[str, str]:
    async def ask() -> dict[str, str]:
        async with Appliance(gateway.places, gateway.env).gateway() as client:
            return {job.name: job.model for job in await cron_list(client)}

    return asyncio.run(ask())


def secret_names(gateway: RunningGateway) -> set[str]:
    async def ask() -> set[str]:
        async with Appliance(gateway.places, gateway.env).gateway() as client:
            return {entry.name for entry in (await secrets_list(client)).entries}

    return asyncio.run(ask())


SCHEDULE = {
    "name": "morning",
    "schedule": {"kind": "cron", "expr": "0 9 1 1 *", "tz": "Europe/London"},
    "sessionTarget": "isolated",
    "wakeMode": "now",
    "agentId": "luna",
    "payload": {"kind": "agentTurn", "message": "Good morning", "model": "office/practice"},
    "delivery": {"mode": "none"},
    "enabled": True,
}


def test_a_brain_is_used_changed_and_taken_away_with_all_that_named_it(
    gateway: RunningGateway, shop: Shop, office: PracticeServer
) -> None:
    where = ("--id", "office", "--base-url", office.base_url, "--model", "practice", "--key-stdin")
    added = shop.run("providers", "add", "custom", *where, stdin=KEY, timeout=240)
    assert added.result["state"] == "saved and in use"
    _models(shop)
    asked(gateway, "cron.add", SCHEDULE)
    assert models_of_schedules(gateway)["morning"] == "office/practice"

    office.key = OTHER
    (name,) = secret_names(gateway)
    changed = shop.run("providers", "update", "office", "--key-stdin", stdin=OTHER, timeout=240).result
    assert changed["state"] == "saved and in use"
    (other,) = secret_names(gateway)
    assert other != name

    refused = shop.run("providers", "remove", "office", "--yes").failed(3, "provider-in-use")
    for place in ("morning", "utilityModel", "fallbacks"):
        assert place in refused["message"]
    gone = shop.run(
        "providers", "remove", "office", "--instead", "practice/practice-tool", "--yes", timeout=240
    ).result
    assert gone["schedules"] == ["morning"]
    assert gone["state"] == "saved and in use"
    assert "office" not in shop.config["models"]["providers"]
    assert models_of_schedules(gateway)["morning"] == "practice/practice-tool"
    assert secret_names(gateway) == set()
    reply = shop.run("chat", "send", "--agent", "luna", "--message", "Still there?", timeout=240).result
    assert "Still there?" in reply["text"]
    assert shop.run("undo").result["operation"] == "providers.remove"
    assert shop.config["models"]["providers"]["office"]["apiKey"]["id"] == other
    tested = shop.run("providers", "test", "office", timeout=240)
    assert (tested.code, tested.result["ok"], tested.result["blame"]) == (11, False, "key")
    assert shop.run("audit", "verify").code == 0


def _models(shop: Shop) -> None:
    """Who steps in, who does small tasks, what it costs; the settings of the Gateway say the same."""
    listed = {row["model"]: row for row in shop.run("models", "list").result["models"]}
    assert listed["practice/practice"]["default"] is True
    assert listed["office/practice"]["configured"] is True
    state = shop.run("models", "fallbacks", "--model", "office/practice").result["state"]
    assert state == "saved and in use"
    assert shop.run("models", "utility", "--model", "office/practice").result["state"] == "saved and in use"
    cost = shop.run("models", "estimate").result
    assert (cost["model"], cost["dollars_a_day"]) == ("practice/practice", 0.0)
    kinds = shop.run("providers", "kinds").result
    rows = {row["id"]: row for row in kinds["kinds"]}
    assert kinds["engine"]
    assert rows["openai"]["installed"] is True
    assert rows["openai"]["models"] > 5
    assert "OPENROUTER_API_KEY" in rows["openrouter"]["variables"]
    paid = shop.run("models", "estimate", "openai/gpt-6-sol").result
    assert paid["dollars_a_day"] > 0
