"""One run of the supervised program: start it, drain its output, end it with all it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from launchd.family import MARKER, Family
from launchd.identity import ProcessId, identify

if TYPE_CHECKING:
    from collections.abc import Callable

    from launchd.logfile import RotatingLog
    from launchd.spec import ServiceSpec
    from launchd.state import StateFolder

CHUNK = 64 * 1024
LAST_CHUNKS = 64
"""More than any pipe holds."""
TAIL_BYTES = 16 * 1024
"""How much of its newest output is remembered."""
GONE_S = 5.0
"""Longest wait for killed processes to be gone; only one that hangs in the system takes so long."""


class Child:
    """The program in its own session; standard output and error end in the log."""

    def __init__(self, spec: ServiceSpec, folder: StateFolder, log: RotatingLog, token: str) -> None:
        """Start it; `token` marks what belongs to it.

        Raises:
            OSError: it cannot be executed.
            subprocess.SubprocessError: its record could not be written.
        """
        self._log = log
        self._give_up_at: float | None = None
        self._tail = b""
        self._process = subprocess.Popen(  # noqa: S603 - running the given command is the job
            spec.argv,
            cwd=spec.cwd,
            env={**spec.env, MARKER: token},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_record(folder),
        )
        self.started = time.monotonic()  # now that it runs: the pause before the next start is never short
        assert self._process.stdout is not None  # noqa: S101 - PIPE was asked for
        self._output = self._process.stdout
        os.set_blocking(self._output.fileno(), False)
        self.identity = identify(self._process.pid) or ProcessId(self._process.pid, "")
        self._family = Family(self.identity, token)

    @property
    def output_descriptor(self) -> int:
        """To wait on for output."""
        return self._output.fileno()

    def drain(self) -> bool:
        """Move what is there into the log; False at the end of the output."""
        try:
            chunk = os.read(self._output.fileno(), CHUNK)
        except BlockingIOError:
            return True
        self._keep(chunk)
        return bool(chunk)

    def said(self, words: str) -> bool:
        """Whether its newest output holds `words`."""
        return words.encode() in self._tail

    def ask_to_end(self) -> None:
        """TERM to the program alone; what it started is remembered, for `reap`."""
        self._family.look()
        if self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGTERM)

    def force_end(self) -> None:
        """KILL to the program and to everything it started."""
        self._family.look()
        if self._process.returncode is None:
            with contextlib.suppress(PermissionError):  # macOS says this of a group of zombies
                os.killpg(self._process.pid, signal.SIGKILL)

    @property
    def clearing(self) -> bool:
        """Whether the program has ended and something it started has not: nothing will signal that end."""
        return self._give_up_at is not None

    def reap(self) -> int | None:
        """The exit code (negative: the signal) once it and all it started are gone; None before."""
        if not self._has_ended():
            return None
        if self._give_up_at is None:
            self._give_up_at = time.monotonic() + GONE_S
        if not self._family.end():
            if time.monotonic() < self._give_up_at:
                return None
            left = ", ".join(str(process.pid) for process in self._family.look())
            print(f"Could not be ended: {left or 'unknown'}.", file=sys.stderr, flush=True)
        code = self._process.wait()
        self._drain_the_rest()
        return code

    def _has_ended(self) -> bool:
        if not hasattr(os, "waitid"):
            return self._process.poll() is not None
        # WNOWAIT keeps the pid taken until its group is dealt with.
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, flags) is not None

    def _keep(self, chunk: bytes) -> None:
        if chunk:
            self._log.write(chunk)
            self._tail = (self._tail + chunk)[-TAIL_BYTES:]

    def _drain_the_rest(self) -> None:
        """A process that escaped may write for ever: the pipe's content is read, not its future."""
        for _ in range(LAST_CHUNKS):
            try:
                chunk = os.read(self._output.fileno(), CHUNK)
            except BlockingIOError:
                break
            if not chunk:
                break
            self._keep(chunk)
        self._output.close()


def _record(folder: StateFolder) -> Callable[[], None]:
    """What the new process does before it becomes the program, so that no moment is without a record.

    When its runner is gone by then, somebody may have looked at the record already: it never becomes the
    program. The runner's lock stays held by this copy of the runner until it has decided.
    """
    runner = os.getpid()

    def record() -> None:
        own = identify(os.getpid())
        if own and os.getppid() == runner:
            folder.write_child(own)
        if os.getppid() != runner:
            os._exit(1)

    return record
