"""Whatever is done to the stored record is found, and named for what it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from appliance.audit.log import AuditLog
from appliance.audit.record import GENESIS, chained
from appliance.audit.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COUNT = 12
Lines = list[bytes]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    log = AuditLog(tmp_path_factory.mktemp("audit"))
    for number in range(COUNT):
        log.append({"phase": "note", "op": "notes.write", "via": "cli", "n": number})
    return log.segments()[0].read_bytes().splitlines(keepends=True)


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    log = AuditLog(tmp_path / "audit")
    log.folder.mkdir()
    return log


def store(log: AuditLog, lines: Lines) -> None:
    (log.folder / "segment-000001.jsonl").write_bytes(b"".join(lines))


def _forged(lines: Lines, at: int) -> bytes:
    """A record with a right hash that claims to follow record `at`."""
    before = json.loads(lines[at - 1])
    return chained({"phase": "note", "op": "forged", "seq": at + 1, "ts": 1}, before["hash"])[0]


def _edited(line: bytes) -> bytes:
    """The record with other content and a hash that fits it."""
    record = json.loads(line)
    prev = record.pop("prev")
    del record["hash"]
    return chained({**record, "op": "forged"}, prev)[0]


def test_the_original_is_whole(log: AuditLog, original: Lines) -> None:
    store(log, original)
    report = verify(log)
    assert (report.whole, report.records, report.kind) == (True, COUNT, "")
    assert report.head == json.loads(original[-1])["hash"]


def test_an_empty_record_is_whole(log: AuditLog) -> None:
    assert (verify(log).whole, verify(log).head) == (True, GENESIS)


@pytest.mark.parametrize("at", [1, 5, COUNT])
def test_every_flipped_bit_of_a_record_is_a_flip(log: AuditLog, original: Lines, at: int) -> None:
    line = original[at - 1]
    wrong = []
    # One bit of every byte, and every bit where the record ends.
    bits = [byte * 8 + byte % 8 for byte in range(len(line))]
    for bit in sorted({*bits, *range((len(line) - 80) * 8, len(line) * 8)} if at == 5 else bits):
        flipped = bytearray(line)
        flipped[bit // 8] ^= 1 << bit % 8
        store(log, [*original[: at - 1], bytes(flipped), *original[at:]])
        report = verify(log)
        if (report.whole, report.first_bad_seq, report.kind) != (False, at, "flip"):
            wrong.append((bit // 8, bit % 8, report))
    assert wrong == []


@pytest.mark.parametrize("at", range(1, COUNT))
def test_a_missing_record_is_a_deletion(log: AuditLog, original: Lines, at: int) -> None:
    store(log, [*original[: at - 1], *original[at:]])
    assert (verify(log).first_bad_seq, verify(log).kind) == (at, "deletion")


@pytest.mark.parametrize("at", range(1, COUNT))
def test_two_exchanged_records_are_a_swap(log: AuditLog, original: Lines, at: int) -> None:
    store(log, [*original[: at - 1], original[at], original[at - 1], *original[at + 1 :]])
    assert (verify(log).first_bad_seq, verify(log).kind) == (at, "swap")


@pytest.mark.parametrize("at", range(1, COUNT + 1))
def test_a_record_that_stands_twice_is_an_insertion(log: AuditLog, original: Lines, at: int) -> None:
    store(log, [*original[:at], original[at - 1], *original[at:]])
    assert (verify(log).first_bad_seq, verify(log).kind) == (at + 1, "insertion")


@pytest.mark.parametrize("at", range(1, COUNT))
def test_a_forged_record_in_between_is_an_insertion(log: AuditLog, original: Lines, at: int) -> None:
    store(log, [*original[:at], _forged(original, at), *original[at:]])
    assert (verify(log).first_bad_seq, verify(log).kind) == (at + 2, "insertion")


@pytest.mark.parametrize("at", range(1, COUNT))
def test_an_edited_record_with_a_new_hash_is_a_flip(log: AuditLog, original: Lines, at: int) -> None:
    store(log, [*original[: at - 1], _edited(original[at - 1]), *original[at:]])
    assert (verify(log).first_bad_seq, verify(log).kind) == (at + 1, "flip")


@pytest.mark.parametrize("kept", [1, 2, 50, 200, -70, -3])
@pytest.mark.parametrize("at", [1, 5, COUNT])
def test_a_record_cut_short_is_a_truncation(log: AuditLog, original: Lines, at: int, kept: int) -> None:
    short = original[at - 1][:-1][:kept] + b"\n"
    store(log, [*original[: at - 1], short, *original[at:]])
    assert (verify(log).first_bad_seq, verify(log).kind) == (at, "truncation")


@pytest.mark.parametrize("change", [lambda line: b" " + line, lambda line: line.replace(b'":', b'": ', 1)])
def test_another_spelling_of_the_same_record_is_a_flip(
    log: AuditLog, original: Lines, change: Callable[[bytes], bytes]
) -> None:
    store(log, [*original[:4], change(original[4]), *original[5:]])
    assert (verify(log).first_bad_seq, verify(log).kind) == (5, "flip")


def test_a_missing_segment_is_a_deletion(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", segment_bytes=1)
    for number in range(4):
        log.append({"phase": "note", "n": number})
    log.segments()[1].unlink()
    assert (verify(log).records, verify(log).first_bad_seq, verify(log).kind) == (1, 2, "deletion")


def test_a_cut_in_an_older_segment_is_no_crash(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", segment_bytes=1)
    for number in range(3):
        log.append({"phase": "note", "n": number})
    first = log.segments()[0]
    first.write_bytes(first.read_bytes()[:-20])
    assert (verify(log).whole, verify(log).kind) == (False, "truncation")


@pytest.mark.timeout(60)
def test_a_long_record_is_checked_at_about_the_speed_of_hashing(log: AuditLog) -> None:
    prev, lines = GENESIS, []
    for seq in range(1, 20_001):
        line, prev = chained({"seq": seq, "ts": seq, "op": "notes.write", "phase": "note"}, prev)
        lines.append(line)
    store(log, lines)
    assert verify(log).records == 20_000
