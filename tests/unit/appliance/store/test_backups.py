"""Five earlier versions, each of them readable, whatever happens in between."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.errors import Invalid, LunaError, NotFound
from appliance.store.backups import Backups, Reason
from appliance.store.disk import Disk

if TYPE_CHECKING:
    from pathlib import Path

WHY = Reason("config.set", "human:ada", "a test", ("gateway.port",), "f" * 64, "2026.9.6")


@pytest.fixture
def ring(tmp_path: Path) -> Backups:
    """An empty ring."""
    return Backups(tmp_path / "backups", Disk())


def filled(ring: Backups, count: int) -> list[str]:
    """Ids of `count` different versions, oldest first."""
    return [ring.add(f"version {number}".encode(), WHY) for number in range(count)]


def test_keeps_the_last_five_newest_first(ring: Backups) -> None:
    ids = filled(ring, 8)
    assert [entry.id for entry in ring.list()] == ids[:2:-1]
    assert ring.read(ids[-1]) == b"version 7"
    newest = ring.list()[0]
    assert (newest.operation, newest.actor, newest.why) == ("config.set", "human:ada", "a test")
    assert (newest.changed, newest.after, newest.engine) == (("gateway.port",), "f" * 64, "2026.9.6")
    assert newest.size == len(b"version 7")


def test_files_are_private(ring: Backups, tmp_path: Path) -> None:
    filled(ring, 2)
    folder = tmp_path / "backups"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_the_same_content_is_kept_once_and_counts_as_newest(ring: Backups) -> None:
    ids = filled(ring, 5)
    again = ring.add(b"version 0", WHY)
    listed = ring.list()
    assert len(listed) == 5
    assert listed[0].id == again != ids[0]
    assert ring.read(again) == b"version 0"
    assert ring.add(b"version 0", WHY) == again
    ring.add(b"new", WHY)
    assert again in {entry.id for entry in ring.list()}


def test_a_damaged_copy_of_the_same_content_is_written_again(ring: Backups, tmp_path: Path) -> None:
    first = ring.add(b"precious", WHY)
    (tmp_path / "backups" / f"{first}.json5").write_bytes(b"precioux")
    second = ring.add(b"precious", WHY)
    assert ring.read(second) == b"precious"


def test_pinned_versions_stay_outside_the_ring(ring: Backups) -> None:
    ids = filled(ring, 3)
    ring.pin(ids[0], "before-update")
    for number in range(10):
        ring.add(f"later {number}".encode(), WHY)
    listed = ring.list()
    assert len(listed) == 6
    assert listed[-1].pinned == "before-update"
    assert ring.read(ids[0]) == b"version 0"
    ring.pin(ids[0], "")
    assert len(ring.list()) == 5


def test_unknown_and_damaged_versions_are_errors(ring: Backups, tmp_path: Path) -> None:
    (backup_id,) = filled(ring, 1)
    for act in (lambda: ring.read("nothing"), lambda: ring.pin("nothing", "x")):
        with pytest.raises(NotFound) as missing:
            act()
        assert missing.value.code == "backup-unknown"
    (tmp_path / "backups" / f"{backup_id}.json5").write_bytes(b"version 9")
    with pytest.raises(Invalid) as damaged:
        ring.read(backup_id)
    assert damaged.value.code == "backup-damaged"


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"backups": [{}]}'])
def test_a_lost_manifest_does_not_lose_versions(ring: Backups, tmp_path: Path, content: bytes | None) -> None:
    ids = filled(ring, 5)
    manifest = tmp_path / "backups" / "manifest.json"
    manifest.unlink() if content is None else manifest.write_bytes(content)
    assert [entry.id for entry in ring.list()] == ids[::-1]
    assert ring.read(ids[2]) == b"version 2"
    ring.add(b"one more", WHY)
    assert len(ring.list()) == 5


def test_a_ring_that_cannot_be_written_is_an_error_of_its_class(tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("in the way")
    with pytest.raises(LunaError) as caught:
        Backups(tmp_path / "backups", Disk()).add(b"x", WHY)
    assert caught.value.code in ("odd-path", "file-error")


def test_what_does_not_read_back_is_refused(tmp_path: Path) -> None:
    class Liar(Disk):
        def write(self, descriptor: int, data: bytes) -> int:
            return super().write(descriptor, data.upper())

    with pytest.raises(LunaError) as caught:
        Backups(tmp_path / "backups", Liar()).add(b"version", WHY)
    assert caught.value.code == "disk-failing"


def test_what_shrank_or_cannot_be_read_pushes_out_no_good_one(ring: Backups) -> None:
    whole = [ring.add(f"version {number} {'x' * 3000}".encode(), WHY) for number in range(5)]
    stubs = [ring.add(f"stub {number}".encode(), WHY) for number in range(7)]
    assert [entry.id for entry in ring.list() if not entry.poor] == whole[::-1]
    assert [entry.id for entry in ring.list() if entry.poor] == stubs[:1:-1]
    torn = ring.add(b"{" + b"x" * 3000, replace(WHY, poor=True))
    assert [entry.id for entry in ring.list() if not entry.poor] == whole[::-1]
    assert ring.list()[0].id == torn


def test_a_label_keeps_one_version_outside_the_ring_until_it_is_let_go(ring: Backups) -> None:
    first = ring.add(b"first", replace(WHY, pinned="wizard"))
    ring.pin(first, "healthy")
    second = ring.add(b"second", replace(WHY, pinned="wizard"))
    assert {entry.id: entry.pinned for entry in ring.list()} == {first: "healthy", second: "wizard"}
    filled(ring, 6)
    assert len(ring.list()) == 7
    ring.unpin("healthy")
    ring.unpin("nothing")
    assert first not in {entry.id for entry in ring.list()}
    assert ring.read(second) == b"second"


def test_why_it_was_put_aside_is_told_anew_with_the_same_content(ring: Backups) -> None:
    ring.add(b"same", WHY)
    ring.add(b"same", replace(WHY, operation="undo.last", after="e" * 64, pinned="wizard"))
    (entry,) = ring.list()
    assert (entry.operation, entry.after, entry.pinned) == ("undo.last", "e" * 64, "wizard")


def test_a_version_renamed_before_a_kill_keeps_its_label(ring: Backups, tmp_path: Path) -> None:
    ring.add(b"precious", replace(WHY, pinned="loss-1"))
    ring.add(b"other", WHY)

    def cut(step: str) -> None:
        if step == "6.2-manifest":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Backups(tmp_path / "backups", Disk(), cut).add(b"precious", WHY)
    renamed = next(entry for entry in ring.list() if ring.read(entry.id) == b"precious")
    assert (renamed.pinned, renamed.operation) == ("loss-1", "config.set")


def test_a_stub_whose_listing_was_cut_off_pushes_out_no_good_one(ring: Backups, tmp_path: Path) -> None:
    whole = [ring.add(b"{a: '" + b"x" * 3000 + b"%d'}" % number, WHY) for number in range(5)]

    def cut(step: str) -> None:
        if step == "6.2-manifest":
            raise KeyboardInterrupt

    for torn in (b"{}", b"{" + b"x" * 4000):
        with pytest.raises(KeyboardInterrupt):
            Backups(tmp_path / "backups", Disk(), cut).add(torn, replace(WHY, poor=True))
    ring.add(b"{}", replace(WHY, poor=True))
    assert [entry.id for entry in ring.list() if not entry.poor] == whole[::-1]
