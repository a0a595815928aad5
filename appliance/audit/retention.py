"""Records that are removed on purpose: whole segments, oldest first, and a signed line that says so.

The line keeps the number and hash of the last removed record, so the chain is checked from there, and the
SHA-256 of each removed file, so that a copy kept elsewhere can still be recognised.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from typing import TYPE_CHECKING, Any

from appliance.audit.record import parsed
from appliance.audit.segments import append_synced, drop_torn_end, ending, torn_from
from appliance.audit.signing import SignedHead, head_from, sign
from appliance.parsing import json_value
from appliance.places import sync_folder
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.audit.log import AuditLog

TOMBSTONES = "removed.jsonl"
_TIME = re.compile(rb',"ts":([0-9]{1,19}),"')


@dataclass(frozen=True)
class RemovedSegment:
    """A file that is gone."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Tombstone:
    """What was removed at one time."""

    head: SignedHead
    """The last removed record; its `about` is the SHA-256 of the list of segments."""
    segments: tuple[RemovedSegment, ...]


@dataclass(frozen=True)
class Tombstones:
    """All of them, oldest first."""

    stones: tuple[Tombstone, ...] = ()
    bad_line: int = 0
    """Number of the first line that is none or that nobody has signed; 0: there is none."""


def removable(log: AuditLog, before: int) -> list[Path]:
    """The oldest segments with nothing younger than `before` (UTC ns); never the newest. Raises OSError."""
    found: list[Path] = []
    for path in log.segments()[:-1]:
        if max(map(int, _TIME.findall(path.read_bytes())), default=before) >= before:
            break
        found.append(path)
    return found


def remove(log: AuditLog, paths: Sequence[Path]) -> Tombstone:
    """Remove `paths`, the oldest segments of a whole log: the signed line first, then the files.

    Raises:
        LunaError: the line cannot be signed or written; nothing is removed then.
    """
    with log.alone():
        end = ending(paths[-1])
        segments = tuple(_removed(path) for path in paths)
        text = json.dumps([item.__dict__ for item in segments], sort_keys=True, separators=(",", ":"))
        head = sign(log.folder, log.identity(), end.seq, end.prev, time.time_ns(), about=_digest(text))
        line = json.dumps({**head.__dict__, "segments": text}, sort_keys=True, separators=(",", ":"))
        drop_torn_end(log.folder / TOMBSTONES)
        append_synced(log.folder / TOMBSTONES, line.encode() + b"\n")
        sync_folder(log.folder)
        for path in paths:
            path.unlink()
            sync_folder(log.folder)  # one by one: a later one gone before an earlier one would be a hole
    return Tombstone(head, segments)


def tombstones(folder: Path) -> Tombstones:
    """What was removed so far. Raises OSError."""
    try:
        data = (folder / TOMBSTONES).read_bytes()
    except FileNotFoundError:
        return Tombstones()
    lines = data[: torn_from(data)].split(b"\n")[:-1]
    found: list[Tombstone] = []
    for number, line in enumerate(lines, 1):
        stone = _read(line)
        if stone is None or not stone.head.is_authentic():
            return Tombstones(tuple(found), number)
        found.append(stone)
    return Tombstones(tuple(found))


def _removed(path: Path) -> RemovedSegment:
    data = path.read_bytes()
    return RemovedSegment(path.name, hashlib.sha256(data).hexdigest(), len(data))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read(line: bytes) -> Tombstone | None:
    fields = parsed(line) or {}
    head, text = head_from(fields), fields.get("segments")
    if head is None or not isinstance(text, str) or head.about != _digest(text):
        return None
    try:
        items: list[dict[str, Any]] = json_value(text)
        return Tombstone(head, tuple(RemovedSegment(**item) for item in items))
    except (ValueError, TypeError):
        return None
