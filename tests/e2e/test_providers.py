"""`providers`: tested before they are saved, taken back when OpenClaw disagrees; keys stay hidden."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

import pytest

from appliance.api import Appliance
from appliance.gateway.calls import secrets_list
from appliance.practice.server import PracticeServer
from tests.e2e.conftest import RunningGateway, free_port
from tests.e2e.shop import Answer, Shop, places_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

FIRST = "sk-e2e-first+one/9Zq=4477aa"
SECOND = "sk-e2e-second+two/8Yp=5588bb"
CLEAR = "sk-e2e-in-clear-5522"
BAD = "sk-e2e-not-the-key-0011"
DATABASE = (".openclaw/state/openclaw.sqlite*",)
"""OpenClaw's own secret store; nothing else may hold a key."""


@pytest.fixture
def shop(gateway: RunningGateway, machine_cache: Path) -> Shop:
    """The home of the running Gateway; its supervisor stops it after the last test."""
    return Shop(gateway.places.user_home, machine_cache)


@pytest.fixture
def office() -> Iterator[PracticeServer]:
    """Another server, which knows one key."""
    with PracticeServer(key=FIRST) as server:
        yield server


def secret_names(gateway: RunningGateway) -> set[str]:
    """What OpenClaw's store holds, by name."""

    async def ask() -> set[str]:
        async with Appliance(gateway.places, gateway.env).gateway() as client:
            return {entry.name for entry in (await secrets_list(client)).entries}

    return asyncio.run(ask())


def add(shop: Shop, server: PracticeServer, key: str, *more: str, id_: str = "office") -> Answer:
    """Add it with the key from standard input."""
    where = ("--id", id_, "--base-url", server.base_url, "--model", "practice")
    return shop.run("providers", "add", "custom", *where, "--key-stdin", *more, stdin=key + "\n")


def test_a_key_is_tested_stored_hidden_rotated_and_refused(
    gateway: RunningGateway, shop: Shop, office: PracticeServer
) -> None:
    untouched = shop.config_path.read_bytes()
    add(shop, office, BAD).failed(1, "provider-wrong-key")
    assert shop.config_path.read_bytes() == untouched
    assert secret_names(gateway) == set()

    dry = add(shop, office, FIRST, "--dry-run")
    assert dry.code == 10
    assert shop.config_path.read_bytes() == untouched
    assert secret_names(gateway) == set()

    added = add(shop, office, FIRST).result
    assert (added["provider"], added["state"]) == ("office", "saved and in use")
    assert added["steps"][-1]["name"] == "openclaw"
    assert all(step["state"] == "ok" for step in added["steps"] if step["name"] in ("auth", "openclaw"))
    (name,) = secret_names(gateway)
    entry = shop.config["models"]["providers"]["office"]
    assert entry["apiKey"] == {"source": "store", "provider": "default", "id": name}
    listed = {row["id"]: row for row in shop.run("providers", "list").result["providers"]}
    assert (listed["office"]["key"], listed["practice"]["default"]) == ("OpenClaw's store", True)

    working = shop.config_path.read_bytes()
    add(shop, office, BAD).failed(1, "provider-wrong-key")
    assert shop.config_path.read_bytes() == working
    assert secret_names(gateway) == {name}
    assert shop.run("providers", "test", "office").result["ok"] is True

    office.key = SECOND
    refused = shop.run("providers", "test", "office")
    assert (refused.code, refused.result["ok"], refused.result["blame"]) == (11, False, "key")
    assert [step["code"] for step in refused.result["steps"]] == ["", "not-direct", "auth"]
    rotated = add(shop, office, SECOND).result
    assert rotated["provider"] == "office"
    (other,) = secret_names(gateway)
    assert other != name, "a new key never overwrites the one in use"
    assert shop.config["models"]["providers"]["office"]["apiKey"]["id"] == other
    assert shop.run("providers", "test", "office").result["ok"] is True

    for key in (FIRST, SECOND, BAD):
        assert places_with(key, shop.home, except_for=DATABASE) == []
    assert shop.run("audit", "verify").code == 0
    _choose(shop)


