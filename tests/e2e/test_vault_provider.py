"""A provider's key in our vault: OpenClaw asks for it, works with it, and keeps it nowhere."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import psutil
import pytest

from appliance.practice.server import PracticeServer
from tests.e2e.conftest import RunningGateway
from tests.e2e.shop import Answer, Shop, places_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

KEY = "sk-e2e-vault+first/9Zq=4477aa"
NEWER = "sk-e2e-vault+second/8Yp=5588bb"
BAD = "sk-e2e-no-such-key-0022"
DATABASE = (".openclaw/state/openclaw.sqlite*",)
"""OpenClaw's own secret store."""


@pytest.fixture
def shop(gateway: RunningGateway, machine_cache: Path) -> Shop:
    """The home of the running Gateway; its supervisor stops it after the last test."""
    return Shop(gateway.places.user_home, machine_cache)


@pytest.fixture
def office() -> Iterator[PracticeServer]:
    """A server that knows one key."""
    with PracticeServer(key=KEY) as server:
        yield server


def given(shop: Shop, verb: str, name: str, key: str) -> Answer:
    """A command with a key on standard input."""
    return shop.run("secrets", verb, name, "--value-stdin", stdin=key + "\n")


def processes_with(key: str, shop: Shop) -> list[str]:
    """Processes of this home that have the key in their command line or environment."""
    found = []
    for process in shop.processes():
        try:
            text = "\0".join([*process.cmdline(), *process.environ().values()])
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        found += [process.name()] if key in text else []
    return found


def reply(shop: Shop) -> str:
    """What the first agent answers."""
    sent = shop.run("chat", "send", "--agent", "luna", "--message", "Through the vault?")
    return str(sent.result["text"])


def test_a_gateway_starts_with_its_key_from_the_vault_and_keeps_it_nowhere(
    gateway: RunningGateway, shop: Shop, office: PracticeServer
) -> None:
    config = shop.config
    rows = config["models"]["providers"]["practice"]["models"]
    config["models"]["providers"]["office"] = {
        "baseUrl": office.base_url,
        "api": "openai-completions",
        "apiKey": "not-known-yet",
        "models": rows,
    }
    shop.write_config(config)
    used = given(shop, "use", "office", KEY).result
    assert (used["where"], used["state"]) == ("lunatui's vault", "saved and in use")
    reference = shop.config["models"]["providers"]["office"]["apiKey"]
    assert reference == {"source": "exec", "provider": "lunatui", "id": "providers/office"}
    assert shop.run("providers", "set", "--model", "office/practice").code == 0
    assert shop.run("gateway", "restart").code == 0
    asked = len(office.requests)
    assert "Through the vault?" in reply(shop)
    assert len(office.requests) > asked
    assert processes_with(KEY, shop) == []
    assert places_with(KEY, shop.home) == []

    listed = shop.run("secrets", "list").result["secrets"]
    assert [(row["name"], bool(row["used"])) for row in listed] == [("providers/office", True)]
    assert listed[0]["used_by"] == ["models.providers.office.apiKey"]
    status = shop.run("secrets", "status").result
    assert (status["problems"], status["program"]) == ([], "in order")
    print("resolved in", status["milliseconds"], "ms")
    shop.run("secrets", "delete", "providers/office", "--yes").failed(3, "secret-in-use")
    records = shop.run("audit", "list", "--limit", "200").result["records"]
    handed = [row for row in records if row["operation"] == "secrets.resolve"]
    assert handed[-1]["actor"] == "system:openclaw"
    assert handed[-1]["changes"] == ["providers/office: handed to OpenClaw"]
    assert shop.run("audit", "verify").code == 0
    checked = gateway.openclaw("config", "validate")
    assert checked.returncode == 0, checked.stdout + checked.stderr

    rotated(shop, office)
    back_and_forth(shop, office)


def rotated(shop: Shop, office: PracticeServer) -> None:
    """A new key is tested before it counts, and OpenClaw uses it without a restart."""
    given(shop, "rotate", "providers/office", BAD).failed(1, "provider-wrong-key")
    assert "Through the vault?" in reply(shop)
    office.key = NEWER
    assert given(shop, "rotate", "providers/office", NEWER).result["version"] == 2
    assert "Through the vault?" in reply(shop)
    for key in (KEY, NEWER, BAD):
        assert places_with(key, shop.home) == []


def back_and_forth(shop: Shop, office: PracticeServer) -> None:
    """One key back to OpenClaw's own store, and one key forth again."""
    back = shop.run("secrets", "give-back", "office").result
    assert (back["where"], back["state"]) == ("OpenClaw's own store", "saved and in use")
    assert shop.config["models"]["providers"]["office"]["apiKey"]["source"] == "store"
    assert "lunatui" not in shop.config.get("secrets", {}).get("providers", {})
    assert "Through the vault?" in reply(shop)
    assert places_with(NEWER, shop.home, except_for=DATABASE) == []
    assert shop.run("undo").result["operation"] == "secrets.give-back"
    assert shop.config["models"]["providers"]["office"]["apiKey"]["source"] == "exec"
    assert "Through the vault?" in reply(shop)


def test_what_openclaw_cannot_use_is_taken_back(shop: Shop, office: PracticeServer) -> None:
    config = shop.config
    config["models"]["providers"]["branch"] = {
        "baseUrl": office.base_url,
        "api": "openai-completions",
        "apiKey": "${NOT_SET_ANYWHERE}",
        "models": config["models"]["providers"]["practice"]["models"],
    }
    shop.write_config(config)
    untouched = shop.config_path.read_bytes()
    shop.run("secrets", "use", "branch").failed(2, "secret-needed")
    given(shop, "use", "branch", BAD).failed(1, "provider-auth")
    assert shop.config_path.read_bytes() == untouched
    assert "providers/branch" not in {row["name"] for row in shop.run("secrets", "list").result["secrets"]}
    assert places_with(BAD, shop.home) == []


def test_the_program_answers_openclaw_alone(shop: Shop) -> None:
    ours = shop.home / ".local" / "share" / "lunatui" / "bin" / "openclaw-secrets"
    assert (ours.stat().st_mode & 0o777, ours.is_symlink()) == (0o700, False)
    question = json.dumps({"protocolVersion": 1, "provider": "another", "ids": ["providers/office"]})
    import subprocess

    answered = subprocess.run([ours], input=question, env={}, capture_output=True, text=True, check=True)
    assert json.loads(answered.stdout) == {
        "protocolVersion": 1,
        "values": {},
        "errors": {"providers/office": {"code": "NOT_ALLOWED"}},
    }
    reader, writer = os.pipe()
    agent = {"LUNATUI_ACTOR": "agent:luna"}
    asking = Shop(shop.home, shop.cache, agent)
    refused = asking.run("secrets", "resolve", "--answer-fd", str(writer), stdin=question, pass_fds=(writer,))
    os.close(writer)
    assert os.read(reader, 10) == b""
    os.close(reader)
    refused.failed(3, "secrets-for-openclaw")
