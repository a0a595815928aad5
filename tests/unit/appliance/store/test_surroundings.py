"""Folders, error numbers, processes, leftovers, and what reading may cost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.errors import LunaError, Refused
from appliance.store import processes
from appliance.store.config import ConfigStore
from appliance.store.disk import Disk, SyncError
from appliance.store.edits import Edit
from appliance.store.faults import explained
from appliance.store.folders import refuse_unsafe, unsafe_reason
from appliance.store.names import owner_of, temporary_beside
from appliance.store.rules import rule_problems

if TYPE_CHECKING:
    from appliance.places import Places

UNOWNED = "agents.ownership: must be “explicit” when there are several agents"
HEAVY = ("pydantic", "jsonschema_rs", "filelock", "asyncio", "psutil", "httpx", "websockets", "nacl")


def test_reading_a_setting_imports_nothing_heavy() -> None:
    script = (
        "import sys; from appliance.places import Places; from appliance.store.config import ConfigStore;"
        "from appliance.store.masking import masked; import tempfile;"
        "store = ConfigStore(Places.from_environment({'HOME': tempfile.gettempdir() + '/no-such-home'}));"
        "masked(store.read().value, ());"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "no-space"),
        (errno.EDQUOT, "no-space"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "read-only"),
        (errno.EIO, "disk-failing"),
        (errno.EBUSY, "busy"),
        (errno.EMFILE, "no-handles"),
        (errno.ELOOP, "odd-path"),
        (errno.ENAMETOOLONG, "odd-path"),
        (errno.EXDEV, "file-error"),
    ],
)
def test_every_error_number_has_its_class(number: int, code: str, tmp_path: Path) -> None:
    disk = Disk()
    with pytest.raises(LunaError) as caught, explained(tmp_path / "file", disk):
        raise OSError(number, os.strerror(number))
    assert caught.value.code == code
    assert str(tmp_path / "file") in caught.value.message
    assert disk.failing == (code == "disk-failing")


def test_any_error_of_a_sync_is_a_failing_disk(tmp_path: Path) -> None:
    disk = Disk()
    with pytest.raises(LunaError) as caught, explained(tmp_path, disk):
        raise SyncError(errno.ENOSPC, "no space")
    assert caught.value.code == "disk-failing"
    assert disk.failing


def test_a_read_only_path_names_owner_and_mode(tmp_path: Path) -> None:
    with pytest.raises(LunaError) as caught, explained(tmp_path / "file", Disk()):
        raise PermissionError(errno.EACCES, "Permission denied")
    assert f"belongs to user {os.geteuid()} with mode 07" in caught.value.message


@pytest.mark.parametrize(
    "name", ["Dropbox", "Library/CloudStorage/GoogleDrive-x", "Library/Mobile Documents/x"]
)
def test_synchronised_folders_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "claw"
    folder.mkdir(parents=True)
    with pytest.raises(Refused) as caught:
        refuse_unsafe(folder, tmp_path)
    assert caught.value.code == "config-folder"
    assert unsafe_reason(tmp_path / "plain", tmp_path) == ""


def test_a_synchronised_folder_can_be_allowed(places: Places) -> None:
    state = places.user_home / "Dropbox" / "claw"
    state.mkdir(parents=True)
    from dataclasses import replace

    there = replace(places, state_dir=state, config_path=state / "openclaw.json")
    edit = [Edit(("gateway", "mode"), "local")]
    with pytest.raises(Refused):
        ConfigStore(there, env={}).prepare(edit)
    ConfigStore(there, env={}, any_folder=True).prepare(edit)


def test_temporary_names_say_who_made_them(tmp_path: Path) -> None:
    name = temporary_beside(tmp_path / "openclaw.json").name
    assert name.startswith(f".openclaw.json.lunatui.{os.getpid()}.")
    assert owner_of(name) == os.getpid()
    for other in (
        "openclaw.json",
        ".openclaw.json.lunatui.x.0123456789ab",
        ".a.lunatui.5.0123",
        f"{name}.bak",
    ):
        assert owner_of(other) is None


def test_sweeping_removes_what_the_dead_left_and_nothing_else(store: ConfigStore, places: Places) -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", "pass"])
    child.wait()
    dead = places.state_dir / f".openclaw.json.lunatui.{child.pid}.0123456789ab"
    mine = temporary_beside(places.config_path)
    foreign = places.state_dir / "openclaw.json.bak"
    lock = places.state_dir / "openclaw.json.lock"
    for path in (dead, mine, foreign):
        path.write_text("x")
    lock.write_text(f'{{"pid": {child.pid}}}')
    assert sorted(store.sweep()) == sorted([str(dead), str(lock)])
    assert not dead.exists()
    assert not lock.exists()
    assert mine.exists()
    assert foreign.exists()
    assert store.sweep() == []


def test_sweeping_sees_through_a_pid_that_was_given_away_again(store: ConfigStore, places: Places) -> None:
    old = temporary_beside(places.config_path)
    old.write_text("x")
    os.utime(old, (time.time() - 1e6, time.time() - 1e6))
    assert store.sweep() == [str(old)]


def test_living_and_dead_processes_are_told_apart() -> None:
    assert not processes.is_dead(os.getpid())
    assert not processes.is_dead(1)
    assert processes.is_dead(0)
    assert processes.is_dead(-5)
    child = subprocess.Popen([sys.executable, "-S", "-c", "pass"])
    child.wait()
    assert processes.is_dead(child.pid)
    assert processes.start_time(child.pid) is None
    assert processes.program(child.pid) == ""
    assert processes.started_at(child.pid) is None
    started = processes.started_at(os.getpid())
    assert started is not None
    assert started <= time.time()


def test_rules_beyond_the_schema(tmp_path: Path) -> None:
    value = {
        "agents": {
            "ownership": "explicit",
            "defaults": {"systemAgent": {"agentId": "gone"}},
            "entries": {
                "a": {"workspace": "~/work"},
                "b": {"workspace": str(tmp_path / "work" / "inner")},
                "c": {"workspace": str(tmp_path / "other")},
                "d": {},
            },
        },
        "bindings": [{"agentId": "A"}, {"agentId": "zed"}, "odd", {"agentId": "main"}],
        "gateway": {"port": 99999},
    }
    found = {str(problem) for problem in rule_problems(value, tmp_path)}
    assert found == {
        "gateway.port: must be between 1 and 65535",
        "agents.defaults.systemAgent.agentId: there is no agent “gone”",
        "bindings.1.agentId: there is no agent “zed”",
        f"agents.b.workspace: lies in the folder of the agent “a” ({tmp_path / 'work'})",
    }
    assert rule_problems({"bindings": [{"agentId": "main"}]}, Path("/")) == ()


@pytest.mark.parametrize(
    ("agents", "problem"),
    [
        (
            {"entries": {"a": {}, "b": {}}},
            UNOWNED,
        ),
        ({"entries": {"a": {"default": True}, "b": {}}}, ""),
        (
            {"entries": {"a": {"default": True}, "b": {"default": True}}},
            "agents.entries: may mark one agent as default, not 2",
        ),
        (
            {"ownership": "explicit", "entries": {"a": {"default": True}}},
            "agents.ownership: cannot be “explicit” while an agent is marked as default",
        ),
        (
            {"list": [{"id": "a"}, {"id": "b"}]},
            UNOWNED,
        ),
        ({"entries": {}}, ""),
    ],
)
def test_who_owns_what_in_a_roster_of_several(agents: object, problem: str) -> None:
    """The same verdicts as OpenClaw 2026.9.6 gives."""
    assert [str(found) for found in rule_problems({"agents": agents}, Path("/"))] == (
        [problem] if problem else []
    )


def test_two_agents_in_one_folder_are_a_problem_once(tmp_path: Path) -> None:
    entries = [{"id": "a", "workspace": "/w"}, {"id": "b", "workspace": "/w"}]
    agents = {"ownership": "explicit", "list": entries}
    assert len(rule_problems({"agents": agents}, tmp_path)) == 1


def test_an_old_roster_is_judged_as_openclaw_reads_it(store: ConfigStore, places: Places) -> None:
    places.config_path.write_text('{agents: {list: [{id: "a", name: "A"}]}}')
    assert store.validate().valid
    places.config_path.write_text("{agents: {entries: {a: {}}, list: []}}")
    assert [problem.path for problem in store.validate().problems] == ["agents.list"]
    places.config_path.write_text('{agents: {list: [{id: "a", name: 5}]}}')
    assert [problem.path for problem in store.validate().problems] == ["agents.entries.a.name"]
