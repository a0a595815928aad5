"""A program in a pty with a terminal at the other end of a line that can be slow and far away."""

from __future__ import annotations

import codecs
import fcntl
import os
import select
import struct
import subprocess
import sys
import termios
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.fakes.rest import Rest
from tests.fakes.waiting import LIMIT_S
from tests.unit.lunatui.driver.emulator import Terminal

ROOT = Path(__file__).parents[4]
_TICK = 0.005
_BETWEEN = 65536
"""Bytes kept between the program and the line, as by sshd and the kernel."""


class Line:
    """`rate` bytes a second down, `delay` seconds there and back."""

    def __init__(
        self,
        program: str,
        driver: str,
        size: tuple[int, int] = (80, 24),
        *,
        rate: float = float("inf"),
        delay: float = 0.0,
        answers: bool = True,
        term: str = "xterm-256color",
        module: str = "tests.unit.lunatui.driver.programs",
    ) -> None:
        self.terminal = Terminal(*size)
        self.arrived = ""
        self.takes_bytes = True
        self._rate, self._way, self._answers = rate, delay / 2, answers
        self._waiting = bytearray()
        self._down: deque[tuple[float, bytes]] = deque()
        self._up: deque[tuple[float, bytes]] = deque()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._carried_at = time.monotonic()
        self.fd, self.tty = os.openpty()
        self.resize(*size)
        self.modes_before = termios.tcgetattr(self.tty)
        env = {
            name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "LINES"}
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *program.split(), *driver.split()],
            stdin=self.tty, stdout=self.tty, stderr=self.tty, cwd=ROOT, start_new_session=True,
            env={**env, "TERM": term, "COLORTERM": "truecolor"},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for fd in (self.fd, self.tty):
            if fd >= 0:
                os.close(fd)

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.terminal.resize(height, width)

    def hang_up(self) -> None:
        """Close the terminal, as a dropped connection does."""
        os.close(self.tty)
        os.close(self.fd)
        self.tty = self.fd = -1

    def type(self, keys: str) -> None:
        """Press keys at the far end."""
        self._up.append((time.monotonic() + self._way, keys.encode()))

    def until(self, reached: Callable[[], object], seconds: float = LIMIT_S) -> bool:
        """Carry bytes until `reached`, or for so long; whether it was reached."""
        end = time.monotonic() + seconds
        while not reached():
            if time.monotonic() > end:
                return False
            self._carry()
        return True

    def settle(self, quiet: float = 0.3) -> None:
        """Carry bytes until the program has been silent and had nothing to do for `quiet` seconds."""
        end, rest = time.monotonic() + LIMIT_S, Rest(self.process.pid, self.tty)
        while rest.lasts(self.terminal.bytes) < quiet or self._waiting or self._down or self._up:
            assert time.monotonic() < end, self.text()
            self._carry()

    def carry(self, seconds: float) -> None:
        """Carry bytes for so long, whatever comes: to see what does not come."""
        self.until(lambda: False, seconds)

    def text(self) -> str:
        """The screen without its colours."""
        return "\n".join(self.terminal.display)

    def _carry(self) -> None:
        room = self.takes_bytes and len(self._waiting) < _BETWEEN
        if select.select([self.fd] if room else [], [], [], _TICK)[0]:
            try:
                self._waiting += os.read(self.fd, 65536)
            except OSError:  # the program has ended and closed the other side
                time.sleep(_TICK)
        elif not room:
            time.sleep(_TICK)
        now = time.monotonic()
        carried = len(self._waiting)
        if self._rate != float("inf"):
            carried = min(carried, int((now - self._carried_at) * self._rate))
        if carried or not self._waiting:
            self._carried_at = now
        if carried:
            self._down.append((now + self._way, bytes(self._waiting[:carried])))
            del self._waiting[:carried]
        while self._down and self._down[0][0] <= now:
            text = self._decoder.decode(self._down.popleft()[1])
            self.arrived += text
            self.terminal.feed(text)
        self._answer(now)

    def _answer(self, now: float) -> None:
        if self._answers:
            self._up.extend((now + self._way, reply.encode()) for reply in self.terminal.replies)
        self.terminal.replies.clear()
        while self._up and self._up[0][0] <= now:
            os.write(self.fd, self._up.popleft()[1])


def shown(line: Line) -> list[Any]:
    """Every cell of the terminal."""
    return [line.terminal.line(y) for y in range(line.terminal.lines)]
