"""Stops a forked child dead at a chosen moment, and tells what it had acknowledged by then.

The child is forked from this process with everything imported, so a kill costs milliseconds. It kills itself
with SIGKILL right before a named step, or is killed from here after a time.
"""

from __future__ import annotations

import importlib
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Work = Callable[[Callable[[str], None], Callable[[str], None]], None]
"""Gets a hook to pass on as the store's, and a function that acknowledges something in one word."""

_OURS = {"appliance", "lunatui", "launchd", "filelock", "jsonschema_rs", "pydantic", "psutil", "click", "pwd"}
PATIENCE = 60.0
"""Seconds after which a child that should have ended by itself is a failure."""


@dataclass(frozen=True)
class Ending:
    """How a child ended."""

    acknowledged: tuple[str, ...]
    steps: tuple[str, ...]
    """Of the hook, as far as it came."""
    killed: bool
    error: str
    """Traceback of an exception the work raised; empty otherwise."""
    seconds: float
    modules: tuple[str, ...]
    """What it had imported at its end."""


def run_to_end(work: Work) -> Ending:
    """No kill: which steps are there, and how long does it take?

    What the child had to import is imported here too, so that the next children need not.
    """
    ending = _fork(work, at=None, after=None)
    for name in ending.modules:
        if name not in sys.modules:
            importlib.import_module(name)
    return ending


def kill_at_step(work: Work, number: int) -> Ending:
    """Killed right before the step of this number, counted from 0 over all of the work."""
    return _fork(work, at=number, after=None)


def kill_after(work: Work, seconds: float) -> Ending:
    """Killed from outside after this time, wherever it is."""
    return _fork(work, at=None, after=seconds)


def run_together(works: Sequence[Work]) -> list[Ending]:
    """Several children at the same time, none of them killed."""
    started = [start(work, None) for work in works]
    return [collect(*child, time.monotonic()) for child in started]


def _fork(work: Work, *, at: int | None, after: float | None) -> Ending:
    started = time.monotonic()
    pid, reader = start(work, at)
    if after is not None:
        _wait_for_end(reader, after)
        os.kill(pid, signal.SIGKILL)
    return collect(pid, reader, started)


def start(work: Work, at: int | None) -> tuple[int, int]:
    """Fork the child; its process id, and what `collect` reads from."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _child(work, writer, at)
    os.close(writer)
    return pid, reader


def collect(pid: int, reader: int, started: float) -> Ending:
    """Wait for a child that was started at `started` (monotonic seconds)."""
    said = _read_all(reader, pid)
    _, status = os.waitpid(pid, 0)
    lines = said.decode(errors="replace").split("\0")
    return Ending(
        acknowledged=tuple(line[1:] for line in lines if line.startswith("+")),
        steps=tuple(line[1:] for line in lines if line.startswith("@")),
        killed=os.WIFSIGNALED(status),
        error="".join(line[1:] for line in lines if line.startswith("!")),
        seconds=time.monotonic() - started,
        modules=tuple(line[1:] for line in lines if line.startswith("=")),
    )


def _child(work: Work, writer: int, at: int | None) -> None:
    """Never returns; nothing of the parent's is flushed or run twice."""
    count = 0

    def hook(step: str) -> None:
        nonlocal count
        os.write(writer, f"@{step}\0".encode())
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1

    try:
        work(hook, lambda word: _say(writer, "+", word))
        code = 0
        for name in [*sys.modules] if at is None else ():
            if name.split(".")[0] in _OURS:
                _say(writer, "=", name)
    except BaseException:
        _say(writer, "!", traceback.format_exc())
        code = 1
    os._exit(code)


def _say(writer: int, kind: str, text: str) -> None:
    os.write(writer, f"{kind}{text}\0".encode())


def _wait_for_end(reader: int, seconds: float) -> None:
    """Let the child run for that long, or until it has closed its end of the pipe."""
    poll = select.poll()
    poll.register(reader, select.POLLHUP)
    poll.poll(seconds * 1000)


def _read_all(reader: int, pid: int) -> bytes:
    pieces: list[bytes] = []
    deadline = time.monotonic() + PATIENCE
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            os.kill(pid, signal.SIGKILL)
            raise TimeoutError(f"the child did not end within {PATIENCE:.0f} s")
        piece = os.read(reader, 65536)
        if not piece:
            os.close(reader)
            return b"".join(pieces)
        pieces.append(piece)
