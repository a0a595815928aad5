"""Processes by pid and start time, so that a re-used pid is never taken for the one we knew."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

HAS_PROC = Path("/proc/self/stat").exists()
"""Linux; elsewhere psutil asks the system."""


@dataclass(frozen=True)
class ProcessId:
    """One process for ever: its pid and when it started."""

    pid: int
    started: str
    """Linux: boot id and clock ticks (field 22 of `/proc/<pid>/stat`); elsewhere seconds since 1970."""

    @property
    def alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        return started_at(self.pid) == self.started

    def send(self, number: signal.Signals) -> bool:
        """Send a signal to this very process; False when it is gone."""
        if not hasattr(os, "pidfd_open"):
            return self._kill(number)
        try:
            descriptor = os.pidfd_open(self.pid)
        except (ProcessLookupError, OverflowError):
            return False
        except OSError:  # old kernels and sandboxes have no pidfd
            return self._kill(number)
        try:
            if not self.alive:
                return False
            signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            return False
        finally:
            os.close(descriptor)
        return True

    def _kill(self, number: signal.Signals) -> bool:
        if not self.alive:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
            return True
        return False


def identify(pid: int) -> ProcessId | None:
    """The process that has this pid now; None when there is none."""
    started = started_at(pid)
    return ProcessId(pid, started) if started else None


def started_at(pid: int) -> str:
    """When the process with this pid started, as an opaque text; empty when none runs (or a zombie)."""
    if pid <= 0:
        return ""
    if HAS_PROC:
        return _linux_start(pid)
    return _portable_start(pid)


def _linux_start(pid: int) -> str:
    fields = stat_fields(pid)
    return f"{boot_id()}/{fields[19]}" if fields else ""


def boot_id() -> str:
    """Linux: changes with every start of the system."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def stat_fields(pid: int) -> list[str] | None:
    """Linux: `/proc/<pid>/stat` from field 3 on; None when no such process runs (or a zombie)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else fields


def _portable_start(pid: int) -> str:
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return ""
        return f"{process.create_time():.3f}"
    except psutil.NoSuchProcess:
        return ""


def descendants(pid: int) -> list[ProcessId]:
    """Every process below this one, at this moment."""
    import psutil

    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [found for child in children if (found := identify(child.pid))]


def end_group(leader: ProcessId) -> None:
    """Kill what is left of the process group this process leads or led; no other group is ever hit."""
    if not owns_group(leader):
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # empty; macOS: only zombies left
        os.killpg(leader.pid, signal.SIGKILL)


def owns_group(leader: ProcessId) -> bool:
    """Whether the group with this number is the one it leads or led, not a stranger's.

    A pid is not given out while a group carries its number, so an unused pid means the old group.
    """
    if leader.alive:
        return True
    try:
        os.kill(leader.pid, 0)
    except ProcessLookupError:
        return _same_boot(leader)
    except PermissionError:
        return False
    return not started_at(leader.pid) and _same_boot(leader)


def _same_boot(process: ProcessId) -> bool:
    if HAS_PROC:
        current = started_at(os.getpid()).partition("/")[0]
        return process.started.partition("/")[0] == current
    import psutil

    return float(process.started) > psutil.boot_time()


def group_lives(group: int) -> bool:
    """Whether anything but zombies is left in this process group."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):  # macOS refuses a group of zombies
        return False
    import psutil

    return any(_belongs(pid, group) and started_at(pid) for pid in psutil.pids())


def _belongs(pid: int, group: int) -> bool:
    try:
        return os.getpgid(pid) == group
    except (ProcessLookupError, PermissionError):
        return False
