"""What this process does to itself first: no core files, streams that can print, clean stops."""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance import memory
from appliance.descriptors import RESERVE
from appliance.secret import before_first_secret

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GRACE_SECONDS = 120.0
"""Longer than any clean-up of ours: signals this soon after the first are the same wish and must not cut
short how it is granted. A later one counts again, should the first have been lost in a destructor."""


def harden() -> None:
    """Nobody may read a secret in our memory; no odd locale, stream or lack of descriptors may stop us."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    before_first_secret(memory.close)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - lives as long as we
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    RESERVE.fill()


class Stops:
    """The signals that asked this process to stop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first = float("-inf")
        self.asking = False
        """A person is being asked. CPython's `input()` clears what is raised while it flushes, so the first
        signal may be lost there; nothing is being cleaned up, so each one counts."""

    @property
    def came(self) -> bool:
        """Whether there was any."""
        return self._first > float("-inf")

    def begins(self) -> bool:
        """Note one; whether it is a new wish."""
        now = self._clock()
        if not self.asking and now - self._first <= _GRACE_SECONDS:
            return False
        self._first = now
        return True


_stops = Stops()


@contextmanager
def asking() -> Iterator[None]:
    """While a person is asked something at the terminal."""
    _stops.asking = True
    try:
        yield
    finally:
        _stops.asking = False


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP raise KeyboardInterrupt, once; what nohup ignores stays ignored.

    Once one came, this process ends with what it has said, and those that follow must not change how:
    from the end of the block on they are held back.
    """

    def interrupt(_number: int, _frame: object) -> None:
        if _stops.begins():
            raise KeyboardInterrupt

    with _handled_by(interrupt):
        yield


def cancelled_by_signals(loop: AbstractEventLoop, task: Task[object]) -> AbstractContextManager[None]:
    """The same with an event loop: the signals cancel `task`."""
    return told_by_signals(loop, task.cancel)


@contextmanager
def told_by_signals(loop: AbstractEventLoop, tell: Callable[[], object]) -> Iterator[None]:
    """The same with an event loop: the signals have it call `tell`."""

    # Not loop.add_signal_handler: when the loop closes, it leaves a moment in which a signal would kill, and
    # its wake-up socket can fill in a burst, which CPython reports under a lock that it may already hold.
    def cancel(_number: int, _frame: object) -> None:
        if _stops.begins():
            loop.call_soon_threadsafe(tell)

    with _handled_by(cancel, ends_process=False):
        yield


@contextmanager
def _handled_by(handler: Callable[[int, object], None], *, ends_process: bool = True) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in _STOPS}
    for number, kept in before.items():
        if kept is not signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield
    finally:
        if ends_process and _stops.came:
            # Not SIG_IGN: CPython tells on stderr of a signal that came just before, and the end of the
            # interpreter sets what is handled back to the default, which kills.
            signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        else:
            for number, kept in before.items():
                signal.signal(number, kept)
