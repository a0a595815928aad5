"""T6, promise 1: whatever call fails, the old or the new file is whole, and the reason is named rightly."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from appliance.errors import LunaError
from appliance.store.config import ConfigStore
from appliance.store.edits import MISSING, Edit
from tests.safety.boxes import FIRST, Box
from tests.safety.faulty_disk import FaultyDisk, ShortWrites

CLASSES = {
    errno.ENOSPC: "no-space",
    errno.EDQUOT: "no-space",
    errno.EIO: "disk-failing",
    errno.EROFS: "read-only",
    errno.EACCES: "read-only",
    errno.EMFILE: "no-handles",
    errno.EBUSY: "busy",
    errno.EINTR: "busy",
    errno.ESTALE: "odd-path",
}
NEW = FIRST.replace('FIRST: "0",\n', 'FIRST: "0",\n      NEW: "1",\n')
EDIT = [Edit(("env", "vars", "NEW"), "1")]


def descriptors() -> int:
    """How many files this process has open."""
    linux = Path("/proc/self/fd")
    return len(list((linux if linux.is_dir() else Path("/dev/fd")).iterdir()))


def fresh_box(folder: Path, backups: int = 6) -> Box:
    """A box whose ring is full, so that a save also has to drop the oldest."""
    folder.mkdir()
    box = Box.make(folder)
    store = ConfigStore(box.places, env={})
    for number in range(backups):
        store.save(store.prepare([Edit(("env", "vars", "WARM"), str(number))]), operation="warm")
    store.save(store.prepare([Edit(("env", "vars", "WARM"), MISSING)]), operation="warm")
    assert box.places.config_path.read_text() == FIRST
    return box


def outcome(box: Box, disk: FaultyDisk) -> str:
    """The code of the error a save ends with; empty when it did not."""
    store = ConfigStore(box.places, disk=disk, env={})
    try:
        store.save(store.prepare(EDIT), operation="config.set")
    except LunaError as error:
        return error.code
    return ""


def right_codes(disk: FaultyDisk, number: int) -> set[str]:
    """What a failure of the call that failed may be called: a failed sync is always a failing disk."""
    call = disk.made[disk.fail_at - 1] if disk.fail_at <= len(disk.made) else ""
    if call == "sync":
        return {"disk-failing"}
    return {"", CLASSES[number], "lock-left"} | ({"disk-failing"} if call == "sync_folder" else set())


@pytest.mark.parametrize("number", CLASSES, ids=lambda number: errno.errorcode[number])
def test_a_failing_call_leaves_the_old_file_or_the_new_one(number: int, tmp_path: Path) -> None:
    counting = FaultyDisk()
    box = fresh_box(tmp_path / "count")
    store = ConfigStore(box.places, disk=counting, env={})
    store.save(store.prepare(EDIT), operation="config.set")
    calls = list(counting.made)
    assert box.places.config_path.read_text() == NEW
    assert {"create", "write", "sync", "close", "rename", "link", "sync_folder", "stat", "free"} <= set(calls)
    box = fresh_box(tmp_path / "fail")
    for at in range(1, len(calls) + 1):
        disk = FaultyDisk(fail_at=at, number=number)
        open_before = descriptors()
        code, call = outcome(box, disk), f"call {at}, {disk.made[at - 1 : at]}"
        assert code in right_codes(disk, number), call
        assert disk.failing or code != "disk-failing", call
        assert descriptors() == open_before, call
        assert box.places.config_path.read_text() in (FIRST, NEW), call
        box.check_backups(5)
        again = ConfigStore(box.places, env={})
        if again.lock_state().kind != "free":
            assert code == "lock-left", call
            (box.places.state_dir / "openclaw.json.lock").unlink()
        again.save(again.prepare([Edit(("env", "vars", "NEW"), MISSING)]), operation="undo")
        assert box.places.config_path.read_text() == FIRST
        assert box.leftovers() == [], call
    print(f"figure failing calls of a save, {errno.errorcode[number]}: {len(calls)}")


def test_after_a_failed_sync_nothing_more_is_written(tmp_path: Path) -> None:
    box = fresh_box(tmp_path / "box")
    disk = FaultyDisk()
    store = ConfigStore(box.places, disk=disk, env={})
    prepared = store.prepare(EDIT)
    disk.failing = True
    with pytest.raises(LunaError) as caught:
        store.save(prepared, operation="config.set")
    assert caught.value.code == "disk-failing"
    assert box.places.config_path.read_text() == FIRST


def test_short_writes_are_continued(tmp_path: Path) -> None:
    box = fresh_box(tmp_path / "box")
    store = ConfigStore(box.places, disk=ShortWrites(), env={})
    store.save(store.prepare(EDIT), operation="config.set")
    assert box.places.config_path.read_text() == NEW


def test_too_little_space_is_said_in_numbers(tmp_path: Path) -> None:
    class Full(FaultyDisk):
        def free(self, folder: Path) -> int:  # noqa: ARG002 - the seam's signature
            return 1_000

    box = fresh_box(tmp_path / "box")
    store = ConfigStore(box.places, disk=Full(), env={})
    with pytest.raises(LunaError) as caught:
        store.save(store.prepare(EDIT), operation="config.set")
    assert caught.value.code == "no-space"
    assert "1,000" in caught.value.message
    assert f"{3 * len(NEW) + 65536:,}" in caught.value.message
    assert box.places.config_path.read_text() == FIRST


def test_what_does_not_read_back_is_not_put_in_place(tmp_path: Path) -> None:
    class Liar(FaultyDisk):
        def write(self, descriptor: int, data: bytes) -> int:
            return super().write(descriptor, data.replace(b"NEW", b"OLD"))

    box = fresh_box(tmp_path / "box")
    store = ConfigStore(box.places, disk=Liar(), env={})
    with pytest.raises(LunaError) as caught:
        store.save(store.prepare(EDIT), operation="config.set")
    assert caught.value.code == "disk-failing"
    assert box.places.config_path.read_text() == FIRST
    assert box.leftovers() == []
