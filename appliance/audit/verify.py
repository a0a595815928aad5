"""Whether the record of changes is whole: every hash, every link and every signed head (safety §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.audit.chain import Link, first_link, first_record, walk
from appliance.audit.checkpoints import CHECKPOINTS, WITNESSES, Kept, kept, unsigned
from appliance.audit.events import GAP
from appliance.audit.record import GENESIS, digest, ends_nearly_as_record, parsed, split
from appliance.audit.retention import tombstones
from appliance.audit.signing import SignedHead
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.audit.chain import Walk
    from appliance.audit.log import AuditLog

_SIGNATURES = 64
"""So many of the newest signatures are checked; the hashes of all of them are."""
LINKS = frozenset({"flip", "deletion", "insertion", "swap", "truncation"})
"""Kinds of harm to the chain itself; the others are of a chain that holds, against what is signed."""


@dataclass(frozen=True)
class ChainReport:
    """What a check of the whole chain found."""

    whole: bool
    records: int
    """Number of the last good record before the first bad one."""
    head: str
    """Hash of the last good record."""
    first_bad_seq: int | None = None
    kind: str = ""
    """`flip`, `deletion`, `insertion`, `swap`, `truncation` (a record cut short), `shorter` (than a head
    says), `rewritten` (whole, but not what a head says), `checkpoint`, `witness` or `tombstone` (that file
    was altered).
    """
    torn: bool = False
    """A crash cut the last line off; the next append sets it aside."""
    first: int = 1
    """The first record that is still kept; those before it were removed on purpose."""
    signed: SignedHead | None = None
    """The newest head of our own that the chain agrees with."""
    witnessed: SignedHead | None = None
    """The newest head brought back from elsewhere that the chain agrees with."""
    witnessed_by: str = ""
    whole_from: int = 0
    """The record of a gap behind all harm to the chain, which holds from there on; 0: there is none."""

    @property
    def told(self) -> str:
        """In a few words."""
        return f"whole up to {self.records}" if self.whole else f"{self.kind} at {self.first_bad_seq}"


@dataclass(frozen=True)
class _Heads:
    """Every signed head there is."""

    own: Kept
    brought: Kept
    given: tuple[SignedHead, ...]

    @property
    def all(self) -> tuple[SignedHead, ...]:
        return (*self.own.heads, *self.brought.heads, *self.given)


def verify(log: AuditLog, *given: SignedHead) -> ChainReport:
    """Check all segments, oldest first, against each other and against every head; `given`: some more heads.

    Raises:
        AuditUnavailable: a file cannot be read.
    """
    with log.available():
        removed = tombstones(log.folder)
        ends = tuple(stone.head for stone in removed.stones)
        heads = _heads(log, *ends, *given)
        start = _start(log, ends)
        walked = walk(log.segments(), start, {head.seq for head in heads.all})
    if walked.bad is not None:
        kind = kind_of(log, *walked.bad, walked.end.seq)
        since = whole_from(log, *given)
        return ChainReport(False, walked.end.seq, walked.end.hash, walked.end.seq + 1, kind, whole_from=since)
    if removed.bad_line:
        return _broken(walked, removed.bad_line, "tombstone")
    return _against(walked, heads, start)


def whole_from(log: AuditLog, *given: SignedHead) -> int:
    """Number of the newest record of a gap, if the chain holds from there on and every head with it; else 0.

    Raises:
        AuditUnavailable: a file cannot be read.
    """
    with log.available():
        heads = _heads(log, *given).all
        paths = log.segments()
        for number in reversed(range(len(paths))):
            start = first_link(paths[number]) if first_record(paths[number]).get("op") == GAP else None
            if start is None:
                continue
            behind = {head.seq: head.hash for head in heads if head.seq > start.seq}
            walked = walk(paths[number:], start, behind)
            return start.seq + 1 if walked.bad is None and walked.marks == behind else 0
    return 0


def _heads(log: AuditLog, *given: SignedHead) -> _Heads:
    return _Heads(kept(log.folder / CHECKPOINTS), kept(log.folder / WITNESSES), given)


def _against(walked: Walk, heads: _Heads, start: Link) -> ChainReport:
    """What the signed heads say of a chain that is whole in itself."""
    known = {**walked.marks, start.seq: start.hash}
    for head in sorted(heads.all, key=lambda each: each.seq):
        if head.seq > walked.end.seq:
            return _broken(walked, walked.end.seq + 1, "shorter")
        # What was removed on purpose cannot be compared any more.
        if head.seq >= start.seq and known.get(head.seq) != head.hash:
            return _broken(walked, head.seq, "rewritten")
    for kind, found in (("checkpoint", heads.own), ("witness", heads.brought)):
        forged = unsigned(found.heads[-_SIGNATURES:])
        if found.bad_lines or forged is not None:
            return _broken(walked, forged.seq if forged else 0, kind)
    newest = max(heads.brought.heads, key=lambda each: each.seq, default=None)
    by = heads.brought.by[heads.brought.heads.index(newest)] if newest else ""
    return ChainReport(
        True,
        walked.end.seq,
        walked.end.hash,
        torn=walked.torn,
        first=start.seq + 1,
        signed=max(heads.own.heads, key=lambda each: each.seq, default=None),
        witnessed=newest,
        witnessed_by=by,
    )


def _broken(walked: Walk, seq: int, kind: str) -> ChainReport:
    return ChainReport(False, walked.end.seq, walked.end.hash, seq, kind, walked.torn)


def _start(log: AuditLog, removed: Sequence[SignedHead]) -> Link:
    """What the oldest segment has to follow: nothing, or the end of what was removed on purpose.

    A removal that was cut short leaves segments from before its end: the chain through them has to reach it.
    """
    known = [Link(0, GENESIS), *(Link(head.seq, head.hash) for head in removed)]
    found = log.segments()
    first = first_link(found[0]) if found else None
    if first is None:
        return known[-1]
    followed = next((link for link in known if link.hash == first.hash), None)
    return followed or (first if 0 < first.seq < known[-1].seq else known[-1])


def kind_of(log: AuditLog, line: bytes, following: bytes, seq: int) -> str:
    """What was done to the log at `line`, which does not follow record `seq`: a `kind` of `ChainReport`.

    Raises:
        AuditUnavailable: the rest of the log cannot be read.
    """
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
