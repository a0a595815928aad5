"""A supervisor where neither launchd nor systemd serves: a detached process of ours keeps the program."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

from launchd.errors import ServiceError
from launchd.identity import identify
from launchd.state import StateFolder, open_private
from launchd.status import status_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from launchd.spec import ServiceSpec
    from launchd.supervisor import ServiceStatus

POLL_S = 0.05
START_S = 20.0
"""Longest wait for the runner to have spawned the program; a loaded machine takes seconds."""
NO_WORD = 1
CONTROL_S = 60.0
"""Longest wait for another start or stop of the same service."""
MARGIN_S = 10.0
"""What the runner may take on top of the program's own stop time."""
GONE_S = 10.0
"""Longest wait for killed processes to be gone; only one that hangs in the system takes so long."""
INTERPRETER_NEEDS = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "PYTHONHOME", "PYTHONPATH", "TMPDIR")
"""Of our own environment, for the runner's interpreter; the program gets the spec's and nothing else."""


class ForegroundSupervisor:
    """Implements `Supervisor`; all it knows stands in its folder, so any process may ask or stop."""

    def __init__(
        self, state_dir: Path, *, linger: bool = True, runner_env: Mapping[str, str] | None = None
    ) -> None:
        """`linger`: survive this process. False is a lease: the program ends when this process does.

        `runner_env` is for the runner's own Python; by default what that needs of ours.
        """
        self._folder = StateFolder(state_dir.absolute())
        self._linger = linger
        needed = {name: os.environ[name] for name in INTERPRETER_NEEDS if name in os.environ}
        self._runner_env = needed if runner_env is None else dict(runner_env)

    async def install(self, spec: ServiceSpec) -> None:
        """Store the definition; see `Supervisor.install`."""
        self._folder.create()
        self._folder.write_spec(spec)

    async def start(self) -> ServiceStatus:
        """Start when not running; see `Supervisor.start`."""
        self._folder.spec()
        async with self._control() as held:
            return await self._start(held)

    async def stop(self) -> ServiceStatus:
        """End the program and its runner, or the program a killed runner left behind."""
        if not self._folder.path.is_dir():
            return status_of(self._folder)
        async with self._control():
            return await self._stop()

    async def restart(self) -> ServiceStatus:
        """Stop, then start with the stored definition."""
        self._folder.spec()
        async with self._control() as held:
            await self._stop()
            return await self._start(held)

    async def status(self) -> ServiceStatus:
        """The state now; reads two small files and the process table."""
        return status_of(self._folder)

    async def remove(self) -> None:
        """Stop, and forget the definition; log files stay."""
        if not self._folder.path.is_dir():
            return
        async with self._control():
            await self._stop()
            self._folder.forget()

    @asynccontextmanager
    async def _control(self) -> AsyncIterator[int]:
        """One start or stop at a time, across processes; the descriptor that holds the lock."""
        import asyncio

        self._folder.create()
        deadline = time.monotonic() + CONTROL_S
        lock = open_private(self._folder.control_lock)
        try:
            while not _locked(lock):
                if time.monotonic() > deadline:
                    raise ServiceError(
                        "Another program is starting or stopping this service.",
                        code="busy",
                        hint="Wait for it to finish and try again.",
                    )
                await asyncio.sleep(POLL_S)
            yield lock
        finally:
            os.close(lock)

    async def _start(self, held: int) -> ServiceStatus:
        import asyncio

        status = status_of(self._folder)
        if status.supervisor_pid is not None:
            return status
        left = await self._end_orphan()
        if left:
            raise _cannot_end(left, "start-failed")
        token = os.urandom(8).hex()
        spawning = asyncio.create_task(self._spawn_runner(token, held))
        try:
            code = await asyncio.shield(spawning)
        except asyncio.CancelledError:
            await spawning
            self._dismiss_runner(token)
            raise
        if code != 0:
            self._dismiss_runner(token)
            raise ServiceError(
                f"The supervisor did not come up (code {code}). {self._last_words()}".strip(),
                code="start-failed",
                hint="Try again; if it stays so, look at supervisor.log in the service's folder.",
            )
        return status_of(self._folder)

    def _dismiss_runner(self, token: str) -> None:
        """It ends by itself, with the program if it came that far."""
        report = self._folder.report()
        if report and report.token == token:
            report.runner.send(signal.SIGTERM)

    async def _spawn_runner(self, token: str, held: int) -> int:
        """Returns the runner's word: 0 when the program was started or is known to fail.

        The control lock goes along: should we be killed now, it stays taken until the start is settled.
        """
        import asyncio

        arguments = [str(self._folder.path), token, str(held)]
        if not self._linger:
            owner = identify(os.getpid())
            if owner is None:
                raise ServiceError("This process cannot see itself.", code="start-failed")
            arguments += [str(owner.pid), owner.started]
        log = open_private(self._folder.runner_log)
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "launchd.runner", *arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._runner_env,
                cwd=self._folder.path,
                pass_fds=(held,),
            )
        finally:
            os.close(log)
        try:
            return await asyncio.wait_for(process.wait(), START_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            return NO_WORD

    def _last_words(self) -> str:
        """The end of what the runner printed, for the message."""
        try:
            lines = self._folder.runner_log.read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return ""
        return next((line for line in reversed(lines) if line.strip()), "")[:400]

    async def _stop(self) -> ServiceStatus:
        report = self._folder.report()
        timeout = self._stop_timeout()
        if report and report.runner.alive:
            report.runner.send(signal.SIGTERM)
            await _becomes(lambda: not report.runner.alive, timeout + MARGIN_S)
            if report.runner.alive:
                report.runner.send(signal.SIGKILL)
                await _becomes(lambda: not report.runner.alive, GONE_S)
        left = await self._end_orphan()
        status = status_of(self._folder)
        if status.pid is not None or status.supervisor_pid is not None:
            left = [status.pid or status.supervisor_pid or 0, *left]
        if left:
            raise _cannot_end(left, "stop-failed")
        return status

    async def _end_orphan(self) -> list[int]:
        """TERM, then KILL, to a program whose runner is gone, and to all it started.

        Returns:
            The pids of those that outlive even that.
        """
        report = self._folder.report()
        if report and not report.runner.alive:
            # A copy of the runner holds its lock until it has become the program, which is recorded by then.
            await _becomes(lambda: not self._runner_lock_is_held(), GONE_S)
        child = self._folder.child()
        if child is None:
            return []
        from launchd.family import Family

        family = Family(child, report.token if report else "")
        if child.alive:
            family.look()
            child.send(signal.SIGTERM)
            await _becomes(lambda: not child.alive, self._stop_timeout())
        if await _becomes(family.end, GONE_S):
            return []
        return [process.pid for process in family.look()]

    def _runner_lock_is_held(self) -> bool:
        lock = open_private(self._folder.runner_lock)
        try:
            return not _locked(lock)
        finally:
            os.close(lock)

    def _stop_timeout(self) -> float:
        try:
            return self._folder.spec().stop_timeout_s
        except ServiceError:  # removed or damaged: the program must still be ended
            return MARGIN_S


def _cannot_end(pids: list[int], code: Literal["start-failed", "stop-failed"]) -> ServiceError:
    return ServiceError(
        f"Process {', '.join(str(pid) for pid in dict.fromkeys(pids))} could not be ended.",
        code=code,
        hint="It may hang in the system (a dead disk or network folder); restart the machine.",
    )


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _becomes(condition: Callable[[], bool], within_s: float) -> bool:
    """Whether the condition came true in time."""
    import asyncio

    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_S)
    return True
