"""The answer of a program asked in passing, without an event loop: bounded in time and in size."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from subprocess import Popen

GRACE_S = 5.0
"""From TERM to KILL."""
_PIECE = 64 * 1024
_LOOK_S = 0.02


def answer_of(argv: Sequence[str], env: Mapping[str, str], *, seconds: float, limit: int) -> bytes | None:
    """What a program writes to standard output until it ends with 0.

    None when it cannot be run, ends with another code, takes longer, or says more than `limit` bytes; it and
    whatever it started are gone by then.
    """
    import subprocess

    try:
        process = subprocess.Popen(  # noqa: S603 - an argument list, no shell
            list(argv),
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None
    try:
        deadline = time.monotonic() + seconds
        said = _said(process, deadline, limit)
        if said is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
    finally:
        _end(process)
    return said if process.returncode == 0 else None


def _said(process: Popen[bytes], deadline: float, limit: int) -> bytes | None:
    """All of its output; None when that is too much or comes too late."""
    output = process.stdout
    if output is None:
        return None
    said = bytearray()
    while len(said) <= limit:
        ready, _, _ = select.select([output], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        piece = os.read(output.fileno(), _PIECE)
        if not piece:
            return bytes(said)
        said += piece
    return None


def _end(process: Popen[bytes]) -> None:
    """TERM, five seconds, KILL, to whatever is left of its group."""
    from launchd.identity import group_lives

    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None and not group_lives(process.pid):
            break
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody left in it
            os.killpg(process.pid, number)
        deadline = time.monotonic() + GRACE_S
        while time.monotonic() < deadline and (process.poll() is None or group_lives(process.pid)):
            time.sleep(_LOOK_S)
    if process.stdout is not None:
        process.stdout.close()
