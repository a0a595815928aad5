"""The model itself: what it thinks a disk may hold, on traces small enough to list all of it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.safety.powercut.contents import BLOCK, contents_after_cut
from tests.safety.powercut.model import Model
from tests.safety.powercut.ops import Op

if TYPE_CHECKING:
    from pathlib import Path

Disk = frozenset[tuple[str, bytes | None]]
NEW = [Op("create", "new"), Op("write", "new", data=b"ab")]


def disks(home: Path, *ops: Op) -> set[Disk]:
    """All that may be found when the power goes after `ops`."""
    model = Model(home)
    for op in ops:
        model.apply(op)
    return {frozenset((path, content) for path, content, _ in state.entries) for state in model.states()}


def disk(**files: bytes | None) -> Disk:
    return frozenset(files.items())


def test_a_rename_overtakes_the_data_it_publishes(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"xy")
    found = disks(tmp_path, *NEW, Op("rename", "new", "old"))
    published = {dict(each).get("old") for each in found if "new" not in dict(each)}
    assert published == {b"xy", b"", b"a", b"ab", b"\0\0"}


def test_synced_data_is_whole_and_a_synced_folder_is_what_it_was(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"xy")
    synced = [*NEW, Op("sync", "new"), Op("rename", "new", "old")]
    assert disks(tmp_path, *synced) == {
        disk(old=b"xy"),
        disk(old=b"xy", new=b"ab"),
        disk(old=b"ab"),
        disk(old=b"ab", new=b"ab"),
    }
    assert disks(tmp_path, *synced, Op("sync-folder", "")) == {disk(old=b"ab")}


def test_a_synced_file_without_a_synced_name_may_be_gone(tmp_path: Path) -> None:
    assert disks(tmp_path, *NEW, Op("sync", "new")) == {disk(), disk(new=b"ab")}
    made = [Op("mkdir", "in"), Op("create", "in/new"), Op("sync", "in/new"), Op("sync-folder", "in")]
    assert disks(tmp_path, *made) == {disk(), frozenset({("in", None), ("in/new", b"")})}


def test_names_change_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    found = disks(tmp_path, Op("unlink", "a"), Op("unlink", "b"))
    assert found == {disk(), disk(a=b"a"), disk(b=b"b"), disk(a=b"a", b=b"b")}


def test_between_folders_a_move_loses_only_what_was_synced_away(tmp_path: Path) -> None:
    for name in ("from", "to"):
        (tmp_path / name).mkdir()
    (tmp_path / "from" / "f").write_bytes(b"f")
    move = Op("rename", "from/f", "to/f")

    def places(*ops: Op) -> set[frozenset[str]]:
        return {
            frozenset(path for path, content in each if content is not None) for each in disks(tmp_path, *ops)
        }

    both = frozenset({"from/f", "to/f"})
    assert places(move) == {frozenset({"from/f"}), frozenset({"to/f"}), both}
    assert places(move, Op("sync-folder", "to")) == {frozenset({"to/f"}), both}
    assert places(move, Op("sync-folder", "from")) == {frozenset(), frozenset({"to/f"})}


def test_a_folder_is_never_in_two_places(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert disks(tmp_path, Op("rename", "a", "b")) == {disk(a=None), disk(b=None)}


def test_any_of_several_blocks_may_be_missing() -> None:
    blocks = [bytes([letter]) * BLOCK for letter in b"abc"]
    found = contents_after_cut(b"", [Op("write", "f", data=b"".join(blocks))])
    zeros = bytes(BLOCK)
    for kept in range(8):
        assert b"".join(block if kept >> at & 1 else zeros for at, block in enumerate(blocks)) in found
    assert blocks[0] + blocks[1] in found
    assert blocks[0][:512] + zeros[512:] + blocks[1] + blocks[2] in found
