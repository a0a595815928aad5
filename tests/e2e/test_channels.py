"""`channels` on the real Gateway: Telegram to an answer, WhatsApp to where its servers are needed."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from appliance.api import Appliance
from appliance.gateway.calls import secrets_list
from appliance.gateway.channel_calls import plugins_list
from tests.e2e.conftest import LIMIT_S, RunningGateway
from tests.e2e.shop import Shop, places_with, wait_for
from tests.fakes.telegram import TelegramApi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

GOOD = "7001:AAe2e-good-token-0000000000000000000"
BAD = "7001:AAe2e-bad-token-00000000000000000000"
ANN = 555001
OWN = "+491701234567"
DATABASE = (".openclaw/state/openclaw.sqlite*",)
"""OpenClaw's own secret store; nothing else may hold a token."""
NPM = ("registry", "cafile", "proxy", "https-proxy")
"""How this machine's npm reaches the registry."""


@pytest.fixture
def shop(gateway: RunningGateway, machine_cache: Path) -> Shop:
    """The home of the running Gateway; its npm keeps what it downloads with the machine's other downloads."""
    own = gateway.places.user_home / ".npmrc"
    own.write_text(
        "\n".join([*_npm_settings(), f"cache={machine_cache / 'npm'}", "prefer-offline=true"]) + "\n"
    )
    return Shop(gateway.places.user_home, machine_cache)


def _npm_settings() -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        return []
    said = {
        name: subprocess.run([npm, "config", "get", name], capture_output=True, text=True, check=False).stdout
        for name in NPM
    }
    return [f"{name}={value.strip()}" for name, value in said.items() if value.strip() not in ("", "null")]


@pytest.fixture
def telegram() -> Iterator[TelegramApi]:
    with TelegramApi(GOOD) as api:
        yield api


def add(shop: Shop, api: TelegramApi, token: str = GOOD) -> Any:
    """The bot with Ann on its list."""
    people = ("--who", "listed", "--allow", str(ANN))
    return shop.run(
        "channels", "add", "telegram", "--token-stdin", "--api-root", api.base_url, *people, "--yes",
        stdin=f"{token}\n",
    )  # fmt: skip


def telegram_line(shop: Shop, verb: str = "list") -> dict[str, Any]:
    """The line as the verb shows it, whether or not it finds it well."""
    if verb == "list":
        rows = shop.run("channels", "list").document["result"]["channels"]
        found: dict[str, Any] = next(row for row in rows if row["channel"] == "telegram")
        return found
    shown: dict[str, Any] = shop.run("channels", verb, "telegram").document["result"]["line"]
    return shown


def secret_names(gateway: RunningGateway) -> set[str]:
    """What OpenClaw's store holds, by name."""

    async def ask() -> set[str]:
        async with Appliance(gateway.places, gateway.env).gateway() as client:
            return {entry.name for entry in (await secrets_list(client)).entries}

    return asyncio.run(ask())


