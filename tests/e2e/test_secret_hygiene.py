"""`secrets` on the real thing: a key leaves every file and still works; which key wins, and its repair."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.practice.server import PracticeServer
from tests.e2e.conftest import RunningGateway
from tests.e2e.shop import Shop, places_with
from tests.fakes.keys import shapeless

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

KEY = shapeless(77)
DATABASE = (".openclaw/state/openclaw.sqlite*",)
"""OpenClaw's own secret store; nothing else may hold a key."""


@pytest.fixture
def shop(gateway: RunningGateway, machine_cache: Path) -> Shop:
    """The home of the running Gateway."""
    return Shop(gateway.places.user_home, machine_cache)


@pytest.fixture
def office() -> Iterator[PracticeServer]:
    """A server that knows one key."""
    with PracticeServer(key=KEY) as server:
        yield server


def test_a_key_in_clear_is_found_moved_and_still_works(
    gateway: RunningGateway, shop: Shop, office: PracticeServer
) -> None:
    """The file as an editor left it, with the copies OpenClaw and lunatui have made of it since."""
    config = shop.config
    model = config["models"]["providers"]["practice"]["models"][0]
    config["models"]["providers"]["office"] = {
        "baseUrl": office.base_url, "api": "openai-completions", "apiKey": KEY, "models": [model],
    }  # fmt: skip
    shop.write_config(config)
    assert shop.run("config", "set", "agents.entries.luna.name", "Luna One").code == 0
    assert gateway.openclaw("config", "set", "agents.entries.luna.name", "Luna Two").returncode == 0
    (shop.config_path.parent / ".env").write_text(f"OFFICE_KEY={KEY}\n")
    held = places_with(KEY, shop.home, except_for=DATABASE)
    assert len(held) >= 4, held

    found = shop.run("secrets", "scan")
    assert found.code == 11
    settings = {row["where"] for row in found.result["keys"] if row["movable"]}
    assert "models.providers.office.apiKey" in settings
    assert KEY not in json.dumps(found.document) + found.said

    where = ("--setting", "models.providers.office.apiKey")
    planned = shop.run("secrets", "move", *where, "--dry-run")
    assert planned.code == 10
    targets = {change["target"] for change in planned.result["changes"]}
    assert {str(shop.home / path) for path in held} <= targets | {str(shop.config_path)}
    shop.run("secrets", "move", *where).failed(3, "no-consent")
    done = shop.run("secrets", "move", *where, "--yes").result
    assert done["state"] == "saved and in use"
    assert places_with(KEY, shop.home, except_for=DATABASE) == []
    assert shop.config["models"]["providers"]["office"]["apiKey"]["source"] == "store"
    assert shop.run("providers", "test", "office").result["ok"] is True
    assert any(request.status == 200 for request in office.requests), "it answers whoever shows the key"
    again = shop.run("secrets", "scan").result["keys"]
    assert not [row for row in again if "office" in row["where"]]
    assert shop.run("audit", "verify").code == 0


def test_a_key_in_clear_moves_into_our_vault(
    gateway: RunningGateway, shop: Shop, office: PracticeServer
) -> None:
    """OpenClaw asks our program for it from then on."""
    config = shop.config
    provider = dict(config["models"]["providers"]["office"], apiKey=KEY, baseUrl=office.base_url)
    config["models"]["providers"]["branch"] = provider
    shop.write_config(config)
    where = ("--setting", "models.providers.branch.apiKey", "--to", "vault")
    done = shop.run("secrets", "move", *where, "--yes").result
    assert done["state"] == "saved and in use"
    assert shop.config["models"]["providers"]["branch"]["apiKey"]["source"] == "exec"
    assert shop.run("providers", "test", "branch").result["ok"] is True
    assert places_with(KEY, shop.home, except_for=DATABASE) == []


def states(chain: dict[str, Any]) -> dict[str, str]:
    """Place to state."""
    return {link["place"]: link["state"] for link in chain["links"]}


def test_the_chain_says_what_the_real_gateway_takes(gateway: RunningGateway, shop: Shop) -> None:
    """OpenClaw's own order: the setting, the process, the file with variables."""
    whole = shop.run("secrets", "chain")
    assert whole.code == 0, whole.result
    assert whole.result["links"][0]["state"] == "wins"
    assert states(whole.result)["device"] == "known"
    assert gateway.token not in json.dumps(whole.document) + whole.said

    env = shop.config_path.parent / ".env"
    other = "another-" + shapeless(5)
    env.write_text(f"KEEP=this\nOPENCLAW_GATEWAY_TOKEN={other}\n")
    env.chmod(0o600)
    shop.run("gateway", "restart")
    differs = shop.run("secrets", "chain")
    assert differs.code == 11
    assert (differs.result["connection"], differs.result["whole"]) == ("accepted", False)
    (first,) = [link for link in differs.result["links"] if link["first_mismatch"]]
    assert (first["place"], first["state"]) == ("variables", "differs")
    shop.run("secrets", "repair").failed(3, "no-consent")
    assert other in env.read_text()
    mended = shop.run("secrets", "repair", "--yes").result
    assert mended["chain"]["whole"] is True
    assert [step["name"] for step in mended["steps"] if step["state"] == "done"] == ["copies", "connection"]
    assert other not in env.read_text()
    assert env.read_text().startswith("KEEP=this\n")

    config = shop.config
    del config["gateway"]["auth"]["token"]
    shop.write_config(config)
    env.write_text(f"OPENCLAW_GATEWAY_TOKEN={other}\n")
    shop.run("gateway", "restart")
    by_file = shop.run("secrets", "chain").result
    assert (states(by_file)["variables"], by_file["connection"]) == ("wins", "accepted")


def test_a_box_without_any_key_gets_one_and_a_connection_proves_it(
    gateway: RunningGateway, shop: Shop
) -> None:
    config = shop.config
    config["gateway"]["auth"].pop("token", None)
    shop.write_config(config)
    (shop.config_path.parent / ".env").write_text("")
    assert shop.run("secrets", "chain").code == 11
    mended = shop.run("secrets", "repair", "--yes").result
    assert mended["chain"]["whole"] is True
    assert {"key", "restart", "connection"} <= {
        step["name"] for step in mended["steps"] if step["state"] == "done"
    }
    token = shop.config["gateway"]["auth"]["token"]
    assert len(token) >= 32
    assert token not in json.dumps(mended)
    assert shop.run("health", "glance").code in (0, 11)
