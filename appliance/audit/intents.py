"""Intents without an outcome: whoever wrote them still works, or ended in between."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from appliance.audit.boot import boot_id
from appliance.audit.record import parsed
from appliance.audit.segments import segments
from appliance.parsing import json_value, small_file
from appliance.redact import redact
from appliance.store.names import temporary_beside
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from appliance.audit.log import AuditLog
    from appliance.store.journal import Recovered

_REMEMBER_BYTES = 32 * 1024


@dataclass(frozen=True)
class OpenIntent:
    """An intent that has no outcome."""

    corr: str
    op: str
    risk: str
    pid: int
    started: str
    """What `process_start` said in the process that wrote it."""


@dataclass(frozen=True)
class _Position:
    """A place in the log: a segment's name and the bytes before it in that segment."""

    segment: str
    offset: int


def process_start(pid: int) -> str:
    """What tells this life of `pid` from another process with the same number; empty when nobody can say."""
    from appliance.store.processes import own_start_time, start_time

    ticks = own_start_time(pid) if pid == os.getpid() else start_time(pid)
    return "" if ticks is None else f"{ticks}{_at_boot()}"


def close_abandoned(log: AuditLog, via: str) -> tuple[OpenIntent, ...]:
    """Give every intent whose process is gone the outcome `recovered`; returns them.

    Raises:
        AuditUnavailable: the outcomes could not be written.
    """
    if not any(map(_is_gone, open_intents(log))):
        return ()
    closed: list[OpenIntent] = []

    def outcomes() -> list[dict[str, Any]]:
        # Asked again under the lock: another process may have closed them meanwhile.
        closed.extend(filter(_is_gone, open_intents(log)))
        return [_recovered(intent, via) for intent in closed]

    log.append_all(outcomes)
    return tuple(closed)


def note_recovery(log: AuditLog, via: str, found: Recovered) -> None:
    """Record what became of an operation over several files that a crash had cut off.

    Raises:
        AuditUnavailable: it could not be written.
    """
    note(log, via, found.operation, found.outcome, found.kept)


def note(log: AuditLog, via: str, operation: str, result: str, changes: Iterable[str] = ()) -> None:
    """Record what this program does by itself at its start.

    Raises:
        AuditUnavailable: it could not be written.
    """
    log.append(
        {
            "actor": "system:recovery",
            "via": via,
            "op": operation,
            "risk": "change",
            "phase": "note",
            "result": redact(result),
            "changes": [redact(sentence) for sentence in changes],
        }
    )


def open_intents(log: AuditLog) -> tuple[OpenIntent, ...]:
    """Intents without an outcome, oldest first.

    Raises:
        AuditUnavailable: the record cannot be read.
    """
    with log.available():
        return _open_intents(log.folder)


def _open_intents(folder: Path) -> tuple[OpenIntent, ...]:
    start = _remembered(folder)
    waiting: dict[str, tuple[OpenIntent, _Position]] = {}
    end = start
    for line, here, behind in _lines(folder, start):
        end = behind
        if b'"phase":"intent"' not in line and b'"phase":"outcome"' not in line:
            continue
        record = parsed(line)
        if record is None:
            continue
        corr = str(record.get("corr", ""))
        if record.get("phase") == "intent":
            waiting[corr] = _intent(record, corr), here
        else:
            waiting.pop(corr, None)
    settled = next(iter(waiting.values()))[1] if waiting else end
    _remember(folder, start, settled)
    return tuple(intent for intent, _ in waiting.values())


def _is_gone(intent: OpenIntent) -> bool:
    from appliance.store.processes import is_dead

    if is_dead(intent.pid):
        return True
    now = process_start(intent.pid)
    return bool(now and intent.started) and now != intent.started


def _intent(record: dict[str, Any], corr: str) -> OpenIntent:
    pid = record.get("pid")
    return OpenIntent(
        corr,
        str(record.get("op", "")),
        str(record.get("risk", "")),
        pid if isinstance(pid, int) else 0,
        str(record.get("started", "")),
    )


def _recovered(intent: OpenIntent, via: str) -> dict[str, Any]:
    return {
        "actor": "system:recovery",
        "via": via,
        "op": intent.op,
        "risk": intent.risk,
        "phase": "outcome",
        "corr": intent.corr,
        "result": "recovered",
    }


def _lines(folder: Path, start: _Position | None) -> Iterator[tuple[bytes, _Position, _Position]]:
    """Every whole line behind `start` with where it begins and where it ends."""
    for path in segments(folder):
        if start is not None and (len(path.name), path.name) < (len(start.segment), start.segment):
            continue
        offset = start.offset if start is not None and path.name == start.segment else 0
        with path.open("rb") as file:
            file.seek(offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                here = _Position(path.name, offset)
                offset += len(line)
                yield line, here, _Position(path.name, offset)


def _remembered(folder: Path) -> _Position | None:
    """Up to where every intent is known to be closed; None when that has to be found out anew."""
    try:
        noted = json_value(small_file(folder / "settled.json"))
        position = _Position(str(noted["segment"]), int(noted["offset"]))
        with (folder / os.path.basename(position.segment)).open("rb") as file:  # noqa: PTH119 - a plain name
            file.seek(position.offset - 1)
            return position if file.read(1) == b"\n" else None
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None


def _remember(folder: Path, start: _Position | None, settled: _Position | None) -> None:
    """Note how far everything is settled: only a shortcut for the next start, so it is never synced."""
    if settled is None or settled.offset == 0:
        return
    known = start.offset if start is not None and start.segment == settled.segment else 0
    if settled.offset - known < _REMEMBER_BYTES:
        return
    temporary = temporary_beside(folder / "settled.json")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, json.dumps(settled.__dict__).encode())
    finally:
        os.close(descriptor)
    temporary.replace(folder / "settled.json")


def _at_boot() -> str:
    boot = boot_id()
    return f"@{boot}" if boot else ""