def _choose(shop: Shop) -> None:
    """The default model is one that is there."""
    shop.run("providers", "set", "--model", "office/nothing").failed(6, "model-unknown")
    shop.run("providers", "set", "--model", "nobody/practice").failed(6, "provider-unknown")
    shop.run("providers", "set", "--model", "practice").failed(2, "model-reference")
    shop.run("providers", "test", "nobody").failed(6, "provider-unknown")
    chosen = shop.run("providers", "set", "--model", "office/practice").result
    assert chosen["state"] == "saved and in use"
    reply = shop.run("chat", "send", "--agent", "luna", "--message", "Through the office?").result
    assert "Through the office?" in reply["text"]
    assert shop.run("undo").result["operation"] == "providers.set"
    assert shop.run("providers", "list").result["default_model"] == "practice/practice"


def test_a_key_from_a_file_and_from_a_descriptor(
    gateway: RunningGateway, shop: Shop, office: PracticeServer, tmp_path: Path
) -> None:
    where = ("providers", "add", "custom", "--base-url", office.base_url, "--model", "practice")
    file = tmp_path / "key"
    file.write_text(FIRST + "\n")
    file.chmod(0o644)
    error = shop.run(*where, "--id", "by-file", "--key-file", str(file)).failed(2, "secret-file-open")
    assert "chmod 600" in error["hint"]
    file.chmod(0o600)
    assert shop.run(*where, "--id", "by-file", "--key-file", str(file)).result["provider"] == "by-file"
    reading, writing = os.pipe()
    os.write(writing, FIRST.encode())
    os.close(writing)
    try:
        given = shop.run(*where, "--id", "by-fd", "--key-fd", str(reading), pass_fds=(reading,))
    finally:
        os.close(reading)
    assert given.result["provider"] == "by-fd"
    assert {"LUNATUI_BY_FILE_KEY", "LUNATUI_BY_FD_KEY"} <= secret_names(gateway)
    refused = shop.run(*where, "--id", "by-argument", "--key", FIRST)
    assert refused.failed(2, "secret-in-argument")
    assert FIRST not in json.dumps(refused.document) + refused.said
    assert places_with(FIRST, shop.home, except_for=DATABASE) == []


def test_both_ways_are_gone_and_the_difference_says_whose_fault_it_is(
    gateway: RunningGateway, shop: Shop
) -> None:
    """A key that stands in clear is tried by ourselves too; then only what differs is OpenClaw's."""
    with PracticeServer(key=CLEAR) as server:
        before = shop.config
        rows = [{"id": "practice", "name": "practice"}]
        entry = {"baseUrl": server.base_url, "api": "openai-completions", "apiKey": CLEAR, "models": rows}
        providers = {**before["models"]["providers"], "plain": entry}
        shop.write_config({**before, "models": {**before["models"], "providers": providers}})
        # A change of ours is in use only once the Gateway has read all of the file.
        used = shop.run("models", "utility", "--model", "plain/practice").result
        assert used["state"] == "saved and in use"
        well = shop.run("providers", "test", "plain", timeout=180)
        assert (well.code, well.result["ok"], well.result["blame"]) == (0, True, "")
        names = [step["name"] for step in well.result["steps"] if step["state"] == "ok"]
        assert {"reach", "auth", "completion", "tool", "openclaw"} <= set(names)
        assert well.result["first_milliseconds"] > 0
        server.key = SECOND
        ill = shop.run("providers", "test", "plain", timeout=180)
        assert (ill.code, ill.result["code"], ill.result["blame"]) == (11, "wrong-key", "key")
        assert {step["code"] for step in ill.result["steps"]} >= {"wrong-key", "auth"}
    gone = shop.run("providers", "test", "plain", timeout=180)
    assert (gone.code, gone.result["code"], gone.result["blame"]) == (11, "refused", "network")
    listed = {row["id"]: row for row in shop.run("providers", "list").result["providers"]}
    assert listed["plain"]["tested"]["code"] == "refused"
    assert (
        places_with(
            FIRST,
            shop.home,
            except_for=(*DATABASE, ".openclaw/openclaw.json*", ".local/**/backups/**", ".local/**/known/**"),
        )
        == []
    )
    shop.write_config(before)


