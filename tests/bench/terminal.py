"""A program in a pty whose other end reads as fast as it can and answers what terminals are asked."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Self

import psutil

SIZE = (120, 36)
QUESTIONS = ((b"\x1b[6n", b"\x1b[1;1R"), (b"\x1b[?2026$p", b"\x1b[?2026;2$y"))
"""Where is the cursor, and do you know synchronised output: every terminal, and every recent one, answers."""
_SEQUENCE = re.compile(rb"\x1b\[[0-9;:?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
MIB = 1024 * 1024


class Program:
    """From its start to its end; times are `time.perf_counter` seconds."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], size: tuple[int, int] = SIZE) -> None:
        self.data = bytearray()
        """All that came from it."""
        self.read_at = 0.0
        """When the last of it came."""
        self._answered = 0
        self.fd, tty = os.openpty()
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.started = time.perf_counter()
        self.pid = os.posix_spawn(
            argv[0],
            list(argv),
            {**env, **terminal},
            file_actions=[(os.POSIX_SPAWN_DUP2, tty, fd) for fd in range(3)],
            setsid=True,
        )
        os.close(tty)
        self.ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.ended:
            self.kill()
        os.close(self.fd)

    def kill(self) -> float:
        """End it at once; the CPU seconds it took until then, its children not counted."""
        self.ended = True
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        usage = os.wait4(self.pid, 0)[2]
        return usage.ru_utime + usage.ru_stime

    def type(self, keys: bytes) -> float:
        """Press keys; the time it was done."""
        now = time.perf_counter()
        os.write(self.fd, keys)
        return now

    def until(self, reached: Callable[[], object], seconds: float = 20.0) -> float:
        """Read until it is so; when the bytes came that made it so.

        Raises:
            RuntimeError: it did not come in time.
        """
        end = time.perf_counter() + seconds
        while not reached():
            if time.perf_counter() > end:
                raise RuntimeError(f"{seconds:.0f} s passed; last came {bytes(self.data[-400:])!r}")
            self._read(0.2)
        return self.read_at

    def seen(self, text: bytes, since: int = 0) -> bool:
        """Whether a text stands in what came since then, colours and moves left out."""
        return text in plain(self.data[since:])

    def settle(self, quiet: float = 0.4) -> None:
        """Read until nothing comes for so many seconds."""
        while self._read(quiet):
            pass

    def listen(self, seconds: float) -> int:
        """Read for so long; how many bytes came."""
        before, end = len(self.data), time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)
        return len(self.data) - before

    @property
    def rss(self) -> float:
        """Its memory in MiB."""
        return float(psutil.Process(self.pid).memory_info().rss) / MIB

    @property
    def cpu(self) -> float:
        """CPU seconds so far, in steps of a clock tick."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    def _read(self, wait: float) -> bool:
        if not select.select([self.fd], [], [], wait)[0]:
            return False
        try:
            chunk = os.read(self.fd, 65536)
        except OSError as error:
            raise RuntimeError(f"the program ended; last came {bytes(self.data[-800:])!r}") from error
        self.read_at = time.perf_counter()
        self.data += chunk
        self._answer()
        return True

    def _answer(self) -> None:
        for question, answer in QUESTIONS:
            for _ in range(self.data.count(question, max(0, self._answered - len(question) + 1))):
                os.write(self.fd, answer)
        self._answered = len(self.data)


def plain(data: bytes | bytearray) -> bytes:
    """What was written without the sequences that colour it and place it."""
    return _SEQUENCE.sub(b"", bytes(data))


def python(*arguments: str) -> list[str]:
    """A command line of this interpreter."""
    return [sys.executable, *arguments]
