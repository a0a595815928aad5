"""`profiles`: an empty home becomes the box, twice, changed, killed, taken back, copied to a second home."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from appliance.engine.process import run_cli
from appliance.engine.release import PINNED
from appliance.places import Places
from appliance.practice.server import PracticeServer
from tests.e2e.conftest import free_port
from tests.e2e.shop import KEY, LIMIT_S, SIX, Shop, hashes, leftovers, opened, places_with, profile_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.engine.models import Engine

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

WRONG = "sk-planted-this-one-is-wrong-41b7"
DATABASE = (".openclaw/state/openclaw.sqlite*",)
"""OpenClaw's secret store, the one place where a key may stand (protected by the folder's mode 0700)."""
GATEWAYS_OWN = (*DATABASE, ".local/share/lunatui/logs/gateway.log")
"""The running Gateway writes its database whenever somebody asks it something, and its log when it likes; all
else must not move."""
KILLS = 6


@pytest.fixture(scope="module")
def practice() -> Iterator[PracticeServer]:
    with PracticeServer(key=KEY) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path, engine: Engine, machine_cache: Path) -> Iterator[Shop]:
    with opened(tmp_path / "home", machine_cache) as box:
        yield box


@pytest.fixture
def site(tmp_path: Path, practice: PracticeServer) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(profile_text(port=free_port(), base_url=practice.base_url, key="env:OFFICE_API_KEY"))
    return path


def openclaw(shop: Shop, engine: Engine, *arguments: str) -> Any:
    """What the real OpenClaw says about this home."""
    places = Places.from_environment(shop.env)
    done = asyncio.run(run_cli(engine, arguments, places=places, timeout=LIMIT_S))
    assert done.exit_code == 0, done
    return json.loads(done.stdout)


def _set_up(shop: Shop, site: Path, key: str = KEY) -> dict[str, Any]:
    shop.variables["OFFICE_API_KEY"] = key
    return shop.run("profiles", "apply", str(site)).result


def _state(shop: Shop) -> dict[str, Any]:
    """The configuration without what differs from box to box: token, port, times, the provider's address."""
    text = json.dumps(shop.config)
    text = re.sub(r'"\d{4}-\d\d-\d\dT[^"]*"', '"TIME"', text).replace(str(shop.home), "HOME")
    value: dict[str, Any] = json.loads(text)
    del value["gateway"]["auth"]["token"], value["gateway"]["port"]
    return value


def test_one_file_sets_an_empty_home_up_and_says_no_change_the_second_time(
    shop: Shop, site: Path, engine: Engine
) -> None:
    planned = shop.run("profiles", "plan", str(site))
    assert planned.code == 10
    targets = [change["target"] for change in planned.result["changes"]]
    assert [target for target in targets if target.startswith("agent ")] == [f"agent {name}" for name in SIX]
    checked = shop.run("profiles", "check", str(site))
    assert (checked.code, checked.result["valid"]) == (0, True)
    assert checked.result["missing_keys"] == ["the variable OFFICE_API_KEY is not set"]
    missing = shop.run("profiles", "apply", str(site)).failed(2, "key-missing")
    assert "OFFICE_API_KEY" in missing["message"]

    shop.variables["OFFICE_API_KEY"] = WRONG
    dry = shop.run("profiles", "apply", str(site), "--dry-run")
    assert (dry.code, dry.result["changes"]) == (10, planned.result["changes"])
    assert hashes(shop.home) == {}, "neither plan, check, a refused nor a dry run may touch anything"

    shop.run("profiles", "apply", str(site)).failed(1, "provider-wrong-key")
    assert "models" not in shop.config
    assert "model" not in shop.config["agents"].get("defaults", {})
    assert places_with(WRONG, shop.home) == []
    assert shop.run("profiles", "plan", str(site)).code == 10

    resumed = _set_up(shop, site)
    assert [step["name"] for step in resumed["steps"]] == ["providers.add", "setup.finish"]
    assert (tuple(resumed["agents"]), resumed["gateway_version"]) == (SIX, PINNED)
    assert openclaw(shop, engine, "config", "validate", "--json")["valid"] is True
    listed = openclaw(shop, engine, "agents", "list", "--json")
    assert [agent["id"] for agent in listed] == list(SIX)
    assert places_with(KEY, shop.home, except_for=DATABASE) == []

    before = hashes(shop.home, except_for=GATEWAYS_OWN)
    again = shop.run("profiles", "apply", str(site))
    assert (again.code, again.result["changed"], again.result["steps"]) == (0, False, [])
    assert shop.run("profiles", "plan", str(site)).code == 0
    assert shop.run("profiles", "apply", str(site), "--dry-run").code == 0
    del shop.variables["OFFICE_API_KEY"]
    assert shop.run("profiles", "apply", str(site)).code == 0, "a key that is not needed is not asked for"
    assert hashes(shop.home, except_for=GATEWAYS_OWN) == before
    _change_and_take_back(shop, site)
    _move_to_another_port(shop, site)
    _copy_to_second_home(shop, site)


