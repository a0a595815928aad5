"""T6, promise 5: whatever call fails, an operation over several files has happened or has not."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from appliance.errors import LunaError
from appliance.store.config import ConfigStore
from appliance.store.edits import Edit
from appliance.store.journal import EditConfig, Journal, MakeDir, MoveToTrash, Step, WriteFile
from tests.safety.boxes import Box
from tests.safety.faulty_disk import FaultyDisk
from tests.safety.scale import scale
from tests.safety.test_t06_faults import descriptors

ALL = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EMFILE, errno.EINTR, errno.EROFS, errno.EDQUOT)
NUMBERS = ALL[: scale(2, 4, 7)]


def fresh(folder: Path) -> Box:
    """A box with a folder that is to go."""
    folder.mkdir()
    box = Box.make(folder)
    old = box.places.state_dir / "old"
    old.mkdir(mode=0o700)
    (old / "SOUL.md").touch(0o600)
    return box


def steps(box: Box) -> list[Step]:
    """Something of each kind."""
    new = box.places.state_dir / "new"
    return [
        MakeDir(new),
        WriteFile(new / "SOUL.md", b"gentle"),
        EditConfig((Edit(("env", "vars", "NEW"), "1"),)),
        MoveToTrash(box.places.state_dir / "old"),
    ]


def run(box: Box, disk: FaultyDisk) -> str:
    """The code of the error it ends with; empty when it did not."""
    journal = Journal(box.places, ConfigStore(box.places, disk=disk, env={}))
    try:
        journal.run("agents.create", steps(box), actor="human:test")
    except LunaError as error:
        return error.code
    return ""


def recover(box: Box, disk: FaultyDisk | None = None) -> None:
    """As the next start does, which clears the lock of a process that is gone first."""
    for lock in box.places.state_dir.glob("*.lock"):
        lock.unlink()
    Journal(box.places, ConfigStore(box.places, disk=disk, env={})).recover()


def has_happened(box: Box) -> bool:
    """Whether it has; fails when only a part of it has."""
    state = box.places.state_dir
    found = {
        "NEW" in box.variables(),
        (state / "new").is_dir(),
        (state / "new" / "SOUL.md").exists() and (state / "new" / "SOUL.md").read_bytes() == b"gentle",
    }
    assert len(found) == 1, found
    happened = found.pop()
    if not happened:
        assert (state / "old" / "SOUL.md").exists()
    return happened


def unfinished(box: Box) -> list[str]:
    """Entries of the journal that wait."""
    folder = box.places.journal_dir
    return [path.name for path in folder.glob("*") if path.name != "finished"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: errno.errorcode[number])
def test_a_failing_call_leaves_all_of_it_or_nothing(number: int, tmp_path: Path) -> None:
    counting = FaultyDisk()
    box = fresh(tmp_path / "count")
    assert run(box, counting) == ""
    assert has_happened(box)
    for at in range(1, len(counting.made) + 1):
        box, disk = fresh(tmp_path / f"{at}"), FaultyDisk(fail_at=at, number=number)
        open_before = descriptors()
        code = run(box, disk)
        told = f"call {at}, {disk.made[at - 1 : at]}: {code}"
        assert descriptors() == open_before, told
        recover(box)
        happened = has_happened(box)
        assert happened or code, told
        assert unfinished(box) == [], told
        assert box.leftovers() == [], told
        box.check_modes()
        if not happened:
            assert run(box, FaultyDisk()) == "", told
    print(f"figure failing calls of a plan, {errno.errorcode[number]}: {len(counting.made)}")


@pytest.mark.timeout(600)
def test_a_failing_call_of_the_recovery_is_made_good_by_the_next_one(tmp_path: Path) -> None:
    """The disk takes nothing more from some call on, so that the undoing fails too."""

    class Dying(FaultyDisk):
        def __getattribute__(self, name: str) -> object:
            found = super().__getattribute__(name)
            made, fail_at = super().__getattribute__("made"), super().__getattribute__("fail_at")
            if name == "sync" and fail_at and len(made) > fail_at:
                raise OSError(errno.EIO, "gone")
            return found

    counting = FaultyDisk()
    assert run(fresh(tmp_path / "count"), counting) == ""
    for at in range(1, len(counting.made) + 1, scale(5, 2, 1)):
        box = fresh(tmp_path / f"{at}")
        code = run(box, Dying(fail_at=at))
        recover(box)
        assert has_happened(box) or code
        assert unfinished(box) == []
        assert box.leftovers() == []
