"""The files of the record: which there are, how one ends, and how bytes get onto the disk."""

from __future__ import annotations

import errno
import os
import re
import time
from typing import TYPE_CHECKING, Any, Literal

from appliance.audit.record import GENESIS, RECORD_BYTES, parsed, split
from appliance.places import private_dir, sync_folder
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
_NAME = re.compile(r"segment-[0-9]{6,}\.jsonl")
_HASH = re.compile(r"[0-9a-f]{64}")
_SEQS = 2**53
_TAIL_BYTES = 4 * RECORD_BYTES
SECTOR = 512
"""Bytes that a disk writes as a whole or not at all."""
_ZEROS = re.compile(rb"\0+")


@dataclass(frozen=True)
class Ending:
    """How a segment ends."""

    seq: int = 0
    prev: str = GENESIS
    """Hash of the last readable record."""
    state: Literal["empty", "whole", "torn", "broken"] = "empty"
    """`torn`: a crash cut the last line off. `broken`: the last line is none of ours (tampering)."""
    torn_bytes: int = 0


def segments(folder: Path) -> list[Path]:
    """The segment files, oldest first."""
    try:
        names = filter(_NAME.fullmatch, os.listdir(folder))  # noqa: PTH208 - names, not paths
    except FileNotFoundError:
        return []
    return [folder / name for name in sorted(names, key=lambda name: (len(name), name))]


def after(segment: Path) -> Path:
    """The name of the segment that follows."""
    return segment.with_name(f"segment-{int(segment.stem.partition('-')[2]) + 1:06}.jsonl")


def ending(segment: Path) -> Ending:
    """How `segment` ends, from its last few records."""
    with segment.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
    if not tail:
        return Ending()
    whole, _, rest = tail.rpartition(b"\n")
    lines = whole.splitlines()
    last = _record(lines[-1]) if lines else None
    seq, prev = (int(last["seq"]), str(last["hash"])) if last else (0, GENESIS)
    if rest:
        torn = is_torn(rest, size - len(rest)) and (last is not None or not lines)
        return Ending(seq, prev, "torn" if torn else "broken", len(rest))
    if last is not None:
        return Ending(seq, prev, "whole")
    earlier = next((record for line in reversed(lines) if (record := _record(line))), None)
    seq, prev = (int(earlier["seq"]), str(earlier["hash"])) if earlier else (0, GENESIS)
    cut = len(lines[-1]) + 1
    if is_torn(tail[-cut:], size - cut) and (len(lines) == 1 or _record(lines[-2])):
        return Ending(seq, prev, "torn", cut)
    return Ending(seq, prev, "broken")


def is_torn(line: bytes, at: int) -> bool:
    """Whether the last line, from byte `at` of its segment on, is what a crash left of one record.

    It was cut off, or it has zeros for sectors that never reached the disk; in JSON no byte is zero.
    """
    if line[:1] == b"{" and line[-1:] != b"\n" and split(line[:-1]) is None and b"\0" not in line:
        return True
    gaps = [found.span() for found in _ZEROS.finditer(line)]
    return bool(gaps) and all(
        (start == 0 or (at + start) % SECTOR == 0) and (end == len(line) or (at + end) % SECTOR == 0)
        for start, end in gaps
    )


def lines_backwards(path: Path) -> Iterator[bytes]:
    """The lines of a segment without their ends, the last one first. Raises OSError."""
    with path.open("rb") as file:
        position, rest = file.seek(0, os.SEEK_END), b""
        while position > 0:
            size = min(_TAIL_BYTES, position)
            position -= size
            file.seek(position)
            first, *whole = (file.read(size) + rest).split(b"\n")
            yield from filter(None, reversed(whole))
            rest = first
        if rest:
            yield rest


def torn_from(data: bytes) -> int:
    """Where what a crash left of the last line begins; the end when it left nothing."""
    start = data.rfind(b"\n", 0, max(0, len(data) - 1)) + 1
    line = data[start:]
    return start if line and (not line.endswith(b"\n") or is_torn(line, start)) else len(data)


def drop_torn_end(path: Path) -> None:
    """Remove what a crash left of the last line; for files whose lines are only notes. Raises OSError."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    if torn_from(data) < len(data):
        os.truncate(path, torn_from(data))


def set_aside(segment: Path, torn_bytes: int) -> None:
    """Move what a crash left of the last line to `torn/`."""
    descriptor = os.open(segment, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        start = os.fstat(descriptor).st_size - torn_bytes
        kept = private_dir(segment.parent / "torn") / f"{segment.stem}-{time.time_ns()}"
        append_synced(kept, os.pread(descriptor, torn_bytes, start))
        sync_folder(kept.parent)
        os.ftruncate(descriptor, start)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append_synced(path: Path, data: bytes) -> None:
    """Append `data` and sync it; on any error the file is as before."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        start = os.fstat(descriptor).st_size
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, start)
            raise
    finally:
        os.close(descriptor)


def _record(line: bytes) -> dict[str, Any] | None:
    record = parsed(line)
    if record is None:
        return None
    seq, digest = record.get("seq"), record.get("hash")
    is_ours = type(seq) is int and 0 < seq < _SEQS and isinstance(digest, str) and _HASH.fullmatch(digest)
    return record if is_ours else None
