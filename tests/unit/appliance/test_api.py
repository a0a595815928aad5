"""The parts of a box, and what the next start makes of a process that was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.errors import LunaError
from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch, plan
from appliance.store.plans import entry_name
from appliance.store.trash import expired
from tests.fakes import box as fake

if TYPE_CHECKING:
    from appliance.api import Appliance

KILLED = 9
OLD_ENTRY = "20260101T000000000000Z-0123abcd"
BINDER = f"""
import os, sys
from pathlib import Path
from appliance.store.journal import Journal, MakeDir, WriteFile
from tests.fakes.box import make_box
box, folder, step = make_box(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3]
journal = Journal(box.places, box.config, lambda name: os._exit({KILLED}) if name == step else None)
journal.run("notes.bind", [MakeDir(folder), WriteFile(folder / "page", b"text")], actor="human:rosa")
"""


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    return fake.make_box(tmp_path)


def dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait(30)
    return child.pid


def die_in_journal(box: Appliance, step: str, folder: Path) -> None:
    """Run a journal that makes `folder` in a process that ends without a word right before `step`."""
    box.places.state_dir.mkdir(mode=0o700, exist_ok=True)
    killed = subprocess.run(
        [sys.executable, "-c", BINDER, str(box.places.user_home), str(folder), step],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=Path(__file__).parents[3],
    )
    assert killed.returncode == KILLED, killed.stderr


async def change(box: Appliance, text: str) -> None:
    await dispatch(box, fake.WRITE, fake.WriteNote("a", text), Call(actor="human:rosa", via="cli"))


def told(box: Appliance) -> list[tuple[str, str, str]]:
    return [(item["phase"], item["op"], item.get("result", "")) for item in box.audit.records()]


def test_making_a_box_touches_nothing(box: Appliance) -> None:
    assert fake.tree(box.places.user_home) == {}


@pytest.mark.parametrize(
    ("step", "result", "stays"), [("j3-step-1", "rolled-back", False), ("j5-done", "rolled-forward", True)]
)
async def test_the_next_change_settles_what_a_killed_journal_began(
    box: Appliance, step: str, result: str, stays: bool
) -> None:
    folder = box.places.state_dir / "binder"
    die_in_journal(box, step, folder)
    fresh = fake.make_box(box.places.user_home)
    await change(fresh, "one")
    assert (folder / "page").exists() is folder.exists() is stays
    assert told(fresh) == [
        ("note", "notes.bind", result),
        ("intent", "notes.write", ""),
        ("outcome", "notes.write", "done"),
    ]


async def test_what_a_person_wrote_meanwhile_is_kept_and_named(box: Appliance) -> None:
    folder = box.places.state_dir / "binder"
    die_in_journal(box, "j5-done", folder)
    (folder / "page").write_text("mine")
    fresh = fake.make_box(box.places.user_home)
    await change(fresh, "one")
    assert (folder / "page").read_text() == "mine"
    note = next(fresh.audit.records())
    assert any(str(folder / "page") in line for line in note["changes"])


async def test_leftovers_of_dead_processes_go_and_those_of_living_ones_stay(box: Appliance) -> None:
    await change(box, "one")
    state = box.places.state_dir
    dead = state / f".openclaw.json.lunatui.{dead_pid()}.0123456789ab"
    alive = state / f".openclaw.json.lunatui.{os.getpid()}.0123456789ab"
    foreign = state / f".openclaw.json.other.{dead_pid()}.0123456789ab"
    for path in (dead, alive, foreign):
        path.write_text("left behind")
    await change(fake.make_box(box.places.user_home), "two")
    assert [path.exists() for path in (dead, alive, foreign)] == [False, True, True]


async def test_recovery_is_once_in_a_process_and_silent_when_there_is_nothing(box: Appliance) -> None:
    await change(box, "one")
    left = box.places.state_dir / f".openclaw.json.lunatui.{dead_pid()}.0123456789ab"
    left.write_text("came later")
    await change(box, "two")
    assert left.exists()
    assert all(phase != "note" for phase, _, _ in told(box))


async def test_neither_a_read_nor_a_dry_run_recovers(box: Appliance) -> None:
    folder = box.places.state_dir / "binder"
    die_in_journal(box, "j5-done", folder)
    before = fake.tree(box.places.user_home)
    call = Call(actor="human:rosa", via="cli")
    fresh = fake.make_box(box.places.user_home)
    await plan(fresh, fake.WRITE, fake.WriteNote("a", "x"), call)
    with pytest.raises(LunaError):
        await dispatch(fresh, fake.SHOW, fake.WhichNote("a"), call)
    assert fake.tree(box.places.user_home) == before


async def test_what_lay_in_the_trash_for_30_days_goes_and_that_is_on_record(box: Appliance) -> None:
    over, fresh = (box.places.trash_dir / name for name in (OLD_ENTRY, entry_name()))
    box.places.trash_dir.mkdir(parents=True, mode=0o700)
    expired(box.places.trash_dir)
    for entry in (over, fresh):
        (entry / "0000-cakes").mkdir(parents=True)
    await plan(box, fake.WRITE, fake.WriteNote("a", "x"), Call(actor="human:rosa", via="cli"))
    assert over.exists()
    await change(box, "one")
    assert [over.exists(), fresh.exists()] == [False, True]
    note = next(box.audit.records())
    assert (note["phase"], note["op"], note["changes"]) == ("note", "trash.empty", [f"{over} goes for good"])


async def test_a_trash_that_cannot_be_emptied_stops_nobody(box: Appliance) -> None:
    box.places.trash_dir.parent.mkdir(parents=True)
    box.places.trash_dir.write_text("no folder")
    await change(box, "one")
    note = next(box.audit.records())
    assert (note["phase"], note["op"]) == ("note", "trash.empty")
    assert str(box.places.trash_dir) in note["result"]


def test_the_fingerprint_key_is_made_once_and_private(box: Appliance) -> None:
    key = box.fingerprint_key()
    assert len(key) == 32
    assert fake.make_box(box.places.user_home).fingerprint_key() == key
    path = box.places.home / "fingerprint.key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    assert box.fingerprint_key() != key


def test_without_an_engine_the_next_step_is_named(box: Appliance, monkeypatch: pytest.MonkeyPatch) -> None:
    box.env = {**box.env, "PATH": str(box.places.user_home)}
    with pytest.raises(LunaError) as caught:
        box.engine()
    assert (caught.value.code, caught.value.hint) == ("engine-missing", "lunatui engine install")