def _change_and_take_back(shop: Shop, site: Path) -> None:
    """A renamed agent, its own role, and another default model: those steps, and no other."""
    text = site.read_text()
    changed = text.replace('id = "hr-admin"', 'id = "hr-admin"\nname = "People"\ndescription = "Cares."')
    site.write_text('default_model = "office/practice-tool"\n' + changed)
    applied = shop.run("profiles", "apply", str(site)).result
    assert [(step["name"], step["target"]) for step in applied["steps"]] == [
        ("agents.update", "agent hr-admin"),
        ("providers.set", "default model"),
    ]
    assert shop.config["agents"]["entries"]["hr-admin"]["name"] == "People"
    assert shop.run("providers", "list").result["default_model"] == "office/practice-tool"
    assert shop.run("profiles", "plan", str(site)).code == 0
    assert shop.run("undo").result["operation"] == "providers.set"
    assert shop.run("providers", "list").result["default_model"] == "office/practice"
    assert shop.run("undo").result["operation"] == "agents.update"
    assert shop.config["agents"]["entries"]["hr-admin"]["name"] == "HR & Admin"
    planned = shop.run("profiles", "plan", str(site))
    assert [change["target"] for change in planned.result["changes"]] == ["agent hr-admin", "default model"]
    site.write_text(text)
    assert shop.run("profiles", "plan", str(site)).code == 0


def _move_to_another_port(shop: Shop, site: Path) -> None:
    """The Gateway runs on the new port when the apply ends, and there is nothing left to do."""
    old = shop.config["gateway"]["port"]
    new = free_port()
    site.write_text(site.read_text().replace(f"port = {old}", f"port = {new}"))
    applied = shop.run("profiles", "apply", str(site)).result
    assert (applied["gateway_port"], applied["gateway_version"]) == (new, PINNED)
    state = shop.run("gateway", "status")
    assert (state.code, state.result["state"], state.result["port"]) == (0, "running", new)
    assert shop.run("profiles", "plan", str(site)).code == 0


def _copy_to_second_home(shop: Shop, site: Path) -> None:
    """What `export` writes makes the same box elsewhere."""
    copy = site.with_name("copy.toml")
    copy.write_text(shop.run("profiles", "export").result["toml"])
    assert KEY not in copy.read_text()
    assert shop.run("profiles", "plan", str(copy)).code == 0, "an export says what is there"
    assert shop.run("gateway", "stop").code == 0
    with opened(shop.home.with_name("second"), shop.cache) as second:
        second.variables["OFFICE_API_KEY"] = KEY
        applied = second.run("profiles", "apply", str(copy)).result
        assert tuple(applied["agents"]) == SIX
        assert second.run("profiles", "plan", str(copy)).code == 0
        assert _state(second) == _state(shop)
        said = second.run("chat", "send", "--agent", "luna", "--message", "Hello from the copy")
        assert "Hello from the copy" in said.result["text"]


def _kill_after(shop: Shop, site: Path, lines: int, pause: float) -> bool:
    """Start an apply and kill it once it has said so many lines; False when it came to its end."""
    process = shop.begin("profiles", "apply", str(site))
    assert process.stderr is not None
    for _ in range(lines):
        if not process.stderr.readline():
            break
    try:
        process.wait(pause)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate(timeout=LIMIT_S)
    return process.returncode == -signal.SIGKILL


