"""The record on real files: appending, crashes, full disks, several processes."""

from __future__ import annotations

import errno
import fcntl
import itertools
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.audit.log import RESERVE_BYTES, AuditLog, AuditUnavailable
from appliance.audit.record import GENESIS, RECORD_BYTES, canonical, chained, digest, split
from appliance.audit.segments import SECTOR, append_synced
from appliance.audit.verify import verify

BODY = {"actor": "human:rosa", "via": "cli", "op": "notes.write", "risk": "change", "phase": "note"}
APPENDER = """
import sys
from pathlib import Path
from appliance.audit.log import AuditLog
log = AuditLog(Path(sys.argv[1]), segment_bytes=8192)
for number in range(int(sys.argv[2])):
    log.append({"phase": "note", "op": "notes.write", "n": number})
"""


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "audit")


def fill(log: AuditLog, count: int) -> None:
    for number in range(count):
        log.append({**BODY, "n": number})


class SmallDisk:
    """A disk with room for so many bytes below one folder; counts what really lies there."""

    def __init__(self, folder: Path, room: int) -> None:
        self.folder = folder
        self.room = room

    def write(self, path: Path, data: bytes) -> None:
        used = sum(found.stat().st_size for found in self.folder.iterdir())
        if used + len(data) > self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        append_synced(path, data)


def test_every_record_names_its_place_and_the_one_before(log: AuditLog) -> None:
    hashes = [log.append({**BODY, "n": number}) for number in range(3)]
    found = list(log.records())
    assert [record["seq"] for record in found] == [1, 2, 3]
    assert [record["prev"] for record in found] == [GENESIS, *hashes[:2]]
    assert [record["hash"] for record in found] == hashes
    assert len(found[0]["log"]) == 32
    assert all(record["pid"] == os.getpid() and record["ts"] and record["mono"] for record in found)
    assert verify(log).head == hashes[-1]


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        log = AuditLog(tmp_path / "home" / "audit")
        fill(log, 2)
        with (log.segments()[0]).open("ab") as file:
            file.write(b'{"half":')
        fill(log, 1)
    finally:
        os.umask(before)
    for path in (tmp_path / "home").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_eight_processes_append_to_one_chain(log: AuditLog, tmp_path: Path) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", APPENDER, str(log.folder), "25"], cwd=Path.cwd())
        for _ in range(8)
    ]
    assert [child.wait(60) for child in children] == [0] * 8
    report = verify(log)
    assert (report.whole, report.records) == (True, 200)
    by_process: dict[int, list[int]] = {}
    for record in log.records():
        by_process.setdefault(record["pid"], []).append(record["n"])
    assert sorted(map(len, by_process.values())) == [25] * 8
    assert all(numbers == list(range(25)) for numbers in by_process.values())
    assert len(log.segments()) > 1


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_line_that_a_crash_cut_off_is_set_aside_and_noted(log: AuditLog, cut: int) -> None:
    fill(log, 3)
    segment = log.segments()[0]
    data = segment.read_bytes()
    segment.write_bytes(data[:-cut])
    assert verify(log) == verify(log)
    assert (verify(log).whole, verify(log).torn, verify(log).records) == (True, True, 2)
    fill(log, 1)
    report = verify(log)
    assert (report.whole, report.torn, report.records) == (True, False, 4)
    assert [record["op"] for record in log.records()][2:] == ["audit.torn", "notes.write"]
    (torn,) = (log.folder / "torn").iterdir()
    assert torn.read_bytes() == data.splitlines(keepends=True)[2][:-cut]


def zeroed(data: bytes, start: int, end: int) -> bytes:
    return data[:start] + bytes(end - start) + data[end:]


