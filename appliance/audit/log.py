"""The append-only record of every change and refusal: who, what, outcome, in a hash chain (safety §6)."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from appliance.audit.boot import boot_id
from appliance.audit.checkpoints import CHECKPOINTS, due, keep
from appliance.audit.checkpoints import kept as kept_heads
from appliance.audit.events import GAP, TORN
from appliance.audit.record import chained, parsed
from appliance.audit.segments import (
    NO_SPACE,
    Ending,
    after,
    append_synced,
    ending,
    lines_backwards,
    segments,
    set_aside,
)
from appliance.errors import LunaError, NotFound
from appliance.places import private_dir, sync_folder
from appliance.store.file_lock import held, take
from appliance.store.hooks import Hook, no_hook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from appliance.audit.signing import SignedHead

SEGMENT_BYTES = 16 * 1024 * 1024
RESERVE_BYTES = 256 * 1024
LOCK_SECONDS = 20.0
_NOTE = {"actor": "system:audit", "via": "audit", "risk": "read", "phase": "note"}


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
        hook: Hook = no_hook,
    ) -> None:
        self.folder = folder
        self._hook = hook
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
        with self.alone():
            ends = [self._append(body) for body in make()]
            if any(due(self.folder, end.seq) for end in ends):
                self._sign_quietly(ends[-1])
            return [end.prev for end in ends]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else appends or removes inside this.

        Raises:
            AuditUnavailable: somebody else does all the time, or a file cannot be written.
        """
        with self.available("written"):
            private_dir(self.folder)
            self._hook("lock")
            with self._lock():
                yield

    def head(self, *, kept: bool = True) -> SignedHead:
        """The end of the log, signed now; `kept`: among the checkpoints as well.

        Raises:
            NotFound: there is no record yet.
            LunaError: it cannot be signed or kept.
        """
        if not kept:
            with self.available():
                return self._signed(self._end()[1])
        with self.alone():
            return self._sign(self._end()[1])

    def sign_end(self) -> None:
        """Keep a signed head of what was appended since the last one, where there is something.

        Raises:
            LunaError: it cannot be signed or kept.
        """
        if self.segments():
            with self.alone():
                end = self._end()[1]
                newest = kept_heads(self.folder / CHECKPOINTS).heads[-1:]
                if end.seq and not (newest and newest[0].seq == end.seq):
                    self._sign(end)

    def identity(self) -> str:
        """The random id of this log, from its first record, or from what was said when that was removed.

        Raises:
            NotFound: there is no record yet.
        """
        from appliance.audit.retention import tombstones

        with self.available():
            stones = tombstones(self.folder).stones
        if stones:
            return stones[-1].head.log
        first = next(self.records(), {})
        found = first.get("log")
        if not isinstance(found, str):
            raise NotFound("Nothing is on record yet.", code="audit-empty")
        return found

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
        return list(islice(self.backwards(), limit))[::-1]

    def backwards(self) -> Iterator[dict[str, Any]]:
        """Every readable record, the newest first."""
        for path in reversed(self.segments()):
            with self.available():
                for line in lines_backwards(path):
                    record = parsed(line)
                    if record is not None:
                        yield record

    def segments(self) -> list[Path]:
        """The segment files, oldest first."""
        with self.available():
            return segments(self.folder)

    def _signed(self, end: Ending) -> SignedHead:
        from appliance.audit.signing import sign

        self._hook("sign")
        return sign(self.folder, self.identity(), end.seq, end.prev, time.time_ns())

    def _sign(self, end: Ending) -> SignedHead:
        head = self._signed(end)
        self._hook("keep-head")
        keep(self.folder / CHECKPOINTS, head)
        return head

    def _sign_quietly(self, end: Ending) -> None:
        """The record is on the disk, which is what the caller waits for: a head is signed at the next one."""
        with suppress(LunaError, OSError):
            self._sign(end)

    def begin_segment(self, reason: str) -> int:
        """Go on in a new segment, inside `alone`; returns the number of its first record. Raises OSError."""
        segment, end = self._end()
        if end.state == "torn":
            segment, end = self._without_torn(segment, end)
        return self._gap(segment, end, reason)[1].seq

    def _append(self, body: Mapping[str, Any]) -> Ending:
        segment, end = self._end()
        if end.state == "torn":
            segment, end = self._without_torn(segment, end)
        elif end.state == "broken":
            segment, end = self._gap(segment, end, "the last line cannot be read")
        return self._write_record(segment, end, body)[1]

    def _without_torn(self, segment: Path, end: Ending) -> tuple[Path, Ending]:
        self._hook("set-aside")
        set_aside(segment, end.torn_bytes)
        note = {**_NOTE, "op": TORN, "result": "a line that a crash cut off was set aside"}
        return self._write_record(*self._end(), note)

    def _gap(self, segment: Path, end: Ending, reason: str) -> tuple[Path, Ending]:
        note = {**_NOTE, "op": GAP, "result": f"{reason}; a new segment begins"}
        return self._write_record(after(segment), end, note)

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
            "boot": boot_id(),
            "host": self._host,
            "pid": os.getpid(),
            **body,
        }
        if end.seq == 0:
            record["log"] = os.urandom(16).hex()
        line, found = chained(record, end.prev)
        self._hook("write")
        self._write(segment, line)
        return segment, Ending(end.seq + 1, found, "whole")

    def _write(self, segment: Path, line: bytes) -> None:
        size = segment.stat().st_size if segment.exists() else None
        reserve = self.folder / "reserve"
        try:
            self._disk_write(segment, line)
        except OSError as error:
            # The reserve is what keeps a full disk from hiding that it is full.
            # What stands in the segment now may be the whole record: a second one would break the chain.
            is_unchanged = (segment.stat().st_size if segment.exists() else 0) == (size or 0)
            if error.errno not in NO_SPACE or not reserve.exists() or not is_unchanged:
                raise
            self._hook("reserve")
            reserve.unlink()
            self._disk_write(segment, line)
        else:
            if not reserve.exists():
                self._fill(reserve)
        if size is None:
            self._hook("sync-folder")
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
