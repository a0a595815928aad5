"""Disks, links, owners, attributes and files as they seldom are."""

from __future__ import annotations

import errno
import fcntl
import json
import math
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import Conflict, Invalid, LunaError, Refused, Usage
from appliance.places import Places
from appliance.store import metadata
from appliance.store.backups import Backups, Reason
from appliance.store.changes import touched_roots
from appliance.store.config import ConfigStore
from appliance.store.disk import Disk
from appliance.store.document import Document
from appliance.store.edits import MISSING, Edit, same
from appliance.store.guards import refuse_losses, refuse_misplaced
from appliance.store.includes import Includes
from appliance.store.locks import clear_orphan, inspect_lock
from appliance.store.masking import is_secret, is_sensitive
from appliance.store.reload import applies
from appliance.store.schema import InstalledSchema
from appliance.store.snapshot import RawFile, read_raw, refuse_odd_file, resolve


def test_only_a_plain_file_of_ours_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "openclaw.json"
    path.write_bytes(b"{}")
    refuse_odd_file(RawFile(path, b"", None))
    refuse_odd_file(read_raw(path, Disk()))
    os.link(path, tmp_path / "second")
    with pytest.raises(Refused, match="2 names"):
        refuse_odd_file(read_raw(path, Disk()))
    with pytest.raises(Refused, match="not a plain file"):
        refuse_odd_file(RawFile(path, b"", tmp_path.stat()))
    foreign = os.stat_result((stat.S_IFREG | 0o600, 1, 1, 1, os.geteuid() + 1, 0, 0, 0, 0, 0))
    with pytest.raises(Refused, match="another user"):
        refuse_odd_file(RawFile(path, b"", foreign))


def test_no_link_leads_into_the_folder_of_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "there" / "openclaw.json")
    assert resolve(tmp_path / "link") == tmp_path / "there" / "openclaw.json"
    (tmp_path / "there").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: (tmp_path / "there").stat().st_uid + 1)
    with pytest.raises(Refused, match="belongs to another user"):
        resolve(tmp_path / "link")


def test_a_disk_that_takes_no_bytes_is_failing() -> None:
    class Full(Disk):
        def write(self, descriptor: int, data: bytes) -> int:  # noqa: ARG002 - the seam's signature
            return 0

    with pytest.raises(OSError, match="no bytes") as caught:
        Full().write_all(1, b"x")
    assert caught.value.errno == errno.EIO


@pytest.mark.parametrize(
    ("number", "synced", "fails"),
    [(0, False, False), (errno.ENOTSUP, True, False), (errno.ENOTTY, True, False), (errno.EIO, False, True)],
)
def test_on_a_mac_the_drive_is_asked_too(
    number: int, synced: bool, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    plain: list[int] = []

    def full(descriptor: int, command: int) -> None:
        asked.append((descriptor, command))
        if number:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", full)
    monkeypatch.setattr(os, "fsync", plain.append)
    if fails:
        with pytest.raises(OSError, match=r"."):
            Disk().sync(7)
    else:
        Disk().sync(7)
    assert asked == [(7, 51)]
    assert plain == ([7] if synced else [])


def test_attributes_come_along_where_the_disk_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "old"
    source.touch(0o644)
    given: dict[str, Any] = {}
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "listxattr", lambda *_a, **_n: ["user.note", "user.more"], raising=False)
    monkeypatch.setattr(os, "getxattr", lambda _p, name, **_n: name.encode(), raising=False)
    monkeypatch.setattr(os, "setxattr", lambda _d, name, value: given.update({name: value}), raising=False)
    with (tmp_path / "new").open("wb") as file:
        metadata.carry_over(source, source.stat(), file.fileno())
        assert given == {"user.note": b"user.note", "user.more": b"user.more"}
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600
        for number, fails in ((errno.ENOTSUP, False), (errno.ENOSPC, True)):
            for name in ("setxattr", "listxattr"):
                with monkeypatch.context() as patch:
                    patch.setattr(os, name, failing(number))
                    if fails:
                        with pytest.raises(OSError, match=r"."):
                            metadata.carry_over(source, source.stat(), file.fileno())
                    else:
                        metadata.carry_over(source, source.stat(), file.fileno())


def failing(number: int) -> Any:
    def call(*_args: Any, **_named: Any) -> None:
        raise OSError(number, os.strerror(number))

    return call


def test_an_owner_that_cannot_be_kept_is_no_reason_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "old"
    source.touch(0o600)
    asked: list[tuple[int, int]] = []

    def chown(_descriptor: int, user: int, group: int) -> None:
        asked.append((user, group))
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr(os, "fchown", chown)
    old = source.stat()
    monkeypatch.setattr(os, "geteuid", lambda: old.st_uid + 1)
    with (tmp_path / "new").open("wb") as file:
        metadata.carry_over(source, old, file.fileno())
    assert asked == [(old.st_uid, old.st_gid)]


def test_a_lock_that_changes_while_it_is_cleared_stays(tmp_path: Path) -> None:
    lock = tmp_path / "openclaw.json.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    assert inspect_lock(lock).clearable
    other = json.dumps({"pid": os.getpid(), "createdAt": "2026-11-30T00:00:00.000Z"}).encode()

    class Racing(Disk):
        def rename(self, source: Path, target: Path) -> None:
            if source == lock:
                lock.unlink()
                lock.write_bytes(other)
            super().rename(source, target)

    with pytest.raises(Conflict, match="changed while it was being cleared"):
        clear_orphan(lock, Racing())
    assert lock.read_bytes() == other
    assert [path.name for path in tmp_path.iterdir()] == [lock.name]