def test_telegram_from_a_wrong_token_to_a_message_answered(
    gateway: RunningGateway, shop: Shop, telegram: TelegramApi
) -> None:
    untouched = shop.config_path.read_bytes()
    add(shop, telegram, BAD).failed(3, "channel-token-refused")
    telegram.second_poller = True
    add(shop, telegram).failed(4, "second-poller")
    telegram.second_poller = False
    assert (shop.config_path.read_bytes(), secret_names(gateway)) == (untouched, set())

    added = add(shop, telegram).result
    assert (added["name"], added["state"]) == ("@shop_test_bot", "ready")
    assert f"only {ANN} gets an answer, everybody else gets silence" in added["policy"]
    (name,) = secret_names(gateway)
    reference = {"source": "store", "provider": "default", "id": name}
    assert shop.config["channels"]["telegram"]["botToken"] == reference
    assert places_with(GOOD, shop.home, except_for=DATABASE) == []

    telegram.say("Are you open today?", sender=ANN)
    answer = telegram.wait_sent("Are you open today?", LIMIT_S)
    assert answer is not None, telegram.methods[-20:]
    assert int(answer["chat_id"]) == ANN
    seen = wait_for(lambda: telegram_line(shop)["last_out"], LIMIT_S)
    assert seen, "the message out is one of the facts"
    line = telegram_line(shop)
    assert (line["state"], line["linked"], line["socket_open"]) == ("ready", True, True)
    assert line["last_in"] <= line["last_out"]

    telegram.say("I am nobody you know", sender=555999)
    assert telegram.wait_sent("nobody you know", 10.0) is None, "a stranger gets silence"

    telegram.second_poller = True
    wait_for(lambda: telegram_line(shop, "test")["state"] == "failing", LIMIT_S)
    told = shop.run("channels", "test", "telegram")
    assert told.code == 11
    assert "getUpdates conflict" in told.result["line"]["problem"]

    stopped = shop.run("channels", "stop", "telegram").result
    assert (stopped["channel"], stopped["account"]) == ("telegram", "default")
    for verb in ("logout", "remove"):
        before = shop.run("channels", verb, "telegram", "--dry-run")
        assert before.code == 10
        assert any("deletes the token" in warning for warning in before.result["warnings"])
    gone = shop.run("channels", "remove", "telegram", "--yes")
    assert gone.result["channel"] == "telegram"
    assert "telegram" not in shop.config.get("channels", {})
    assert secret_names(gateway) == set()
    shop.run("channels", "show", "telegram").failed(6, "channel-unknown")


def test_whatsapp_is_linked_to_where_its_servers_are_needed(gateway: RunningGateway, shop: Shop) -> None:
    shop.run("channels", "login", "whatsapp", "--yes").failed(2, "whose-number")
    process = shop.begin(
        *("channels", "login", "whatsapp", "--personal", "--number", OWN, "--yes", "--json"),
        stderr=subprocess.DEVNULL,
    )
    states, last = _until_the_servers(process)
    assert states[:6] == [
        *("checking", "plugin-missing", "installing", "whose-number", "writing-policy", "starting"),
    ]
    if "code-shown" not in states:  # this machine has no way to WhatsApp, and that is what is said
        assert last["error"]["code"] == "line-network"
        assert "web.whatsapp.com" in last["error"]["message"]
        assert states[6:] == ["refused"]
    line = shop.config["channels"]["whatsapp"]
    assert (line["dmPolicy"], line["allowFrom"], line["groupPolicy"]) == ("allowlist", [OWN], "disabled")
    assert line["selfChatMode"] is True
    assert "whatsapp" in {row.id for row in _plugins(gateway) if row.installed and row.enabled}
    shown = shop.run("channels", "list")
    (row,) = (row for row in shown.result["channels"] if row["channel"] == "whatsapp")
    assert (shown.code, row["state"], row["linked"]) == (11, "unlinked", False)
    shop.run("channels", "start", "whatsapp").failed(3, "line-unlinked")
    opened = shop.run("channels", "policy", "whatsapp", "--who", "code", "--yes")
    opened.failed(3, "personal-number")


def _until_the_servers(process: subprocess.Popen[str]) -> tuple[list[str], dict[str, Any]]:
    """The states until a code is on show or the command has ended, and its last document."""
    states: list[str] = []
    document: dict[str, Any] = {}
    assert process.stdout is not None
    for text in process.stdout:
        document = json.loads(text)
        event = document.get("event", {})
        if event.get("kind") == "state":
            states.append(event["state"])
        if states[-1:] == ["code-shown"]:
            process.terminate()
            break
    process.communicate(timeout=LIMIT_S)
    return states, document


def _plugins(gateway: RunningGateway) -> Any:
    async def ask() -> Any:
        async with Appliance(gateway.places, gateway.env).gateway() as client:
            return (await plugins_list(client)).plugins

    return asyncio.run(ask())