def test_sectors_that_never_reached_the_disk_are_a_crash_and_not_tampering(log: AuditLog) -> None:
    """The size of the file was there before its data: what is missing reads as zeros."""
    fill(log, 2)
    segment = log.segments()[0]
    start = segment.stat().st_size
    log.append({**BODY, "n": "x" * 3 * SECTOR})
    data = segment.read_bytes()
    edges = [start, *range(start // SECTOR * SECTOR + SECTOR, len(data), SECTOR), len(data)]
    for lost, end in itertools.combinations(edges, 2):
        segment.write_bytes(zeroed(data, lost, end))
        report = verify(log)
        assert (report.whole, report.torn, report.records) == (True, True, 2), (lost, end)
        fill(log, 1)
        assert (verify(log).whole, verify(log).torn, verify(log).records) == (True, False, 4), (lost, end)


def test_zeros_that_no_disk_would_leave_are_tampering(log: AuditLog) -> None:
    fill(log, 2)
    segment = log.segments()[0]
    start = segment.stat().st_size
    log.append({**BODY, "n": "x" * 3 * SECTOR})
    data = segment.read_bytes()
    for lost, end in ((start + 1, len(data)), (start, start + 1), (start + 7, start + 9)):
        segment.write_bytes(zeroed(data, lost, end))
        assert not verify(log).whole
    segment.write_bytes(zeroed(data, 0, SECTOR))
    assert not verify(log).whole


def test_a_first_line_that_a_crash_cut_off_keeps_the_chain_over_segments(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", segment_bytes=1)
    fill(log, 2)
    newest = log.segments()[-1]
    newest.write_bytes(newest.read_bytes()[:30])
    fill(log, 1)
    report = verify(log)
    assert (report.whole, report.records) == (True, 3)


def test_an_empty_segment_continues_the_one_before(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", segment_bytes=1)
    fill(log, 2)
    (log.folder / "segment-000003.jsonl").touch()
    fill(log, 1)
    assert (verify(log).whole, verify(log).records) == (True, 3)


@pytest.mark.parametrize("last", [b"{}\n", b"garbage\n", b"garbage", b'{"seq":"x","hash":1}\n'])
def test_a_last_line_that_is_none_of_ours_is_kept_and_a_new_segment_begins(
    log: AuditLog, last: bytes
) -> None:
    fill(log, 3)
    with log.segments()[0].open("ab") as file:
        file.write(last)
    fill(log, 1)
    assert len(log.segments()) == 2
    assert log.segments()[0].read_bytes().endswith(last)
    assert [record["op"] for record in log.records() if record.get("seq", 0) in (4, 5)] == [
        "audit.gap",
        "notes.write",
    ]
    report = verify(log)
    assert (report.whole, report.records, report.first_bad_seq) == (False, 3, 4)


def test_segments_roll_over_and_the_chain_runs_on(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", segment_bytes=2000)
    fill(log, 30)
    sizes = [path.stat().st_size for path in log.segments()]
    assert len(sizes) > 3
    assert all(2000 <= size < 3000 for size in sizes[:-1])
    assert (verify(log).whole, verify(log).records) == (True, 30)
    assert [record["n"] for record in log.newest(12)] == list(range(18, 30))
    assert [record["n"] for record in log.newest(99)] == list(range(30))


def test_a_full_disk_is_recorded_from_the_reserve(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    disk = SmallDisk(folder, room=RESERVE_BYTES + 64 * 1024)
    log = AuditLog(folder, write=disk.write)
    fill(log, 1)
    assert (folder / "reserve").stat().st_size == RESERVE_BYTES
    disk.room = RESERVE_BYTES + 1000
    fill(log, 20)
    assert not (folder / "reserve").exists()
    assert (verify(log).whole, verify(log).records) == (True, 21)
    disk.room = 2 * RESERVE_BYTES
    fill(log, 1)
    assert (folder / "reserve").exists()


def test_when_the_reserve_is_used_up_nothing_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    disk = SmallDisk(folder, room=700)
    log = AuditLog(folder, write=disk.write)
    fill(log, 1)
    before = log.segments()[0].read_bytes()
    with pytest.raises(AuditUnavailable, match="No space left on device"):
        fill(log, 5)
    assert log.segments()[0].read_bytes().startswith(before)
    assert verify(log).whole
    assert not (folder / "reserve").exists()


@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS, errno.EACCES])
def test_only_a_full_disk_touches_the_reserve(tmp_path: Path, number: int) -> None:
    folder = tmp_path / "audit"
    fill(AuditLog(folder), 1)
    calls: list[Path] = []

    def fail(path: Path, data: bytes) -> None:
        calls.append(path)
        raise OSError(number, os.strerror(number))

    with pytest.raises(AuditUnavailable):
        fill(AuditLog(folder, write=fail), 1)
    assert len(calls) == 1
    assert (folder / "reserve").exists()


def test_a_file_size_limit_leaves_the_segment_as_it_was(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit")
    fill(log, 5)
    before = log.segments()[0].read_bytes()
    script = (
        "import resource, sys\nfrom pathlib import Path\nfrom appliance.audit.log import *\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 50}, {len(before) + 50}))\n"
        "try:\n    AuditLog(Path(sys.argv[1])).append({'phase': 'note'})\n"
        "except AuditUnavailable as error:\n    print(error.message)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(log.folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert "File too large" in answer.stdout
    assert log.segments()[0].read_bytes() == before


def test_a_symlink_in_place_of_a_segment_is_not_followed(log: AuditLog, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("")
    log.folder.mkdir()
    (log.folder / "segment-000001.jsonl").symlink_to(victim)
    with pytest.raises(AuditUnavailable):
        fill(log, 1)
    assert victim.read_text() == ""


def test_a_record_too_long_for_a_line_keeps_its_short_fields(log: AuditLog) -> None:
    log.append({**BODY, "params": {"text": "x" * 3 * RECORD_BYTES}, "changes": ["a"] * RECORD_BYTES})
    fill(log, 1)
    first = next(log.records())
    assert first["op"] == "notes.write"
    assert "too long to keep; SHA-256" in first["params"]
    assert log.segments()[0].stat().st_size < RECORD_BYTES
    assert verify(log).records == 2


def test_other_files_in_the_folder_are_no_segments(log: AuditLog) -> None:
    fill(log, 1)
    for name in ("segment-x.jsonl", "segment-000009.jsonl.bak", "segment-1.jsonl"):
        (log.folder / name).write_text("?")
    fill(log, 1)
    assert verify(log).records == 2


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.dictionaries(st.text(), PLAIN))
def test_any_body_becomes_one_line_that_its_hash_belongs_to(body: dict[str, object]) -> None:
    line, found = chained(body, GENESIS)
    assert line.count(b"\n") == 1
    parts = split(line[:-1])
    assert parts is not None
    assert parts == (canonical(json.loads(parts[0])), found)
    assert digest(parts[0], GENESIS) == found


def test_a_lock_that_nobody_lets_go_is_named(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.audit.log.LOCK_SECONDS", 0.05)
    fill(log, 1)
    with (log.folder / "append.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(AuditUnavailable) as caught:
            fill(log, 1)
    assert caught.value.code == "audit-busy"
    fill(log, 1)
    assert verify(log).records == 2
