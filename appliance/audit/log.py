"""The append-only record of every change and refusal: who, what, outcome, in a hash chain (safety §6)."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from appliance.audit.record import chained, parsed
from appliance.audit.segments import (
    NO_SPACE,
    Ending,
    after,
    append_synced,
    ending,
    segments,
    set_aside,
)
from appliance.errors import LunaError
from appliance.places import private_dir, sync_folder
from appliance.store.file_lock import held, take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

SEGMENT_BYTES = 16 * 1024 * 1024
RESERVE_BYTES = 256 * 1024
LOCK_SECONDS = 20.0
_TORN_NOTE = {
    "actor": "system:audit",
    "via": "audit",
    "op": "audit.torn",
    "risk": "read",
    "phase": "note",
    "result": "a line that a crash cut off was set aside",
}
_GAP_NOTE = {
    "actor": "system:audit",
    "via": "audit",
    "op": "audit.gap",
    "risk": "read",
    "phase": "note",
    "result": "the last line cannot be read; a new segment begins",
}


class AuditUnavailable(LunaError):
    """The record could not be written, so nothing was done."""

    code = "audit-unavailable"


class AuditLog:
    """Appends to `segment-<number>.jsonl` below one folder; several processes may, one at a time.

    `write` puts bytes at the end of a file and syncs them; tests give one whose disk is full.
    """

    def __init__(
        self,
        folder: Path,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        write: Callable[[Path, bytes], None] = append_synced,
    ) -> None:
        self.folder = folder
        self._segment_bytes = segment_bytes
        self._disk_write = write
        self._host = os.uname().nodename

    def append(self, body: Mapping[str, Any]) -> str:
        """Write one record and sync it; returns its hash.

        Raises:
            AuditUnavailable: it is not on the disk, so the caller must not go on.
        """
        return self.append_all(lambda: [body])[-1]

    def append_all(self, make: Callable[[], Iterable[Mapping[str, Any]]]) -> list[str]:
        """Write the records that `make` decides on while nobody else can append; returns their hashes.

        Raises:
            AuditUnavailable: not all are on the disk.
        """
        with self.available("written"):
            private_dir(self.folder)
            with self._lock():
                return [self._append(body) for body in make()]

    @contextmanager
    def available(self, what: str = "read") -> Iterator[None]:
        """Says in words why the files of the record cannot be used.

        Raises:
            AuditUnavailable: they cannot.
        """
        try:
            yield
        except OSError as error:
            raise AuditUnavailable(
                f"The record of changes could not be {what} ({error.strerror or error}).",
                hint=f"Free some space or repair the rights of {self.folder}.",
            ) from error

    def records(self) -> Iterator[dict[str, Any]]:
        """Every readable record, oldest first."""
        for path in self.segments():
            with self.available(), path.open("rb") as lines:
                for line in lines:
                    record = parsed(line) if line.endswith(b"\n") else None
                    if record is not None:
                        yield record

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """The last `limit` readable records, oldest first."""
        found: list[dict[str, Any]] = []
        for path in reversed(self.segments()):
            with self.available():
                lines = path.read_bytes().splitlines()
            for line in reversed(lines):
                if len(found) >= limit:
                    return found[::-1]
                record = parsed(line)
                if record is not None:
                    found.append(record)
        return found[::-1]

    def segments(self) -> list[Path]:
        """The segment files, oldest first."""
        with self.available():
            return segments(self.folder)

    def _append(self, body: Mapping[str, Any]) -> str:
        segment, end = self._end()
        if end.state == "torn":
            set_aside(segment, end.torn_bytes)
            segment, end = self._write_record(*self._end(), _TORN_NOTE)
        elif end.state == "broken":
            segment, end = self._write_record(after(segment), end, _GAP_NOTE)
        _, written = self._write_record(segment, end, body)
        return written.prev

    def _end(self) -> tuple[Path, Ending]:
        """The segment to append to, and how the log ends."""
        found = self.segments()
        if not found:
            return self.folder / "segment-000001.jsonl", Ending()
        newest, end = found[-1], ending(found[-1])
        if end.seq == 0 and len(found) > 1:
            before = ending(found[-2])
            end = replace(end, seq=before.seq, prev=before.prev)
        if end.state == "whole" and newest.stat().st_size >= self._segment_bytes:
            return after(newest), end
        return newest, end

    def _write_record(self, segment: Path, end: Ending, body: Mapping[str, Any]) -> tuple[Path, Ending]:
        record = {
            "seq": end.seq + 1,
            "ts": time.time_ns(),
            "mono": time.monotonic_ns(),
            "host": self._host,
            "pid": os.getpid(),
            **body,
        }
        if end.seq == 0:
            record["log"] = os.urandom(16).hex()
        line, found = chained(record, end.prev)
        self._write(segment, line)
        return segment, Ending(end.seq + 1, found, "whole")

    def _write(self, segment: Path, line: bytes) -> None:
        created = not segment.exists()
        reserve = self.folder / "reserve"
        try:
            self._disk_write(segment, line)
        except OSError as error:
            # The reserve is what keeps a full disk from hiding that it is full.
            if error.errno not in NO_SPACE or not reserve.exists():
                raise
            reserve.unlink()
            self._disk_write(segment, line)
        else:
            if not reserve.exists():
                self._fill(reserve)
        if created:
            sync_folder(self.folder)

    def _fill(self, reserve: Path) -> None:
        try:
            self._disk_write(reserve, b"\x00" * RESERVE_BYTES)
        except OSError as error:
            reserve.unlink(missing_ok=True)
            if error.errno not in NO_SPACE:
                raise

    @contextmanager
    def _lock(self) -> Iterator[None]:
        lock = take(self.folder / "append.lock", time.monotonic() + LOCK_SECONDS)
        if lock is None:
            raise AuditUnavailable(
                f"The record of changes has been held by another program for {LOCK_SECONDS:.0f} seconds.",
                hint="End or wake the other lunatui, then try again.",
                code="audit-busy",
            )
        with held(lock):
            yield
