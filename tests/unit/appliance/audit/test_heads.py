"""Signed heads: what they catch that the chain alone does not, and what is removed on purpose."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from appliance.audit import chain
from appliance.audit.chain import Link, walk
from appliance.audit.checkpoints import CHECKPOINTS, EVERY_SECONDS, WITNESSES, keep, kept
from appliance.audit.log import AuditLog
from appliance.audit.record import GENESIS, chained
from appliance.audit.retention import TOMBSTONES, removable, remove, tombstones
from appliance.audit.segments import SECTOR
from appliance.audit.signing import KEY_NAME, parse_head, public_key, sign
from appliance.audit.verify import verify
from appliance.errors import Invalid, NotFound

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "audit")


def fill(log: AuditLog, count: int) -> None:
    for number in range(count):
        log.append({"phase": "note", "op": "notes.write", "via": "cli", "n": number})


def cut_after(log: AuditLog, seq: int) -> None:
    """The file as if nothing had been written behind record `seq`."""
    (segment,) = log.segments()
    segment.write_bytes(b"".join(segment.read_bytes().splitlines(keepends=True)[:seq]))


def rewrite(log: AuditLog, at: int) -> None:
    """Another history from record `at` on, whole in itself, as somebody with the files can make one."""
    (segment,) = log.segments()
    lines = segment.read_bytes().splitlines(keepends=True)
    prev = json.loads(lines[at - 2])["hash"] if at > 1 else GENESIS
    for index in range(at - 1, len(lines)):
        record = json.loads(lines[index])
        del record["hash"], record["prev"]
        lines[index], prev = chained({**record, "n": "forged"}, prev)
    segment.write_bytes(b"".join(lines))


def test_a_head_is_one_line_that_can_be_read_back(log: AuditLog) -> None:
    fill(log, 3)
    head = log.head()
    assert parse_head(f"kept on paper:\n  {head.line()}\n") == head
    assert (head.seq, head.hash, head.log) == (3, verify(log).head, log.identity())
    assert head.key == public_key(log.folder)
    assert stat.S_IMODE((log.folder / KEY_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize("at", range(0, 328, 7))
def test_a_mistyped_head_is_refused(log: AuditLog, at: int) -> None:
    fill(log, 1)
    line = log.head().line()
    wrong = line[:at] + ("1" if line[at] != "1" else "2") + line[at + 1 :]
    with pytest.raises(Invalid) as caught:
        parse_head(wrong)
    assert caught.value.code == "audit-head"


def test_an_empty_log_has_no_head(log: AuditLog) -> None:
    with pytest.raises(NotFound) as caught:
        log.head()
    assert caught.value.code == "audit-empty"
    log.sign_end()
    assert kept(log.folder / CHECKPOINTS).heads == ()


def test_a_damaged_key_is_named_and_stops_no_record(log: AuditLog) -> None:
    fill(log, 1)
    (log.folder / KEY_NAME).write_bytes(b"short")
    (log.folder / KEY_NAME).chmod(0o600)
    with pytest.raises(Invalid) as caught:
        log.head()
    assert caught.value.code == "audit-key-damaged"
    os.utime(log.folder / CHECKPOINTS, (0, 0))
    fill(log, 1)
    assert verify(log).records == 2


def test_every_256th_record_is_signed(log: AuditLog) -> None:
    fill(log, 255)
    assert kept(log.folder / CHECKPOINTS).heads == ()
    fill(log, 2)
    (head,) = kept(log.folder / CHECKPOINTS).heads
    assert (head.seq, head.is_authentic()) == (256, True)
    report = verify(log)
    assert report.signed == head


def test_the_first_record_after_ten_minutes_is_signed(log: AuditLog) -> None:
    fill(log, 3)
    then = time.time() - EVERY_SECONDS - 1
    os.utime(log.folder / CHECKPOINTS, (then, then))
    fill(log, 1)
    assert [head.seq for head in kept(log.folder / CHECKPOINTS).heads] == [4]
    fill(log, 1)
    assert len(kept(log.folder / CHECKPOINTS).heads) == 1


def test_a_clock_that_was_put_back_does_not_stop_the_signing(log: AuditLog) -> None:
    fill(log, 1)
    later = time.time() + 10 * 365 * 86_400
    os.utime(log.folder / CHECKPOINTS, (later, later))
    fill(log, 1)
    assert [head.seq for head in kept(log.folder / CHECKPOINTS).heads] == [2]


def test_the_end_is_signed_once(log: AuditLog) -> None:
    fill(log, 3)
    log.sign_end()
    log.sign_end()
    assert [head.seq for head in kept(log.folder / CHECKPOINTS).heads] == [3]


def test_records_missing_at_the_end_are_found_by_a_head(log: AuditLog) -> None:
    fill(log, 9)
    head = log.head()
    cut_after(log, 5)
    report = verify(log)
    assert (report.whole, report.kind, report.records, report.first_bad_seq) == (False, "shorter", 5, 6)
    (log.folder / CHECKPOINTS).unlink()
    assert verify(log).whole  # our own heads went with them: only one kept elsewhere knows
    assert verify(log, head).kind == "shorter"


def test_another_history_is_found_by_a_head(log: AuditLog) -> None:
    fill(log, 9)
    head = log.head()
    rewrite(log, 4)
    report = verify(log)
    assert (report.whole, report.kind, report.first_bad_seq) == (False, "rewritten", 9)
    (log.folder / CHECKPOINTS).unlink()
    assert verify(log).whole
    assert verify(log, head).kind == "rewritten"


def test_what_came_after_the_last_head_can_be_rewritten_unseen(log: AuditLog) -> None:
    """The limit we state: nothing but a newer head could tell."""
    fill(log, 5)
    head = log.head()
    fill(log, 5)
    rewrite(log, 6)
    assert verify(log, head).whole


@pytest.mark.parametrize(("name", "kind"), [(CHECKPOINTS, "checkpoint"), (WITNESSES, "witness")])
def test_every_altered_byte_of_a_kept_head_is_found(log: AuditLog, name: str, kind: str) -> None:
    fill(log, 2)
    head = log.head()
    if name == WITNESSES:
        keep(log.folder / name, head, by="paper")
    fill(log, 2)
    path = log.folder / name
    data = path.read_bytes()
    kinds, missed = set(), []
    for at in range(len(data) - 1):
        altered = bytearray(data)
        altered[at] ^= 1
        path.write_bytes(altered)
        report = verify(log)
        kinds.add(report.kind)
        if report.whole:
            missed.append(at)
    path.write_bytes(data)
    assert verify(log).whole
    # Where it was kept is a note of ours, which nobody has signed.
    noted = data.find(b"paper")
    assert missed == (list(range(noted, noted + 5)) if name == WITNESSES else [])
    assert kinds - {"", "rewritten", "shorter"} == {kind}


def test_a_head_that_a_crash_cut_off_is_dropped(log: AuditLog) -> None:
    fill(log, 2)
    log.head()
    path = log.folder / CHECKPOINTS
    path.write_bytes(path.read_bytes() + b'{"log":"ab')
    assert verify(log).whole
    log.head()
    assert len(kept(path).heads) == 2
    assert verify(log).whole


def test_old_segments_go_and_the_chain_is_checked_from_there(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", segment_bytes=600)
    fill(log, 12)
    identity, names = log.identity(), [path.name for path in log.segments()]
    assert removable(log, 0) == []
    old = removable(log, time.time_ns() + 1)
    assert [path.name for path in old] == names[:-1]
    early = log.head()
    stone = remove(log, old[:2])
    assert [path.name for path in log.segments()] == names[2:]
    report = verify(log)
    assert (report.whole, report.records, report.first) == (True, 12, stone.head.seq + 1)
    assert verify(log, early).whole
    assert log.identity() == identity
    remove(log, removable(log, time.time_ns() + 1))
    fill(log, 1)
    assert (verify(log).whole, verify(log).records) == (True, 13)
    assert [len(stone.segments) for stone in tombstones(log.folder).stones] == [2, len(names) - 3]


def test_a_removal_that_was_cut_short_is_no_tampering(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", segment_bytes=500)
    fill(log, 9)
    old = removable(log, time.time_ns() + 1)[:3]
    saved = [(path, path.read_bytes()) for path in old]
    remove(log, old)
    for path, data in saved:
        path.write_bytes(data)
    assert verify(log).whole
    for path, _ in saved:
        path.unlink()
        assert verify(log).whole, path
    assert verify(log).first > 1


@pytest.mark.parametrize("change", ["name", "bit", "gone"])
def test_a_removal_that_nobody_signed_is_tampering(tmp_path: Path, change: str) -> None:
    log = AuditLog(tmp_path / "audit", segment_bytes=500)
    fill(log, 9)
    remove(log, log.segments()[:2])
    path = log.folder / TOMBSTONES
    if change == "gone":
        path.unlink()
    elif change == "name":
        path.write_bytes(path.read_bytes().replace(b"segment-000001", b"segment-000007"))
    else:
        data = bytearray(path.read_bytes())
        data[data.index(b'"seq"') + 7] ^= 1
        path.write_bytes(data)
    assert not verify(log).whole


def test_several_processes_walk_a_long_log_and_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog(tmp_path / "audit", segment_bytes=2000)
    fill(log, 60)
    whole = walk(log.segments(), Link(0, GENESIS), {3, 30, 60})
    monkeypatch.setattr(chain, "PIECE_BYTES", 4000)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    started: list[int] = []
    monkeypatch.setattr(subprocess, "Popen", _counted(started))
    assert walk(log.segments(), Link(0, GENESIS), {3, 30, 60}) == whole
    assert len(started) == 2
    for segment in log.segments():
        data = segment.read_bytes()
        segment.write_bytes(data.replace(b"notes.write", b"notes.wrote", 1))
        report = verify(log)
        segment.write_bytes(data)
        first = json.loads(data.splitlines()[0])["seq"]
        assert (report.whole, report.kind, report.first_bad_seq) == (False, "flip", first)
    newest = log.segments()[-1]
    newest.write_bytes(newest.read_bytes()[:-9])
    assert (verify(log).whole, verify(log).torn, verify(log).records) == (True, True, 59)


def _counted(started: list[int]) -> type:
    class Counted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: object, **more: object) -> None:
            super().__init__(*args, **more)  # type: ignore[call-overload]
            started.append(self.pid)

    return Counted


def test_a_head_signed_with_another_key_is_still_one(log: AuditLog, tmp_path: Path) -> None:
    fill(log, 2)
    (tmp_path / "other").mkdir()
    other = sign(tmp_path / "other", log.identity(), 2, verify(log).head, 1)
    assert other.is_authentic()
    assert other.key != log.head().key
    assert verify(log, other).whole


def test_a_head_or_a_removal_that_reached_the_disk_as_zeros_is_no_tampering(tmp_path: Path) -> None:
    """The size of a line may be there before its data; what was never confirmed does not count."""
    log = AuditLog(tmp_path / "audit", segment_bytes=600)
    fill(log, 6)
    head = log.head()
    remove(log, log.segments()[:1])
    for name in (CHECKPOINTS, TOMBSTONES):
        path = log.folder / name
        whole = path.read_bytes()
        path.write_bytes(whole + bytes(2 * SECTOR - len(whole) % SECTOR) + b"\n")
        assert verify(log).whole, name
        path.write_bytes(whole + b"x" + bytes(10) + b"x\n")
        assert not verify(log).whole, name
        path.write_bytes(whole + bytes(600))
        assert verify(log).whole, name
    fill(log, 1)
    assert log.head().seq > head.seq
    remove(log, log.segments()[:1])
    assert verify(log).whole
    assert len(tombstones(log.folder).stones) == 2
