"""Signed heads that are kept: our own every so often, and those that somebody has brought back."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

from appliance.audit.record import parsed
from appliance.audit.segments import append_synced, drop_torn_end, torn_from
from appliance.audit.signing import SignedHead, head_from
from appliance.places import sync_folder
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

CHECKPOINTS = "checkpoints.jsonl"
WITNESSES = "witnesses.jsonl"
EVERY_RECORDS = 256
EVERY_SECONDS = 600.0


@dataclass(frozen=True)
class Kept:
    """The heads in one file."""

    heads: tuple[SignedHead, ...] = ()
    bad_lines: tuple[int, ...] = ()
    """Numbers of whole lines that hold no head, from 1: somebody altered the file."""
    by: tuple[str, ...] = ()
    """Where each head was kept, as its line says; empty for our own."""


def due(folder: Path, seq: int) -> bool:
    """Whether a head should be signed after record `seq`; the first look starts the clock."""
    if seq % EVERY_RECORDS == 0:
        return True
    path = folder / CHECKPOINTS
    try:
        age = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        return False
    # A clock that was put back must not stop the signing.
    return not 0 <= age < EVERY_SECONDS


def keep(path: Path, head: SignedHead, **more: str) -> None:
    """Append a head to `path`; what a crash has left of the last line goes first. Raises OSError."""
    drop_torn_end(path)
    is_first = not path.exists() or path.stat().st_size == 0
    append_synced(path, _line({**head.__dict__, **more}) + b"\n")
    if is_first:
        sync_folder(path.parent)


def kept(path: Path) -> Kept:
    """The heads in `path`; a last line that a crash cut off does not count. Raises OSError."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Kept()
    lines = data[: torn_from(data)].split(b"\n")[:-1]
    found = [(number, _read(line)) for number, line in enumerate(lines, 1)]
    good = [item for _, item in found if item is not None]
    return Kept(
        tuple(head for head, _ in good),
        tuple(number for number, item in found if item is None),
        tuple(by for _, by in good),
    )


def unsigned(heads: Iterable[SignedHead]) -> SignedHead | None:
    """The first head that nobody has signed."""
    return next((head for head in heads if not head.is_authentic()), None)


def _read(line: bytes) -> tuple[SignedHead, str] | None:
    fields = parsed(line) or {}
    head, by = head_from(fields), fields.get("by", "")
    if head is None or not isinstance(by, str):
        return None
    # Only as `keep` writes it: no byte of the line can be another one unnoticed.
    spelled = (_line(head.__dict__), _line({**head.__dict__, "by": by}))
    return (head, by) if line in spelled else None


def _line(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