def test_what_is_in_the_way_in_the_ring_is_not_taken_for_a_version(tmp_path: Path) -> None:
    ring = Backups(tmp_path, Disk())
    first = ring.add(b"{}", Reason("config.set", "human:test"))
    (tmp_path / "20200101T000000Z-000009-00000000.json5").mkdir()
    (tmp_path / "99999999T999999Z-000002-00000000.json5").write_bytes(b"{a: 1}")
    assert {entry.id for entry in ring.list()} == {first, "99999999T999999Z-000002-00000000"}
    (tmp_path / "20200101T000000Z-000010-00000000.json5").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LunaError) as caught:
        ring.list()
    assert caught.value.code == "odd-path"


def test_a_manifest_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    class Unreadable(Disk):
        def open_read(self, path: Path) -> int:
            if path.name == "manifest.json":
                raise OSError(errno.EIO, "broken")
            return super().open_read(path)

    Backups(tmp_path, Disk()).add(b"{}", Reason("config.set", "human:test"))
    with pytest.raises(LunaError) as caught:
        Backups(tmp_path, Unreadable()).list()
    assert caught.value.code == "disk-failing"


def test_a_damaged_schema_is_asked_for_again(places: Places) -> None:
    asked: list[int] = []

    def fetch() -> dict[str, Any]:
        asked.append(1)
        return {"type": "object", "properties": {"gateway": {"type": "object"}}}

    source = InstalledSchema(places, "2026.9.6", "none", fetch)
    assert source.load() is not None
    (index,) = places.cache_dir.glob("schema/*/index.json")
    for damage in (b"{", b"[]", b'{"release": 1}', b'{"release": "x", "root": "x", "sections": []}'):
        index.write_bytes(damage)
        found = source.load()
        assert found is not None
        assert found.section("gateway") == {"type": "object"}
    assert len(asked) == 5
    assert [path.name for path in index.parent.parent.iterdir()] == [index.parent.name]
    index.write_bytes(b"{")
    assert InstalledSchema(places, "2026.9.6", "none", lambda: None).load() is None


def test_files_that_include_each_other_come_to_an_end(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number}.json").write_text(json.dumps({"$include": [f"{number + 1}.json"] * 5}))
    (tmp_path / "8.json").write_text("{}")
    with pytest.raises(Invalid, match="more than 256 files"):
        Includes(tmp_path, Disk()).resolve({"$include": "0.json"})


def test_a_key_that_stands_hundreds_of_times_is_left_to_a_person() -> None:
    document = Document.parse(b"{" + b"a: 1, " * 100 + b"b: 2}")
    with pytest.raises(Usage, match="more than 64 times"):
        document.apply([Edit(("a",), MISSING)])
    assert document.apply([Edit(("b",), MISSING)]).get(("b",)) is MISSING
    few = Document.parse(b"{" + b"a: 1, " * 20 + b"b: 2}").apply([Edit(("a",), MISSING)])
    assert few.value == {"b": 2}


def test_a_slip_of_the_editor_is_our_bug() -> None:
    refuse_misplaced({"a": math.nan, "b": [1]}, {"a": math.nan, "b": [2]}, [Edit(("b", "0"), 2)])
    refuse_misplaced({"b": [1, 2]}, {"b": [2]}, [Edit(("b", "0"), MISSING)])
    with pytest.raises(RuntimeError, match="went wrong at a"):
        refuse_misplaced({"a": 1}, {"a": 3}, [Edit(("a",), 2)])
    assert not same(math.nan, 1.0)


def test_lost_entries_are_found_in_a_long_list_too() -> None:
    rows = [{"agentId": f"a{number}", "match": {"channel": "x"}} for number in range(3_000)]
    before = Document.parse(json.dumps({"bindings": rows}).encode())
    after = Document.parse(json.dumps({"bindings": rows[1:]}).encode())
    with pytest.raises(Refused, match=r"bindings\.0"):
        refuse_losses(before, after, [], ())
    refuse_losses(before, after, [Edit(("bindings", "0"), MISSING)], ())
    refuse_losses(before, before, [], ())


def test_what_is_undone_goes_back_to_its_topmost_new_section() -> None:
    before = {"env": {"vars": {"A": "1"}}}
    edits = [
        Edit(("env", "vars", "B"), "2"),
        Edit(("channels", "x", "on"), True),
        Edit(("env", "vars", "A"), "3"),
    ]
    assert touched_roots(before, edits) == (("env", "vars", "B"), ("channels",), ("env", "vars", "A"))


def test_which_settings_wait_for_a_restart() -> None:
    assert applies(("gateway", "port")) == applies(("env", "vars", "A")) == "after restart"
    assert applies(("gateway", "reload")) == applies(("agents",)) == "now"


def test_what_counts_as_a_secret() -> None:
    assert not is_sensitive(())
    assert is_sensitive(("gateway", "auth", "token"))
    assert not is_secret({"source": "env", "id": "KEY"}, ("gateway", "auth", "token"))
    assert is_secret({"auth": {"token": "x" * 20}}, ("gateway",))
    assert is_secret([{"token": "x" * 20}], ("gateway", "auth"))


def test_a_configuration_that_cannot_be_read_any_more_rolls_back(store: ConfigStore, places: Places) -> None:
    from appliance.store.journal import EditConfig, Journal, MakeDir

    class Cut(Exception):
        pass

    def cut(step: str) -> None:
        if step == "j3-step-1":
            places.config_path.write_bytes(b"{ broken")
            raise Cut

    new = places.state_dir / "new"
    journal = Journal(places, store, cut)
    with pytest.raises(Cut):
        journal.run("x", [MakeDir(new), EditConfig((Edit(("env", "vars", "A"), "1"),))], actor="human:test")
    assert not new.exists()
    assert places.config_path.read_bytes() == b"{ broken"