def test_nothing_answers(gateway: RunningGateway, shop: Shop) -> None:
    untouched, names = shop.config_path.read_bytes(), secret_names(gateway)
    where = ("--id", "gone", "--model", "practice", "--base-url", f"http://127.0.0.1:{free_port()}/v1")
    shop.run("providers", "add", "custom", *where).failed(5, "provider-refused")
    key = shop.run("providers", "add", "custom", *where, "--key-stdin", stdin=FIRST)
    key.failed(5, "provider-refused")
    open_road = ("--id", "gone", "--model", "practice", "--base-url", "http://example.com/v1")
    shop.run("providers", "add", "custom", *open_road, "--key-stdin", stdin=FIRST).failed(
        3, "insecure-address"
    )
    assert shop.config_path.read_bytes() == untouched
    assert secret_names(gateway) == names


class Fickle(PracticeServer):
    """Accepts its key until our own test has passed, and refuses everybody from then on."""

    def record(self, request: object) -> None:
        super().record(request)  # type: ignore[arg-type]
        asked = [item for item in self.requests if item.path.endswith("/chat/completions")]
        if len(asked) >= self.turns_after:
            self.key = "no longer the key of anybody"

    turns_after = 2


def test_what_openclaw_does_not_accept_is_taken_back(gateway: RunningGateway, shop: Shop) -> None:
    untouched, names = shop.config_path.read_bytes(), secret_names(gateway)
    with Fickle(key=FIRST) as fickle:
        error = add(shop, fickle, FIRST, id_="fickle").failed(1, "provider-auth")
        assert any(item.status == 401 for item in fickle.requests), "OpenClaw itself has asked"
    assert "OpenClaw" in error["message"]
    assert "is back" in error["message"]
    assert shop.config_path.read_bytes() == untouched
    assert secret_names(gateway) == names
    assert places_with(FIRST, shop.home, except_for=DATABASE) == []
    garbage = ("--id", "garbage", "--base-url", gateway.practice.base_url, "--model", "practice-garbage")
    assert shop.run("providers", "add", "custom", *garbage, "--key-stdin", stdin="any-key-1").code == 1
    assert shop.config_path.read_bytes() == untouched


@pytest.mark.parametrize(
    ("model", "exit_code", "code"),
    [
        ("practice-401", 1, "provider-wrong-key"),
        ("practice-402", 1, "provider-no-credit"),
        ("practice-429", 1, "provider-rate-limit"),
        ("practice-500", 1, "provider-provider-down"),
        ("practice-cut", 1, "provider-cut"),
        ("practice-notools", 1, "provider-no-tools"),
        ("practice-unknown", 1, "provider-model-not-found"),
    ],
)
def test_a_model_in_trouble_is_not_saved(
    gateway: RunningGateway, shop: Shop, model: str, exit_code: int, code: str
) -> None:
    untouched = shop.config_path.read_bytes()
    where = ("--id", "troubled", "--base-url", gateway.practice.base_url, "--model", model)
    shop.run("providers", "add", "custom", *where, "--key-stdin", stdin="any-key-1").failed(exit_code, code)
    assert shop.config_path.read_bytes() == untouched


def test_a_profile_agrees_with_a_rotated_key_and_an_unclean_address(
    gateway: RunningGateway, shop: Shop, office: PracticeServer, tmp_path: Path
) -> None:
    """A second apply has nothing to do, whichever of its two names the key has by now."""
    profile = tmp_path / "site.toml"
    key_file = tmp_path / "key"
    key_file.touch(mode=0o600)
    key_file.write_text(FIRST)
    port = shop.config["gateway"]["port"]
    for address in (office.origin, f"{office.base_url}/chat/completions/"):
        profile.write_text(
            f'[gateway]\nport = {port}\n[provider]\nkind = "custom"\nid = "branch"\nmodels = ["practice"]\n'
            f'base_url = "{address}"\nkey = "file:{key_file}"\n[[agents]]\nid = "luna"\n'
        )
        assert shop.run("profiles", "apply", str(profile)).code == 0
        assert shop.run("profiles", "plan", str(profile)).result["changes"] == []
    assert add(shop, office, FIRST, id_="branch").result["provider"] == "branch"
    assert shop.run("profiles", "plan", str(profile)).result["changes"] == []
