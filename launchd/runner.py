"""The process behind the foreground supervisor: `python -m launchd.runner FOLDER TOKEN LOCK [OWNER]`.

Runs one program, starts it again when it ends, writes down what happens, ends with TERM or with its owner.
LOCK is a descriptor of the control lock: the lock stays taken until the start is settled, even when the
process that asked for it is killed meanwhile.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from launchd.child import Child
from launchd.errors import ServiceError
from launchd.identity import ProcessId, identify
from launchd.logfile import RotatingLog
from launchd.state import RunnerReport, StateFolder
from launchd.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    from launchd.supervisor import ServiceState

OWNER_LOOK_S = 0.25
"""How often a leased runner looks whether its owner still lives."""
ALREADY_RUNNING = 3
"""Exit code when another runner holds the folder."""
NO_WORD = 1
"""Exit code when the runner died or said nothing in time."""
ASKING = 255
"""A word to whoever waits for the start that only asks whether anybody does."""
WAIT_S = 30.0
"""Longest wait for the runner's word; more than a starter that lives would wait."""
CLEARING_LOOK_S = 0.02
"""How often to look after killed processes whose end nobody tells us."""


class Runner:
    """The loop: wait for output, an end of the program, a signal, the owner's death or the next start."""

    def __init__(self, folder: StateFolder, token: str, owner: ProcessId | None) -> None:
        """`owner`: with whom to end; None to stay."""
        self._folder = folder
        self._token = token
        self._owner = owner
        self._spec = folder.spec()
        self._throttle = Throttle(self._spec.throttle_s, self._spec.throttle_cap_s)
        log_path = folder.path / self._spec.log_path
        self._log = RotatingLog(log_path, max_bytes=self._spec.log_max_bytes, keep=self._spec.log_keep)
        self._selector = selectors.DefaultSelector()
        self._child: Child | None = None
        self._next_start: float | None = time.monotonic()
        self._kill_at: float | None = None
        self._stop_asked = False
        self._stopping = False
        self._starts = 0
        self._last_exit: int | None = None
        me = identify(os.getpid())
        if me is None:
            raise ServiceError("The supervisor cannot see its own process.", code="start-failed")
        self._me = me

    def run(self, tell: Callable[[int], bool]) -> None:
        """Until the program is stopped or failed for good.

        `tell` says a word to whoever waits for the start, 0 after the first attempt; False when nobody
        does: then no program may stay, for nobody would know of it.

        Raises:
            OSError: the state cannot be written at all; nothing was started.
        """
        wake = self._listen_for_signals()
        self._folder.write_report(self._now("starting", "The program is being started."))
        if tell(ASKING):  # who gave up before this cannot have seen the report
            self._start_when_due()
        self._stop_asked |= not tell(0)
        if self._stop_asked:
            self._begin_stop()
        while not (self._child is None and (self._stopping or self._next_start is None)):
            self._start_when_due()
            for key, _ in self._selector.select(self._patience()):
                self._handle(key.fd, wake)
            self._look_after_child()
            if self._stop_asked or (self._owner and not self._owner.alive):
                self._begin_stop()
        if self._stopping:
            self._report("stopped", "It was stopped.")
        self._log.close()

    def _listen_for_signals(self) -> socket.socket:
        ours, wakeup = socket.socketpair()
        ours.setblocking(False)
        wakeup.setblocking(False)
        signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
        self._wakeup = wakeup  # kept open for as long as signals may come
        for number in (signal.SIGCHLD, signal.SIGHUP):  # not SIG_IGN: the program would inherit that
            signal.signal(number, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note_stop)
        self._selector.register(ours, selectors.EVENT_READ)
        return ours

    def _note_stop(self, *_: object) -> None:
        self._stop_asked = True

    def _handle(self, descriptor: int, wake: socket.socket) -> None:
        if descriptor == wake.fileno():
            with contextlib.suppress(BlockingIOError):
                wake.recv(4096)
        elif self._child and not self._child.drain():
            self._selector.unregister(descriptor)

    def _patience(self) -> float | None:
        moments = [moment for moment in (self._kill_at, self._due()) if moment is not None]
        waits = [max(0.0, moment - time.monotonic()) for moment in moments]
        if self._owner:
            waits.append(OWNER_LOOK_S)
        if self._child and self._child.clearing:
            waits.append(CLEARING_LOOK_S)
        return min(waits, default=None)

    def _due(self) -> float | None:
        return self._next_start if self._child is None and not self._stopping else None

    def _start_when_due(self) -> None:
        due = self._due()
        if due is None or time.monotonic() < due:
            return
        try:
            self._child = Child(self._spec, self._folder, self._log, self._token)
        except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
            self._next_start = None
            self._report("failed", f"The program cannot be run: {error.strerror}: {error.filename}.")
            return
        except (OSError, subprocess.SubprocessError) as error:
            self._retry_after(0.0, f"The program could not be started: {error}.")
            return
        self._starts += 1
        self._selector.register(self._child.output_descriptor, selectors.EVENT_READ)
        self._report("running", "")

    def _begin_stop(self) -> None:
        if self._stopping:
            return
        self._stopping = True
        if self._child:
            self._kill_at = time.monotonic() + self._spec.stop_timeout_s
            self._child.ask_to_end()

    def _look_after_child(self) -> None:
        child = self._child
        if child is None:
            return
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            self._kill_at = None
            child.force_end()
        descriptor = child.output_descriptor
        code = child.reap()
        if code is None:
            return
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)
        self._child = None
        self._last_exit = code
        self._after_end(child, code)

    def _after_end(self, child: Child, code: int) -> None:
        lived_s = time.monotonic() - child.started
        ended = f"It ended with code {code}." if code >= 0 else f"It was ended by signal {-code}."
        if self._stopping:
            return
        if code in self._spec.no_retry_exit_codes and not self._passes(child, lived_s):
            self._next_start = None
            self._report("failed", f"{ended} Starting it again cannot help.")
            return
        self._retry_after(lived_s, ended)

    def _passes(self, child: Child, lived_s: float) -> bool:
        """Whether a final exit is about something that passes, and nobody waits for this start."""
        alone = self._starts > 1 or self._throttle.is_healthy(lived_s)
        return alone and any(map(child.said, self._spec.retry_words))

    def _retry_after(self, lived_s: float, reason: str) -> None:
        delay = self._throttle.delay_after(lived_s)
        self._next_start = time.monotonic() + delay
        self._report("throttled", f"{reason} It is started again in {delay:.0f} s.")

    def _report(self, state: ServiceState, detail: str) -> None:
        try:
            self._folder.write_report(self._now(state, detail))
        except OSError as error:  # a full disk must not end the program we watch over
            print(f"The state could not be written: {error}", file=sys.stderr, flush=True)

    def _now(self, state: ServiceState, detail: str) -> RunnerReport:
        return RunnerReport(
            runner=self._me,
            token=self._token,
            state=state,
            since=time.time(),
            restarts=max(0, self._starts - 1),
            last_exit=self._last_exit,
            detail=detail,
        )


