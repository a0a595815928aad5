"""The bytes of OpenClaw's sidecar lock, `openclaw.json.lock`: written, read and judged.

The format and the stale rules are those of OpenClaw 2026.9.6 (fs-safe's sidecar locks): JSON `{pid,
createdAt, starttime}`; a dead process, or one that started at another time, makes the lock stale, its age
does not.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from appliance.parsing import json_value
from appliance.store import processes
from appliance.store.disk import read_file
from appliance.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.store.disk import Disk

_LIMIT = 64 * 1024
_TOKEN_BYTES = 16
_PIDS = 2**31
"""No system has a higher process id."""


@dataclass(frozen=True)
class Seen:
    """A lock file as it was at one moment."""

    data: bytes
    identity: tuple[int, int]
    modified: float
    pid: int | None
    since: str
    started: int | None
    odd: str = ""


def look(path: Path, disk: Disk) -> Seen | None:
    """What stands under the name of a lock now; None when nothing does."""
    try:
        found = disk.stat(path)
    except FileNotFoundError:
        return None
    identity = (found.st_dev, found.st_ino)
    if not stat.S_ISREG(found.st_mode):
        kind = (
            "a link"
            if stat.S_ISLNK(found.st_mode)
            else "a folder"
            if stat.S_ISDIR(found.st_mode)
            else "no file"
        )
        return Seen(b"", identity, found.st_mtime, None, "", None, f"it is {kind}, not a file")
    try:
        data = read_file(disk, path, _LIMIT)
    except FileNotFoundError:
        return None
    except PermissionError:
        return Seen(b"", identity, found.st_mtime, None, "", None, "it cannot be read")
    return _parsed(data, identity, found.st_mtime)


def _parsed(data: bytes, identity: tuple[int, int], modified: float) -> Seen:
    try:
        payload = json_value(data)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        return Seen(
            data, identity, modified, None, "", None, "it is empty" if not data.strip() else "it is garbled"
        )
    pid, started, since = payload.get("pid"), payload.get("starttime"), payload.get("createdAt")
    names_process = type(pid) is int and 0 < pid < _PIDS
    return Seen(
        data,
        identity,
        modified,
        pid if names_process else None,
        since if isinstance(since, str) else "",
        started if type(started) is int and started >= 0 else None,
        "" if names_process else "it names no process",
    )


def is_stale(seen: Seen) -> bool:
    """Whether the holder named in it is certainly gone."""
    if seen.pid is None:
        return False
    if seen.started is not None:
        observed = processes.start_time(seen.pid)
        if observed is not None and observed != _normalised(seen.started):
            return True
    return processes.is_dead(seen.pid)


def _normalised(started: int) -> int:
    """Older macOS builds wrote microseconds."""
    return started // 1_000_000 if sys.platform == "darwin" and started > 10_000_000_000 else started


def payload() -> bytes:
    """A lock for this process as OpenClaw writes one; the blanks at its end make the bytes unique."""
    pid = os.getpid()
    created = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    content: dict[str, object] = {"pid": pid, "createdAt": created}
    started = processes.own_start_time(pid)
    if started is not None:
        content["starttime"] = started
    bits = f"{int.from_bytes(os.urandom(_TOKEN_BYTES)):0{8 * _TOKEN_BYTES}b}"
    token = "\t" * 8 + bits.replace("0", " ").replace("1", "\t")
    return f"{json.dumps(content, indent=2)}\n{token}\n".encode()
