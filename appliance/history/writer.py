"""Who probably wrote the configuration, when it was none of us, and what speaks for that.

OpenClaw 2026.9.6 keeps its own journal of changes in a database that only OpenClaw opens. What it leaves
beside the file says enough: each of its writers puts the version it replaces into `openclaw.json.bak`, and
`openclaw.json.clobbered.<time>` is what it restored over. Releases before that wrote
`logs/config-audit.jsonl`, one record a write, with `pid`, `argv` and the SHA-256 `nextHash`.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from appliance.history.difference import Difference, evidence
from appliance.redact import redact
from appliance.store.edits import MISSING, lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from appliance.places import Places

OPENCLAW, UNKNOWN = "outside:openclaw", "outside:unknown"
_TAIL = 64 * 1024
_LIMIT = 8 * 1024 * 1024
_WORDS = 8


def likely_writer(
    places: Places, before: bytes, after: bytes, value: Mapping[str, object]
) -> tuple[str, tuple[Difference, ...]]:
    """Actor and evidence for a change from outside; `value`: the new version as plain data, if readable."""
    found = [
        *_in_its_log(places, after),
        *_restored(places, before),
        *_in_its_backup(places, before),
        *_touched(value),
    ]
    proofs = [each for each in found if each.code != "writer-touched"]
    return (OPENCLAW if proofs else UNKNOWN), tuple(found or [evidence("writer-unknown")])


def _in_its_log(places: Places, after: bytes) -> Iterator[Difference]:
    """A record of OpenClaw's own log that names this very version."""
    digest = hashlib.sha256(after).hexdigest()
    for record in reversed(list(_records(places.state_dir / "logs" / "config-audit.jsonl"))):
        if record.get("nextHash") == digest:
            words = record.get("argv")
            command = " ".join(map(str, words[1:_WORDS])) if isinstance(words, list) else ""
            yield evidence("writer-log", pid=str(record.get("pid") or ""), command=redact(command))
            return


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with suppress(OSError), path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        for line in file.read(_TAIL).splitlines():
            with suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict):
                    yield record


def _in_its_backup(places: Places, before: bytes) -> Iterator[Difference]:
    if before and _holds(places.config_path.with_name(f"{places.config_path.name}.bak"), before):
        yield evidence("writer-backup")


def _restored(places: Places, before: bytes) -> Iterator[Difference]:
    folder, start = places.config_path.parent, f"{places.config_path.name}.clobbered."
    with suppress(OSError):
        names = sorted(name for name in os.listdir(folder) if name.startswith(start))  # noqa: PTH208 - names
        if before and names and _holds(folder / names[-1], before):
            yield evidence("writer-restored")


def _touched(value: Mapping[str, object]) -> Iterator[Difference]:
    release = lookup(value, ("meta", "lastTouchedVersion"))
    if release is not MISSING and isinstance(release, str):
        yield evidence("writer-touched", release=redact(release))


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) <= _LIMIT and path.read_bytes() == data
    except OSError:
        return False
