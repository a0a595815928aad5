"""The process table in one look: who runs, below whom, in which group, and with which marker."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from launchd import identity
from launchd.identity import ProcessId

KERNEL_THREAD = 0x00200000
"""PF_KTHREAD in field 9 of `/proc/<pid>/stat`: never a program's."""
PARENT, GROUP, FLAGS, START, ENVIRONMENT_END = 1, 2, 6, 19, 48
"""Places in what `identity.stat_fields` gives (the field of proc(5) less 3)."""


@dataclass(frozen=True)
class Entry:
    """One running process; a zombie is none."""

    process: ProcessId
    parent: int
    group: int


@dataclass(frozen=True)
class Table:
    """All running processes, read one after another."""

    entries: list[Entry]
    ended: frozenset[int]
    """Pids that were listed and then found gone, or dead and not yet collected."""


def table() -> Table:
    """Read the process table."""
    return _linux_table() if identity.HAS_PROC else _portable_table()


def carries(pid: int, marker: str) -> bool | None:
    """Whether the process was started with `NAME=VALUE` in its environment.

    Returns:
        None when that cannot be said now: it ended, or is just becoming another program. False for a
        process whose environment the system does not show us (another user's).
    """
    return _linux_carries(pid, marker) if identity.HAS_PROC else _portable_carries(pid, marker)


def _linux_table() -> Table:
    boot = identity.boot_id()
    entries, ended = [], set()
    for name in os.listdir("/proc"):  # noqa: PTH208 - a hundred short names, no paths needed
        if not name.isdecimal():
            continue
        try:
            fields = identity.stat_fields(int(name))
        except PermissionError:  # another user's, on a system that hides those
            continue
        if fields is None:
            ended.add(int(name))
        elif not int(fields[FLAGS]) & KERNEL_THREAD:
            process = ProcessId(int(name), f"{boot}/{fields[START]}")
            entries.append(Entry(process, int(fields[PARENT]), int(fields[GROUP])))
    return Table(entries, frozenset(ended))


def _linux_carries(pid: int, marker: str) -> bool | None:
    try:
        content = _environment(pid)
        if not content:  # really empty, or between two programs: the kernel sets its end last
            fields = identity.stat_fields(pid)
            if fields is None or fields[ENVIRONMENT_END] == "0":
                return None
            content = _environment(pid)
    except (FileNotFoundError, ProcessLookupError):
        return None
    except PermissionError:
        return False
    return marker.encode() in content.split(b"\0")


def _environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def _portable_table() -> Table:
    import psutil

    entries, ended = [], set()
    for pid in psutil.pids():
        try:
            found, parent, group = identity.identify(pid), psutil.Process(pid).ppid(), os.getpgid(pid)
        except (psutil.NoSuchProcess, ProcessLookupError):
            found = None
        except (psutil.AccessDenied, PermissionError):  # the system's own
            continue
        if found is None:
            ended.add(pid)
        else:
            entries.append(Entry(found, parent, group))
    return Table(entries, frozenset(ended))


def _portable_carries(pid: int, marker: str) -> bool | None:
    import psutil

    name, _, value = marker.partition("=")
    try:
        return psutil.Process(pid).environ().get(name) == value
    except psutil.NoSuchProcess:
        return None
    except (psutil.AccessDenied, OSError):  # macOS: a process that is just ending
        return False
