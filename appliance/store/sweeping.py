"""What a killed process of ours leaves behind, found by exact name and removed at the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.store import processes
from appliance.store.locks import clear_orphan, inspect_lock
from appliance.store.names import owner_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from appliance.store.disk import Disk

_CLOCK_SLACK = 2.0
"""Seconds a process may seem to have started after a file it made."""


def sweep(folders: Iterable[Path], locks: Iterable[Path], disk: Disk) -> list[str]:
    """Remove temporary files of dead processes in `folders`, and `locks` whose holder is dead."""
    removed: list[str] = []
    for folder in folders:
        for path in folder.iterdir() if folder.is_dir() else ():
            pid = owner_of(path.name)
            if pid is not None and _is_left_behind(path, pid):
                path.unlink(missing_ok=True)
                removed.append(str(path))
    for lock in locks:
        if inspect_lock(lock, disk).kind == "stale":
            clear_orphan(lock, disk)
            removed.append(str(lock))
    return removed


def _is_left_behind(path: Path, pid: int) -> bool:
    """Whether the process that made `path` is gone; a younger one may have its id."""
    if processes.is_dead(pid):
        return True
    try:
        modified = path.lstat().st_mtime
    except FileNotFoundError:
        return False
    started = processes.started_at(pid)
    return started is not None and started > modified + _CLOCK_SLACK
