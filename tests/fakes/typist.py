"""Somebody at a terminal: the real command line in a pty, its screen read by a terminal emulator."""

from __future__ import annotations

import codecs
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.fakes.rest import Rest
from tests.fakes.waiting import LIMIT_S
from tests.unit.lunatui.driver.emulator import Terminal

ROOT = Path(__file__).parents[2]
ENTER, ESC, DOWN, CTRL_Q = "\r", "\x1b", "\x1b[B", "\x11"
LAST_WORDS_S = 0.2
"""How long nothing more comes once all has come that a program said before it ended."""
PROGRAM = (sys.executable, "-m", "lunatui")


class Typist:
    """Types keys and reads the screen; kills what still runs in the end."""

    def __init__(
        self,
        env: Mapping[str, str],
        *arguments: str,
        size: tuple[int, int] = (80, 24),
        program: Sequence[str] = PROGRAM,
        erases_with_background: bool = True,
        looks: bool = True,
    ) -> None:
        """`program`: what is run with the arguments in place of the command line.

        `looks`: emulate a screen; without one only the bytes are kept.
        """
        self._looks = looks
        self.terminal = Terminal(*size, erases_with_background=erases_with_background)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.raw = bytearray()
        """Every byte that came."""
        self._seen: tuple[int, int, int] = (-1, 0, 0)
        self._screen = ""
        self._fd, self._tty = os.openpty()
        self._size_up(*size)
        self.modes_before = termios.tcgetattr(self._tty)
        self.process = subprocess.Popen(
            [*program, *arguments],
            stdin=self._tty, stdout=self._tty, stderr=self._tty, cwd=ROOT, start_new_session=True,
            env={"TERM": "xterm-256color", "COLORTERM": "truecolor", **env},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._fd)
        os.close(self._tty)

    @property
    def screen(self) -> str:
        """What an eye sees."""
        buffer, (lines, columns) = self.terminal.buffer, (self.terminal.lines, self.terminal.columns)
        if self._seen != (now := (len(self.raw), lines, columns)):
            rows = ("".join(buffer[y][x].data for x in range(columns)).rstrip() for y in range(lines))
            self._seen, self._screen = now, "\n".join(rows)
        return self._screen

    @property
    def arrived(self) -> str:
        """All that came, as text."""
        return bytes(self.raw).decode("utf-8", "replace")

    @property
    def modes(self) -> list[object]:
        """The modes of the tty as they are now."""
        return termios.tcgetattr(self._tty)

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size; the program is told, as by the kernel if the tty were its own."""
        self._size_up(width, height)
        self.process.send_signal(signal.SIGWINCH)

    def _size_up(self, width: int, height: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.terminal.resize(height, width)

    def press(self, *keys: str) -> None:
        """Type."""
        for key in keys:
            os.write(self._fd, key.encode("utf-8", "surrogateescape"))

    def sees(self, text: str, *, seconds: float = LIMIT_S) -> None:
        """Read until `text` is on the screen."""
        end = time.monotonic() + seconds
        while text not in self.screen:
            assert time.monotonic() < end, f"no “{text}” on:\n{self.screen}"
            self._read()

    def reads_until(self, reached: Callable[[], object], *, seconds: float = LIMIT_S) -> None:
        """Read until something is so."""
        end = time.monotonic() + seconds
        while not reached():
            assert time.monotonic() < end, self.screen
            self._read()

    def changes(self, reached: Callable[[], object], *, seconds: float = 1.0) -> bool:
        """Read until something is so; False if it does not become so."""
        end = time.monotonic() + seconds
        while not reached():
            if time.monotonic() > end:
                return False
            self._read()
        return True

    def settles(self, quiet: float = 0.15) -> None:
        """Read until the program has been silent and had nothing to do for `quiet` seconds."""
        end, rest = time.monotonic() + LIMIT_S, Rest(self.process.pid, self._tty, self._fd)
        while rest.lasts(len(self.raw)) < quiet:
            assert time.monotonic() < end, f"no rest on:\n{self.screen}"
            self._read()

    def leaves(self, *, seconds: float = LIMIT_S) -> int:
        """Read until the program has ended; returns its exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, self.screen
            self._read()
        while self._read(LAST_WORDS_S):
            assert time.monotonic() < end, self.screen
        return self.process.returncode

    def _read(self, seconds: float = 0.02) -> bool:
        """Read what is there or comes in time; whether there was anything."""
        if not select.select([self._fd], [], [], seconds)[0]:
            return False
        data = os.read(self._fd, 65536)
        self.raw += data
        text = self._decoder.decode(data)
        if self._looks:
            self.terminal.feed(text)
        for reply in self.terminal.replies:
            os.write(self._fd, reply.encode())
        self.terminal.replies.clear()
        return True
