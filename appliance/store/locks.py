"""OpenClaw's sidecar lock taken, given back, inspected and cleared.

It is published with `link`, so it is complete from its first moment: OpenClaw never reclaims an empty one.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from appliance.errors import Conflict, Refused
from appliance.store import processes
from appliance.store.disk import Disk, read_file, remove_quietly, write_new
from appliance.store.names import temporary_beside
from appliance.store.sidecar import Seen, is_stale, look, payload

if TYPE_CHECKING:
    from collections.abc import Callable

LOCK_BUDGET = 20.0
"""Seconds to wait for a lock, all of them together."""
ORPHAN_AGE = 60.0
"""Seconds after which a lock that names nobody counts as orphaned."""
_SAY_AFTER = 1.0
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}
_JITTER = (0.005, 0.25)


@dataclass(frozen=True)
class LockState:
    """What is known about a lock file."""

    path: str
    kind: Literal["free", "live", "stale", "orphan"]
    """`live`: its holder runs. `stale`: its holder is gone. `orphan`: it names nobody and nobody uses it."""
    pid: int | None = None
    program: str = ""
    since: str = ""
    """When it was taken, UTC, as the holder wrote it."""
    detail: str = ""
    """In words, why it is of that kind."""

    @property
    def clearable(self) -> bool:
        """Whether nobody needs it any more."""
        return self.kind in ("stale", "orphan")

    @property
    def words(self) -> str:
        """One sentence for a person."""
        if self.kind == "free":
            return "Nobody holds the lock."
        holder = f"process {self.pid}" if self.pid else "nobody it names"
        return (
            f"{self.path} is held by {holder}{f' ({self.program})' if self.program else ''}: {self.detail}."
        )


@dataclass
class SidecarLock:
    """One held lock."""

    path: Path
    data: bytes
    disk: Disk

    def release(self) -> bool:
        """Remove it when it is still exactly ours; whether it was.

        Raises:
            OSError: it could not be read or removed.
        """
        try:
            if read_file(self.disk, self.path, len(self.data)) != self.data:
                return False
        except FileNotFoundError:
            return False
        self.disk.unlink(self.path)
        return True


def sidecar_path(config: Path) -> Path:
    """Where OpenClaw puts the lock of `config`: beside it, links in the folder resolved, in the file not."""
    return Path(os.path.realpath(config.parent)) / f"{config.name}.lock"


def inspect_lock(path: Path, disk: Disk | None = None) -> LockState:
    """Who holds the lock file `path`, if anybody."""
    seen = look(path, disk or Disk())
    if seen is None:
        return _guard_state(reclaim_guard(path)) or LockState(str(path), "free")
    if seen.pid is None:
        return _unnamed(path, seen)
    if is_stale(seen):
        return LockState(str(path), "stale", seen.pid, "", seen.since, "the program that took it has ended")
    return LockState(str(path), "live", seen.pid, processes.program(seen.pid), seen.since, "its holder runs")


def clear_orphan(path: Path, disk: Disk | None = None) -> LockState:
    """Remove an orphaned or stale lock; returns what it was.

    Raises:
        Conflict: `config-locked`, it has a living holder, or changed while looking.
    """
    disk = disk or Disk()
    state = inspect_lock(path, disk)
    if state.kind == "free":
        return state
    if state.kind == "live":
        raise locked(state)
    place = Path(state.path)
    seen = look(place, disk)
    if seen is None or not _take_away(place, seen, disk):
        raise Conflict(f"The lock {path} changed while it was being cleared.", code="config-locked")
    return state


def acquire(path: Path, deadline: float, disk: Disk, on_wait: Callable[[str], None]) -> SidecarLock:
    """Take the lock file `path`, waiting until `deadline` (monotonic seconds).

    Raises:
        Conflict: `config-locked`, naming the holder.
        OSError: the folder cannot be written.
    """
    data = payload()
    temporary = temporary_beside(path)
    write_new(disk, temporary, data)
    try:
        while True:
            _wait_until_free(path, data, deadline, disk, on_wait)
            try:
                disk.link(temporary, path)
            except FileExistsError:
                pass  # by somebody else, or by us a moment ago: the bytes tell
            except OSError as error:
                if error.errno in _NO_LINKS:
                    raise _no_links(path) from error
                raise
            if _settled(path, data, deadline, disk):
                return SidecarLock(path, data, disk)
    except BaseException:
        with suppress(OSError):  # the first error is the one to tell
            SidecarLock(path, data, disk).release()
        raise
    finally:
        remove_quietly(temporary)


def locked(state: LockState) -> Conflict:
    """The error for a lock that somebody holds."""
    holder = f"process {state.pid}" if state.pid else "a program that did not sign it"
    if state.program:
        holder += f" ({state.program})"
    since = f" since {state.since}" if state.since else ""
    return Conflict(
        f"The configuration is locked by {holder}{since}: {state.path}",
        hint="Wait for it to finish. If nothing uses it any more: lunatui config unlock",
        code="config-locked",
        facts={"program": state.program},
    )


def _wait_until_free(
    path: Path, data: bytes, deadline: float, disk: Disk, on_wait: Callable[[str], None]
) -> None:
    """Return when the lock looks free or is ours, clearing it when its holder is dead."""
    say_at = time.monotonic() + _SAY_AFTER
    while True:
        seen = look(path, disk)
        guarded = os.path.lexists(reclaim_guard(path))
        if not guarded and (seen is None or seen.data == data):
            return
        if seen is not None and not guarded and seen.pid is not None and is_stale(seen):
            _take_away(path, seen, disk)
            continue
        now = time.monotonic()
        if now >= deadline:
            raise locked(inspect_lock(path, disk))
        if now >= say_at:
            on_wait(locked(inspect_lock(path, disk)).message)
            say_at = deadline
        time.sleep(min(_jitter(), deadline - now))


def _jitter() -> float:
    import random

    return random.uniform(*_JITTER)  # noqa: S311 - spreads waiting, no secret


def _settled(path: Path, data: bytes, deadline: float, disk: Disk) -> bool:
    """Whether the lock just linked stays ours.

    A program that began to clear the stale lock before us holds the reclaim guard and may still remove
    what it finds under the name; once the guard is gone, nobody can.
    """
    while os.path.lexists(reclaim_guard(path)):
        if time.monotonic() >= deadline:
            SidecarLock(path, data, disk).release()
            raise locked(LockState(str(reclaim_guard(path)), "live", detail="a stale lock is being cleared"))
        time.sleep(_JITTER[0])
    seen = look(path, disk)
    return seen is not None and seen.data == data


def _take_away(path: Path, judged: Seen, disk: Disk) -> bool:
    """Remove exactly the lock that was judged; put another one back."""
    aside = temporary_beside(path)
    try:
        disk.rename(path, aside)
    except FileNotFoundError:
        return False
    found = look(aside, disk)
    if found is not None and (found.identity, found.data) == (judged.identity, judged.data):
        _remove(aside)
        return True
    if found is not None:
        try:
            disk.link(aside, path)
        except FileExistsError:
            return False
        finally:
            remove_quietly(aside)
    return False


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink()


def _unnamed(path: Path, seen: Seen) -> LockState:
    age = time.time() - seen.modified
    if 0 <= age < ORPHAN_AGE:
        return LockState(str(path), "live", None, "", "", f"{seen.odd}; it is only {age:.0f} s old")
    if not stat.S_ISDIR(os.lstat(path).st_mode) and processes.has_open(path):
        return LockState(str(path), "live", None, "", "", f"{seen.odd}, but a program has it open")
    return LockState(str(path), "orphan", None, "", "", f"{seen.odd}, and nobody uses it")


def _guard_state(guard: Path) -> LockState | None:
    """A reclaim guard left behind by a program that was killed blocks OpenClaw like a lock would."""
    try:
        age = time.time() - guard.lstat().st_mtime
    except FileNotFoundError:
        return None
    if 0 <= age < ORPHAN_AGE:
        return LockState(str(guard), "live", detail=f"a stale lock is being cleared, since {age:.0f} s")
    return LockState(str(guard), "orphan", detail="a program that was clearing a stale lock never finished")


def reclaim_guard(path: Path) -> Path:
    """What OpenClaw creates while it removes a stale lock; nobody may take the lock meanwhile."""
    return path.with_name(f"{path.name}.reclaim")


def _no_links(path: Path) -> Refused:
    return Refused(
        f"The disk of {path.parent} knows no hard links, so OpenClaw's lock cannot be taken safely there.",
        hint="Move OpenClaw's state folder to a local disk.",
        code="config-folder",
    )
