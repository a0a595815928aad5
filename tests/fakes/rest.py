"""When a program at a terminal has nothing more to do; on a busy machine silence alone does not tell."""

from __future__ import annotations

import fcntl
import select
import struct
import termios
import time
from contextlib import suppress
from pathlib import Path

_STEP_S = 0.02
"""The most that one look counts for: whoever looks may have had to wait for a processor too."""


class Rest:
    """Adds up for how long a program was silent and asleep with everything read that was typed."""

    def __init__(self, pid: int, tty: int, ours: int | None = None) -> None:
        """`tty`: the program's side of its terminal. `ours`: the other one, if what comes is read at once."""
        self._pid, self._tty, self._ours = pid, tty, ours
        self._heard, self._looked = -1, time.monotonic()
        self._rested = 0.0

    def lasts(self, heard: int) -> float:
        """Look once; seconds of rest since the last byte. `heard`: how many bytes have come so far."""
        now = time.monotonic()
        passed, self._looked = min(now - self._looked, _STEP_S), now
        if heard != self._heard:
            self._heard, self._rested = heard, 0.0
        elif not has_work(self._pid, self._tty) and not self._has_said():
            self._rested += passed
        return self._rested

    def _has_said(self) -> bool:
        """Whether something came since it was last listened to: its last word, before it fell asleep."""
        return self._ours is not None and bool(select.select([self._ours], [], [], 0)[0])


def has_work(pid: int, tty: int) -> bool:
    """Whether a thread of the program runs or wants to, or something typed was not read yet."""
    (unread,) = struct.unpack("i", fcntl.ioctl(tty, termios.FIONREAD, bytes(4)))
    return unread > 0 or any(state in "RD" for state in _states(pid))


def _states(pid: int) -> list[str]:
    """The state letter of each thread; none where the program has ended or the system does not tell."""
    states = []
    for thread in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(OSError):
            states.append(thread.read_text(errors="replace").rpartition(")")[2].split()[0])
    return states