def test_an_apply_killed_again_and_again_ends_like_one_that_was_not(shop: Shop, site: Path) -> None:
    shop.variables["OFFICE_API_KEY"] = KEY
    deadline = time.monotonic() + 900
    kills = 0
    while _kill_after(shop, site, lines=kills // 2 + 1, pause=0.037 * (kills % 8)):
        kills += 1
        assert time.monotonic() < deadline
    assert kills >= KILLS
    assert shop.run("profiles", "plan", str(site)).code == 0
    final = _state(shop)
    assert leftovers(shop.home) == []
    verified = shop.run("audit", "verify")
    assert verified.code == 0, verified
    assert shop.run("providers", "test", "office").code == 0
    assert places_with(KEY, shop.home, except_for=DATABASE) == []
    reply = shop.run("chat", "send", "--agent", "hr-admin", "--message", "Are you whole?").result
    assert "Are you whole?" in reply["text"]
    assert shop.run("gateway", "stop").code == 0
    with opened(shop.home.with_name("unharmed"), shop.cache) as unharmed:
        _set_up(unharmed, site)
        assert _state(unharmed) == final
        assert hashes(unharmed.home / ".openclaw" / "workspaces") == hashes(
            shop.home / ".openclaw" / "workspaces"
        )


@pytest.mark.parametrize(
    ("line", "exit_code", "code"),
    [
        (f'key = "{KEY}"', 3, "secret-inline"),
        ('key = "env:HOME"', 3, "secret-variable"),
        ('key = "env:OPENCLAW_STATE_DIR"', 3, "secret-variable"),
        ('modells = ["x"]', 7, "profile-invalid"),
        ('kind = "custom"', 7, "profile-syntax"),
        ('[[agents]]\nid = "luna"', 7, "profile-invalid"),
        ('[[agents]]\nid = "../../etc"', 7, ""),
        ('[[agents]]\nid = "cakes"\ntemplate = "sales-asistant"', 7, ""),
        ('[engine]\nversion = "2026.4.29"', 7, "engine-version"),
        ("default_model = 3", 7, "profile-invalid"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_before_anything(
    shop: Shop, tmp_path: Path, line: str, exit_code: int, code: str
) -> None:
    file = tmp_path / "bad.toml"
    agents = "" if line.startswith(("key", "modells", "kind", "default")) else f"{line}\n"
    provider = f'[provider]\nkind = "custom"\nbase_url = "http://127.0.0.1:9/v1"\n{"" if agents else line}\n'
    file.write_text(f'{provider}[[agents]]\nid = "luna"\n{agents}')
    for verb in ("check", "plan", "apply"):
        answer = shop.run("profiles", verb, str(file))
        assert answer.code == exit_code, answer
        error = answer.failed(exit_code, code or answer.error["code"])
        assert KEY not in answer.said + json.dumps(answer.document)
        if "modells" in line:
            assert "models" in error["message"]
    assert hashes(shop.home, except_for=(".local/share/lunatui/**", ".local/**", ".local")) == {}
    assert places_with(KEY, shop.home) == []


def test_files_that_are_no_profile(shop: Shop, tmp_path: Path) -> None:
    shop.run("profiles", "apply", str(tmp_path / "nowhere.toml")).failed(6, "profile-missing")
    shop.run("profiles", "apply", str(tmp_path)).failed(2, "profile-unreadable")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00" * 20)
    shop.run("profiles", "apply", str(binary)).failed(7, "profile-syntax")
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text('[provider]\nkind = "custom"\nbase_url = "ftp://example.com"\nmodels = ["x"]\n')
    shop.run("profiles", "check", str(elsewhere)).failed(7, "provider-address")
    large = tmp_path / "large.toml"
    large.write_text("#" * 300_000)
    shop.run("profiles", "apply", str(large)).failed(2, "profile-too-large")
    assert not (shop.home / ".openclaw").exists()
