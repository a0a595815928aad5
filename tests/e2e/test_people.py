"""People and devices on the real Gateway: asked, let in, answered, taken back, blocked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.gateway.client import GatewayClient
from appliance.gateway.faults import GatewayRefused
from appliance.gateway.identity import load_identity
from tests.e2e.conftest import LIMIT_S, RunningGateway
from tests.e2e.shop import Shop, wait_for
from tests.fakes.telegram import TelegramApi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

TOKEN = "7001:AAe2e-people-token-000000000000000000"
ANN, BOB = 555001, 555002


@pytest.fixture
def shop(gateway: RunningGateway, machine_cache: Path) -> Shop:
    """The home of the running Gateway."""
    return Shop(gateway.places.user_home, machine_cache)


@pytest.fixture(scope="module")
def telegram() -> Iterator[TelegramApi]:
    with TelegramApi(TOKEN) as api:
        yield api


def waiting(shop: Shop) -> dict[str, dict[str, Any]]:
    """Who waits, by id."""
    return {item["sender"]: item for item in shop.run("people", "list").result["waiting"]}


def let_in(shop: Shop) -> list[str]:
    """Who was let in by request."""
    return [item["person"] for item in shop.run("people", "allowed").result["people"]]


def test_people_ask_are_let_in_answered_and_taken_back(shop: Shop, telegram: TelegramApi) -> None:
    way = ("--token-stdin", "--api-root", telegram.base_url, "--who", "code", "--yes")
    assert shop.run("channels", "add", "telegram", *way, stdin=f"{TOKEN}\n").result["state"] == "ready"
    telegram.say("Are you open?", sender=ANN, name="Ann")
    telegram.say("Buy my things", sender=BOB, name="Bob")
    assert wait_for(lambda: len(waiting(shop)) == 2, LIMIT_S)
    asks = waiting(shop)[str(ANN)]
    assert (asks["name"], asks["sender_kind"], asks["until"] - asks["since"]) == (
        "Ann", "telegramUserId", 3600,
    )  # fmt: skip
    inbox = shop.run("approvals", "list").result["decisions"]
    assert {(item["kind"], item["who"]) for item in inbox} == {("person", "Ann"), ("person", "Bob")}

    refused = shop.run("people", "approve", asks["id"]).failed(3, "no-consent")
    assert "will get answers from Luna on Telegram" in refused["message"]
    done = shop.run("people", "approve", asks["id"], "--notify", "--yes").result
    assert (done["state"], done["told"]) == ("let in", "sent")
    assert let_in(shop) == [str(ANN)]
    telegram.say("What about Sunday?", sender=ANN, name="Ann")
    assert telegram.wait_sent("What about Sunday?", LIMIT_S), telegram.sent

    before = shop.config_path.read_bytes()
    assert shop.run("undo", "--yes").result["operation"] == "people.approve"
    assert let_in(shop) == []
    assert shop.config_path.read_bytes() == before, "the setting that this needs is as it was"
    shop.run("people", "revoke", str(ANN), "--channel", "telegram").failed(6, "person-unknown")
    shop.run("people", "allow", str(ANN), "--channel", "telegram", "--yes").result  # noqa: B018 - it went well
    assert let_in(shop) == [str(ANN)]


def test_who_is_blocked_is_dismissed_and_asks_in_vain(shop: Shop, telegram: TelegramApi) -> None:
    """After the test before, on the same line."""
    bob = ("people", "block", str(BOB), "--channel", "telegram")
    assert shop.run(*bob).result["state"] == "blocked"
    assert wait_for(lambda: str(BOB) not in waiting(shop), LIMIT_S)
    telegram.say("Buy my things!", sender=BOB, name="Bob")
    assert wait_for(lambda: waiting(shop).get(str(BOB), {}).get("blocked"), LIMIT_S)
    assert shop.run("approvals", "list").result["decisions"] == []
    gone = shop.run("people", "enforce").result["dismissed"]
    assert gone == [{"channel": "telegram", "person": str(BOB)}]
    assert waiting(shop) == {}


def test_a_device_asks_is_let_in_renamed_and_removed(
    gateway: RunningGateway, shop: Shop, tmp_path: Path
) -> None:
    """One that shows itself otherwise than before has to ask, also on this machine."""
    folder = tmp_path / "identity"
    folder.mkdir(mode=0o700)
    known = load_identity(folder)
    changed = replace(known, platform="elsewhere")
    asyncio.run(_connect(gateway, known))
    with pytest.raises(GatewayRefused, match="re-approved"):
        asyncio.run(_connect(gateway, changed))
    (asks,) = shop.run("devices", "list").result["waiting"]
    assert (asks["wants"], asks["platform"], asks["device"]) == ("again", "elsewhere", known.device_id)
    assert shop.run("devices", "approve", asks["id"]).failed(3, "no-consent")
    assert shop.run("devices", "approve", asks["id"], "--yes").result["state"] == "let in"
    asyncio.run(_connect(gateway, changed))
    shop.run("devices", "reject", asks["id"]).failed(6, "device-request-gone")
    assert shop.run("devices", "rename", known.device_id, "Till").result["name"] == "Till"
    names = {item["id"]: item["name"] for item in shop.run("devices", "list").result["devices"]}
    assert names[known.device_id] == "Till"
    assert shop.run("devices", "remove", known.device_id, "--yes").result["state"] == "removed"
    rows = shop.run("devices", "list").result["devices"]
    (own,) = (item for item in rows if item["own"])
    assert known.device_id not in {item["id"] for item in rows}
    shop.run("devices", "remove", own["id"], "--yes").failed(3, "device-own")


async def _connect(gateway: RunningGateway, identity: Any) -> None:
    client = GatewayClient(gateway.endpoint, identity=identity)
    try:
        await client.connect(wait=30.0, keep=False)
    finally:
        await client.close()
