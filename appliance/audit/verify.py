"""Whether the record of changes is whole: every hash recomputed, every link checked (safety §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.audit.record import GENESIS, digest, ends_nearly_as_record, parsed, split
from appliance.audit.segments import is_torn
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.audit.log import AuditLog


@dataclass(frozen=True)
class ChainReport:
    """What a check of the whole chain found."""

    whole: bool
    records: int
    """Good records before the first bad one."""
    head: str
    """Hash of the last good record."""
    first_bad_seq: int | None = None
    kind: str = ""
    """`flip`, `deletion`, `insertion`, `swap` or `truncation` (a record cut short)."""
    torn: bool = False
    """A crash cut the last line off; the next append sets it aside."""


def verify(log: AuditLog) -> ChainReport:
    """Recompute the chain over all segments, oldest first; the stored bytes are hashed as they are."""
    prev, seq = GENESIS, 0
    lines = _lines(log)
    for line, is_last in lines:
        whole = line.endswith(b"\n")
        if not whole and is_last and is_torn(line):
            return ChainReport(True, seq, prev, torn=True)
        parts = split(line[:-1]) if whole else None
        # The link is part of what is hashed, and `seq` is where canonical JSON puts it.
        if parts and parts[1] == digest(parts[0], prev) and b'"seq":%d,' % (seq + 1) in parts[0]:
            prev, seq = parts[1], seq + 1
            continue
        following, _ = next(lines, (b"", True))
        return ChainReport(False, seq, prev, seq + 1, _kind(log, line, following, seq))
    return ChainReport(True, seq, prev)


def _lines(log: AuditLog) -> Iterator[tuple[bytes, bool]]:
    """Every line, and whether it belongs to the newest segment."""
    paths = log.segments()
    for path in paths:
        with log.available(), path.open("rb") as file:
            for line in file:
                yield line, path is paths[-1]


def _kind(log: AuditLog, line: bytes, following: bytes, seq: int) -> str:
    """What was done to the log at `line`, which does not follow record `seq`."""
    # Without its last byte: the line end, or what was made of it.
    record, parts = parsed(line), split(line[:-1])
    if record is None or parts is None:
        is_split = bool(following) and not following.startswith(b"{")
        return "flip" if ends_nearly_as_record(line[:-1]) or is_split else "truncation"
    number = record.get("seq")
    if digest(parts[0], str(record.get("prev"))) != parts[1] or not isinstance(number, int):
        return "flip"
    if number <= seq:
        return "insertion"
    if number == seq + 1:
        return "flip"
    return "swap" if any(item.get("seq") == seq + 1 for item in log.records()) else "deletion"