def detach(held: int) -> tuple[int, Callable[[int], bool]]:
    """Split: the caller's child waits for one code from the process that stays, in a session of its own.

    `held` is a descriptor that only the waiting process keeps.

    Returns:
        In the waiting process the code (`NO_WORD` when none came); in the one that stays -1 and the
        function that sends a word and tells whether anybody is there to hear it.
    """
    ours, theirs = os.pipe()
    if os.fork():
        os.close(theirs)
        return _awaited(ours), lambda _: False
    os.close(ours)
    os.close(held)
    os.setsid()
    os.chdir("/")
    os.umask(0o077)

    def tell(word: int) -> bool:
        try:
            os.write(theirs, bytes([word]))
        except BrokenPipeError:
            return False
        return True

    return -1, tell


def _awaited(pipe: int) -> int:
    deadline = time.monotonic() + WAIT_S
    while select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
        word = os.read(pipe, 1)
        if word != bytes([ASKING]):
            return word[0] if word else NO_WORD
    return NO_WORD


def main(arguments: list[str]) -> int:
    """Run as a process of its own.

    Returns:
        0 once the program was started or is known to fail, 3 when another runner holds the folder.
    """
    folder, token, held = StateFolder(Path(arguments[0])), arguments[1], int(arguments[2])
    owner = ProcessId(int(arguments[3]), arguments[4]) if len(arguments) > 4 else None
    code, tell = detach(held)
    if code >= 0:
        return code
    with folder.runner_lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(ALREADY_RUNNING)
            return ALREADY_RUNNING
        Runner(folder, token, owner).run(tell)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
