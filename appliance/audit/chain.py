"""Walking the chain: every hash recomputed over the stored bytes, every link and number checked.

A long log is walked in pieces of whole segments by several processes at once. Each piece starts from what its
first record says came before; the pieces are then fitted together, and where one does not fit, the rest is
walked again from there by one process, which says exactly where and what.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.audit.record import HASH_TAIL, parsed
from appliance.audit.segments import is_torn
from appliance.values import dataclass

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Collection, Sequence

PIECE_BYTES = 32 * 1024 * 1024
"""A piece is worth a process of its own from this size on: starting one takes as long as reading 20 MiB."""
_READ_BYTES = 1 << 20
_MAX_PROCESSES = 4
_END = HASH_TAIL + 1
"""Bytes of a line that are not hashed."""
_USUAL_REACH, _NUMBER_REACH = 160, 16 * 1024
"""Bytes before those in which a record has its number: behind it stand only targets, time and origin."""
_WALKER = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from appliance.audit.chain import main
sys.exit(main())
"""


@dataclass(frozen=True)
class Link:
    """A place in the chain: a record's number and hash."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Walk:
    """How far the chain holds."""

    end: Link
    """The last good record."""
    marks: dict[int, str]
    """Hashes of the records that were asked for."""
    bad: tuple[bytes, bytes] | None = None
    """The first line that does not follow, and the one behind it; None when all do."""
    torn: bool = False
    """A crash cut the last line off; the next append sets it aside."""


def walk(paths: Sequence[Path], start: Link, wanted: Collection[int]) -> Walk:
    """Check the segments `paths`, oldest first, as what follows `start`. Raises OSError."""
    pieces = _pieces(paths)
    if len(pieces) < 2:
        return _walk(paths, start, wanted, is_last=True)
    others = [_start_walker(piece, wanted) for piece in pieces[1:]]
    try:
        found = _walk(pieces[0], start, wanted, is_last=False)
        for number, other in enumerate(others, 1):
            if found.bad is not None:
                return found
            rest = [path for piece in pieces[number:] for path in piece]
            joined = _joined(found, other.communicate()[0])
            if joined is None:
                again = _walk(rest, found.end, wanted, is_last=True)
                return Walk(again.end, {**found.marks, **again.marks}, again.bad, again.torn)
            found = joined
    finally:
        for other in others:
            other.kill()
            other.wait()
            if other.stdout is not None:
                other.stdout.close()
    return found


def first_link(path: Path) -> Link | None:
    """What the first record of a segment says it follows; None when that cannot be read."""
    record = first_record(path)
    seq, prev = record.get("seq"), record.get("prev")
    return Link(seq - 1, prev) if isinstance(seq, int) and isinstance(prev, str) else None


def first_record(path: Path) -> dict[str, Any]:
    """The first record of a segment; empty when that cannot be read. Raises OSError."""
    with path.open("rb") as file:
        return parsed(file.readline()) or {}


def main() -> int:
    """One piece, for `walk`: the wanted numbers come by standard input, the result by standard output."""
    wanted = frozenset(json.load(sys.stdin))
    paths = [Path(text) for text in sys.argv[1:]]
    start = first_link(paths[0])
    if start is not None:
        found = _walk(paths, start, wanted, is_last=False)
        if found.bad is None:
            told = {"start": list(start.__dict__.values()), "end": list(found.end.__dict__.values())}
            json.dump({**told, "marks": list(found.marks.items())}, sys.stdout)
    return 0


def _walk(paths: Sequence[Path], start: Link, wanted: Collection[int], *, is_last: bool) -> Walk:
    """`is_last`: the last of `paths` is the newest segment, whose last line a crash may have cut off."""
    seq, prev = start.seq, start.hash.encode()
    marks: dict[int, str] = {}
    sha256, join = hashlib.sha256, b"".join
    for path in paths:
        with path.open("rb", _READ_BYTES) as file:
            for line in file:
                # As `record.digest` and `record.split` have it, in one go: this runs a million times.
                body = line[:-_END]
                found = sha256(join((b"\x00", prev, body, b"}"))).hexdigest().encode()
                number = b',"seq":%d,' % (seq + 1)
                if line[-_END:] != b',"hash":"%b"}\n' % found or (
                    body.find(number, -_USUAL_REACH) < 0 and body.rfind(number, -_NUMBER_REACH) < 0
                ):
                    end, at = Link(seq, prev.decode()), file.tell() - len(line)
                    following = next(file, b"")
                    if is_last and path is paths[-1] and not following and is_torn(line, at):
                        return Walk(end, marks, torn=True)
                    return Walk(end, marks, bad=(line, following))
                seq, prev = seq + 1, found
                if seq in wanted:
                    marks[seq] = found.decode()
    return Walk(Link(seq, prev.decode()), marks)


def _pieces(paths: Sequence[Path]) -> list[list[Path]]:
    """Whole segments in groups of about the same size, as many as there are processors to walk them."""
    if len(paths) < 2:
        return [list(paths)]
    sizes = [path.stat().st_size for path in paths]
    count = min(_MAX_PROCESSES, os.cpu_count() or 1, sum(sizes) // PIECE_BYTES, len(paths))
    if count < 2:
        return [list(paths)]
    pieces: list[list[Path]] = [[] for _ in range(count)]
    done = 0
    for path, size in zip(paths, sizes, strict=True):
        pieces[min(count - 1, count * done // sum(sizes))].append(path)
        done += size
    return [piece for piece in pieces if piece]


def _start_walker(paths: Sequence[Path], wanted: Collection[int]) -> subprocess.Popen[bytes]:
    import subprocess

    source = str(Path(__file__).parents[2])
    child = subprocess.Popen(  # noqa: S603 - this program, its own code
        [sys.executable, "-I", "-c", _WALKER, source, *map(str, paths)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None  # noqa: S101 - it was asked for
    # One that ended at once tells nothing, and its piece is walked here.
    with suppress(BrokenPipeError), child.stdin as pipe:
        pipe.write(json.dumps(sorted(wanted)).encode())
    child.stdin = None
    return child


def _joined(found: Walk, told: bytes) -> Walk | None:
    """`found`, carried on by what a walker has told; None when it begins elsewhere or was not whole."""
    try:
        piece: dict[str, Any] = json.loads(told)
        start, end = Link(*piece["start"]), Link(*piece["end"])
        marks = {int(seq): str(text) for seq, text in piece["marks"]}
    except (ValueError, KeyError, TypeError):
        return None
    return Walk(end, {**found.marks, **marks}) if start == found.end else None
