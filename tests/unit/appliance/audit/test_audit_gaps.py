"""After tampering the record goes on in a new segment, and the break stays to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.audit.gaps import begin_anew
from appliance.audit.log import AuditLog
from appliance.audit.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 9


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    log = AuditLog(tmp_path / "audit")
    fill(log, COUNT)
    return log


def fill(log: AuditLog, count: int) -> None:
    for number in range(count):
        log.append({"phase": "note", "op": "notes.write", "via": "cli", "n": number})


def harm(log: AuditLog, at: int, segment: int = 0) -> None:
    """Record `at` of the segment, from 0, says something else."""
    path = log.segments()[segment]
    lines = path.read_bytes().splitlines(keepends=True)
    lines[at] = lines[at].replace(b"notes.write", b"notes.wrote")
    path.write_bytes(b"".join(lines))


def test_a_new_segment_begins_with_a_record_of_the_gap(log: AuditLog) -> None:
    harm(log, 3)
    before = log.segments()[0].read_bytes()
    report = begin_anew(log, verify(log))
    assert log.segments()[0].read_bytes() == before
    (gap,) = [record for record in log.records() if record["op"] == "audit.gap"]
    assert (gap["seq"], gap["result"]) == (COUNT + 1, "flip at 4; a new segment begins")
    assert log.segments()[1].read_bytes().count(b"\n") == 1
    assert (report.whole, report.first_bad_seq, report.whole_from) == (False, 4, COUNT + 1)
    fill(log, 2)
    again = verify(log)
    assert (again.whole, again.kind, again.first_bad_seq, again.whole_from) == (False, "flip", 4, COUNT + 1)


def test_a_break_is_noted_once(log: AuditLog) -> None:
    harm(log, 3)
    for _ in range(3):
        begin_anew(log, verify(log))
    assert len(log.segments()) == 2


def test_one_who_looked_before_the_gap_was_noted_does_not_note_it_again(log: AuditLog) -> None:
    harm(log, 3)
    early = verify(log)
    begin_anew(log, verify(log))
    assert begin_anew(log, early).whole_from == COUNT + 1
    assert len(log.segments()) == 2


def test_harm_behind_the_gap_is_noted_too(log: AuditLog) -> None:
    harm(log, 3)
    begin_anew(log, verify(log))
    fill(log, 4)
    harm(log, 2, segment=1)
    report = verify(log)
    assert (report.first_bad_seq, report.whole_from) == (4, 0)
    assert begin_anew(log, report).whole_from == COUNT + 6
    assert len(log.segments()) == 3


def test_records_missing_behind_the_gap_are_missed_by_a_head(log: AuditLog) -> None:
    harm(log, 3)
    begin_anew(log, verify(log))
    fill(log, 4)
    head = log.head()
    newest = log.segments()[-1]
    newest.write_bytes(b"".join(newest.read_bytes().splitlines(keepends=True)[:3]))
    assert head.seq == COUNT + 5
    assert verify(log).whole_from == 0


def test_a_missing_segment_is_a_break_that_is_noted(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", segment_bytes=1)
    fill(log, 5)
    log.segments()[2].unlink()
    report = begin_anew(log, verify(log))
    assert (report.kind, report.first_bad_seq, report.whole_from) == ("deletion", 3, 6)


def test_after_a_broken_last_line_the_next_record_is_behind_a_gap(log: AuditLog) -> None:
    with log.segments()[0].open("ab") as file:
        file.write(b"garbage\n")
    fill(log, 1)
    report = verify(log)
    assert (report.whole, report.first_bad_seq, report.whole_from) == (False, COUNT + 1, COUNT + 1)
    assert begin_anew(log, report) == report


def test_nothing_begins_anew_where_every_link_holds(log: AuditLog) -> None:
    whole = verify(log)
    assert begin_anew(log, whole) == whole
    head = log.head(kept=False)
    segment = log.segments()[0]
    segment.write_bytes(b"".join(segment.read_bytes().splitlines(keepends=True)[:-1]))
    shorter = verify(log, head)
    assert (begin_anew(log, shorter), shorter.kind) == (shorter, "shorter")
    assert len(log.segments()) == 1
