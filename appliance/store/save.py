"""One save, step by step (safety: the write protocol), from the locks to the read-back.

The new bytes are on the disk before "saved" is said; before that the old file is whole. The step names
given to the hook are stable: tests stop a process at each of them.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.descriptors import RESERVE
from appliance.errors import Conflict, LunaError
from appliance.places import private_dir
from appliance.store.backups import Reason
from appliance.store.disk import confirm, read_file, remove_quietly, write_new
from appliance.store.document import MAX_BYTES
from appliance.store.faults import explained, refuse_when_failing
from appliance.store.known import Known, Outside, is_from_outside, tell_nobody
from appliance.store.locks import LOCK_BUDGET, SidecarLock, acquire, sidecar_path
from appliance.store.metadata import carry_over
from appliance.store.names import temporary_beside
from appliance.store.queueing import queue_lock
from appliance.store.snapshot import RawFile, read_raw, refuse_odd_file, resolve
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.places import Places
    from appliance.store.backups import Backups
    from appliance.store.disk import Disk
    from appliance.store.hooks import Hook

MAX_ROUNDS = 5
UNREADABLE = "unreadable"
_DEFERRED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP}


@dataclass(frozen=True)
class Saved:
    """What a save did; equal hashes mean that nothing had to be written."""

    before_sha256: str
    after_sha256: str
    backup: str | None
    """Id of the version put aside; None when there was no file, or nothing was written."""
    rebased: bool
    """Another program had changed other settings meanwhile, and the edits were made on its version."""
    current_sha256: str
    """Of the file when the locks were free again: another hash means that another program has written since,
    `UNREADABLE` that it could not be read then."""


class _ChangedUnderneath(Exception):
    """The file is not the one that was compared; compare again."""


@dataclass(frozen=True)
class Task:
    """What one save is to do."""

    base: str
    """SHA-256 of the file that `after` was made from."""
    exists: bool
    """Whether there was one."""
    after: bytes
    """What it becomes."""
    remake: Callable[[RawFile], bytes]
    """Raises when a setting to be changed was changed, or the result would be invalid or lose something."""
    reason: Reason
    broken_name: str = ""
    """Of a file beside it that also keeps what is replaced, because nothing can read that."""


class Saver:
    """Carries out saves of one configuration file."""

    def __init__(
        self,
        places: Places,
        disk: Disk,
        backups: Backups,
        hook: Hook,
        on_wait: Callable[[str], None],
        outside: Outside = tell_nobody,
    ) -> None:
        """`on_wait` gets one sentence when a lock takes longer than a second."""
        self._outside = outside
        self._places = places
        self._disk = disk
        self._backups = backups
        self._hook = hook
        self._on_wait = on_wait

    def run(self, task: Task) -> Saved:
        """Do it.

        Raises:
            Conflict: `config-locked`, `config-changed`, `busy`.
            Refused: `config-shrinks`, `config-redacted`, `config-file`, `config-folder`.
            LunaError: `no-space`, `read-only`, `disk-failing`, `no-handles`, `odd-path`.
        """
        refuse_when_failing(self._disk)
        path = self._places.config_path
        with RESERVE.lent(), self.locked():
            for _ in range(MAX_ROUNDS):
                try:
                    saved = self._round(task, path)
                except _ChangedUnderneath:
                    continue
                break
            else:
                raise Conflict(
                    f"{path} kept changing while it was to be saved ({MAX_ROUNDS} times).",
                    hint="A program that ignores OpenClaw's lock is writing to it; stop it and try again.",
                    code="config-changed",
                )
        self._hook("14-verify")
        return replace(saved, current_sha256=self._now(path))

    def _now(self, path: Path) -> str:
        try:
            return read_raw(path, self._disk).sha256
        except LunaError:
            return UNREADABLE

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold our queue lock and OpenClaw's sidecar locks, in that order."""
        deadline = time.monotonic() + LOCK_BUDGET
        real = resolve(self._places.config_path)
        with ExitStack() as stack:
            self._hook("1-locks")
            stack.enter_context(queue_lock(self._places, real, deadline, self._disk, self._on_wait))
            folder = self._places.config_path.parent
            if not folder.exists():
                with explained(folder, self._disk, doing="create"):
                    private_dir(folder)
            for lock_path in dict.fromkeys((sidecar_path(self._places.config_path), sidecar_path(real))):
                self._hook("1.1-sidecar")
                with explained(lock_path, self._disk, doing="lock"):
                    lock = acquire(lock_path, deadline, self._disk, self._on_wait)
                stack.callback(self._give_back, lock)
            yield
            self._hook("13-release")

    def _give_back(self, lock: SidecarLock) -> None:
        try:
            lock.release()
        except OSError as error:
            raise LunaError(
                f"OpenClaw's lock {lock.path} could not be removed ({error.strerror}); "
                "until this program ends, nobody else can change the configuration.",
                hint="End lunatui, then check the disk.",
                code="lock-left",
            ) from error

    def _round(self, task: Task, path: Path) -> Saved:
        self._hook("2-read")
        raw = read_raw(path, self._disk)
        refuse_odd_file(raw)
        self._hook("3-compare")
        rebased = raw.sha256 != task.base or (raw.status is not None) != task.exists
        known = Known(self._places, raw.real_path, self._disk)
        last = known.read()
        if last is not None and is_from_outside(self._backups, last, raw.data):
            self._outside(raw, last)
            known.keep(raw.data)
        after = task.remake(raw) if rebased else task.after
        self._hook("4-guard")
        if after == raw.data:
            return Saved(raw.sha256, raw.sha256, None, rebased, raw.sha256)
        self._hook("5-space")
        self._check_space(raw.real_path.parent, len(after))
        self._hook("6-backup")
        digest = hashlib.sha256(after).hexdigest()
        reason = replace(task.reason, after=digest)
        backup = self._backups.add(raw.data, reason) if raw.status is not None else None
        self._keep_broken(raw, task.broken_name)
        self._replace(raw, after, known)
        return Saved(raw.sha256, digest, backup, rebased, digest)

    def _keep_broken(self, raw: RawFile, name: str) -> None:
        if name:
            with explained(raw.real_path, self._disk):
                write_new(self._disk, raw.real_path.with_name(name), raw.data)

    def _check_space(self, folder: Path, size: int) -> None:
        need = 3 * size + 64 * 1024
        with explained(folder, self._disk, doing="measure"):
            free = self._disk.free(folder)
        if free < need:
            raise LunaError(
                f"There is not enough space to save {folder}: {free:,} bytes are free, {need:,} are needed.",
                hint="Free some space on that disk; lunatui's own backups folder may be worth a look.",
                code="no-space",
            )

    def _replace(self, raw: RawFile, after: bytes, known: Known) -> None:
        target = raw.real_path
        temporary = temporary_beside(target)
        with explained(target, self._disk):
            self._hook("6.9-stage-known")
            staged = known.stage(after)
            try:
                self._write(raw, temporary, after)
                self._hook("9-read-back")
                if read_file(self._disk, temporary, MAX_BYTES) != after:
                    raise LunaError(
                        f"What was written beside {target} does not read back; the old file was kept.",
                        hint="Check the disk.",
                        code="disk-failing",
                    )
                with _signals_deferred():
                    self._hook("10-restat")
                    self._refuse_change(raw)
                    self._hook("11-rename")
                    self._publish(raw, temporary)
                    self._hook("12-sync-folder")
                    self._confirm_folder(target)
            except BaseException:
                remove_quietly(temporary)
                remove_quietly(staged)
                raise
            self._hook("12.1-known")
            try:
                known.publish(staged)
            except OSError:  # the ring says what was saved: the next look takes it from there
                remove_quietly(staged)

    def _write(self, raw: RawFile, temporary: Path, after: bytes) -> None:
        self._hook("7-write")
        descriptor = self._disk.create(temporary)
        try:
            self._disk.write_all(descriptor, after)
            if raw.status is not None:
                carry_over(raw.real_path, raw.status, descriptor)
            self._hook("8-sync")
            confirm(self._disk, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._disk.close(descriptor)

    def _confirm_folder(self, target: Path) -> None:
        try:
            self._disk.sync_folder(target.parent)
        except OSError as error:
            self._disk.failing = True
            raise LunaError(
                f"{target} holds the new settings, but the disk did not confirm it ({error.strerror}).",
                hint="Make a backup to another disk now. Nothing more is written until lunatui starts again.",
                code="disk-failing",
            ) from error

    def _refuse_change(self, raw: RawFile) -> None:
        """Go back to comparing when somebody without our lock has touched the file."""
        try:
            now = self._disk.stat(raw.real_path)
        except FileNotFoundError:
            if raw.status is not None:
                raise _ChangedUnderneath from None
            return
        then = raw.status
        if then is None or (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns) != (
            then.st_dev,
            then.st_ino,
            then.st_size,
            then.st_mtime_ns,
        ):
            raise _ChangedUnderneath

    def _publish(self, raw: RawFile, temporary: Path) -> None:
        if raw.status is not None:
            self._disk.rename(temporary, raw.real_path)
            return
        try:
            self._disk.link(temporary, raw.real_path)
        except FileExistsError:
            raise _ChangedUnderneath from None
        self._disk.unlink(temporary)


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """From the last look to the synced folder nothing interrupts: half of it would help nobody."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _DEFERRED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
