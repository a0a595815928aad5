"""Who a process id belongs to: enough to tell a living lock holder from a dead one, as OpenClaw does."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

_START_TIME_FIELD = 19
"""Field 22 of /proc/<pid>/stat, counted from behind the program's name."""


@cache
def own_start_time(pid: int) -> int | None:
    """The start time of this process; `pid` is its own, so that a forked child asks again."""
    return start_time(pid)


def start_time(pid: int) -> int | None:
    """What identifies this life of `pid`: clock ticks since boot on Linux, epoch seconds on macOS."""
    if sys.platform == "darwin":
        return _start_time_from_ps(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return int(stat.rpartition(")")[2].split()[_START_TIME_FIELD])
    except (OSError, ValueError, IndexError):
        return None


def is_dead(pid: int) -> bool:
    """Whether no process has this id any more, or only a zombie that nobody collected."""
    if pid <= 0:
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):  # no system has so high a number
        return True
    except PermissionError:
        return False
    return _is_zombie(pid)


def program(pid: int) -> str:
    """The name of the program behind `pid`, or nothing when it cannot be seen."""
    import psutil

    try:
        process = psutil.Process(pid)
        words = process.cmdline()
        return process.name() if len(words) < 2 else f"{process.name()} {Path(words[1]).name}"
    except psutil.Error:
        return ""


def started_at(pid: int) -> float | None:
    """When `pid` started, as epoch seconds; None when it cannot be seen."""
    import psutil

    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def has_open(path: Path) -> bool:
    """Whether a process of ours or of anybody we can see holds `path` open."""
    import psutil

    wanted = os.path.realpath(path)
    for process in psutil.process_iter():
        try:
            if any(opened.path == wanted for opened in process.open_files()):
                return True
        except psutil.Error:
            continue
    return False


def _is_zombie(pid: int) -> bool:
    if sys.platform != "linux":
        return False
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return fields.get("State", "").strip().startswith("Z") and fields.get("Threads", "").strip() == "1"


def _start_time_from_ps(pid: int) -> int | None:
    """As OpenClaw asks on macOS, to the second."""
    import subprocess
    from datetime import UTC, datetime

    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program, a number as its argument
            ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            timeout=1,
            check=True,
            env={"LC_ALL": "C", "TZ": "UTC"},
        )
        started = datetime.strptime(answer.stdout.strip(), "%a %b %d %H:%M:%S %Y")
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return int(started.replace(tzinfo=UTC).timestamp())
