"""Running a program with a deadline, a cap on its output and an end that takes its whole group along."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from appliance.engine.environment import cli_environment
from appliance.errors import LunaError, NotFound, Unreachable
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from appliance.engine.models import Engine
    from appliance.places import Places

MIB = 1024 * 1024
GRACE_S = 5.0
"""From TERM to KILL."""
CHUNK = 64 * 1024
LOOK_S = 0.2
LAST_WORDS_S = 1.0
"""How long output is read on after the program has ended."""


@dataclass(frozen=True)
class Completed:
    """A program that ended by itself."""

    exit_code: int
    """Negative: the signal that ended it."""
    stdout: str
    stderr: str
    cut: bool
    """Output beyond the cap was dropped."""
    seconds: float

    @property
    def complaint(self) -> str:
        """The last line a person should see: from standard error, else from standard output."""
        lines = [line.strip() for line in (self.stdout + "\n" + self.stderr).splitlines() if line.strip()]
        return lines[-1][:400] if lines else ""


async def run_cli(
    engine: Engine,
    args: Sequence[str],
    *,
    places: Places,
    timeout: float,  # noqa: ASYNC109 - the deadline ends a process group, not only the waiting
    stdin: bytes | None = None,
    cap: int = MIB,
    env: Mapping[str, str] | None = None,
) -> Completed:
    """Run `openclaw ARGS` for these places; a non-zero exit code is an answer, not an error.

    Raises:
        Unreachable: `engine-timeout`, when it did not end in time (it was ended, with its children).
        NotFound: `engine-missing`, when it cannot be run at all.
    """
    own = cli_environment(engine, places, env)
    return await run_program([*engine.cli, *args], env=own, timeout=timeout, stdin=stdin, cap=cap)


async def run_program(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    timeout: float,  # noqa: ASYNC109 - the deadline ends a process group, not only the waiting
    stdin: bytes | None = None,
    cap: int = MIB,
    cwd: Path | None = None,
    leased: bool = False,
) -> Completed:
    """Run a program in a process group of its own; cancelling ends the group before it returns.

    `leased`: the program also ends when we are killed outright; costs the start of one more Python.

    Raises:
        Unreachable: `engine-timeout`.
        NotFound: `engine-missing`.
    """
    began = time.monotonic()
    stdout, stderr = _Capped(cap), _Capped(cap)
    async with _started(argv, env, cwd, with_input=stdin is not None, leased=leased) as process:
        try:
            async with asyncio.timeout(timeout):
                await _talk(process, stdin, stdout, stderr)
        except TimeoutError as error:
            raise Unreachable(
                f"{_name(argv)} did not finish within {timeout:.0f} s and was ended.",
                hint="The machine may be busy; try again.",
                code="engine-timeout",
            ) from error
    code = process.returncode
    if code is None:
        raise LunaError(f"{_name(argv)} cannot be ended.", code="process-stuck")
    seconds = time.monotonic() - began
    return Completed(code, stdout.text, stderr.text, stdout.cut or stderr.cut, seconds)


@asynccontextmanager
async def _started(
    argv: Sequence[str], env: Mapping[str, str], cwd: Path | None, *, with_input: bool, leased: bool
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process in a group of its own; at the end the whole group is gone."""
    theirs, ours = os.pipe() if leased else (-1, -1)
    guard = (sys.executable, "-P", "-m", "launchd.lease", str(theirs)) if leased else ()
    try:
        try:
            process = await asyncio.create_subprocess_exec(
                *(*guard, *argv),
                env=dict(env),
                cwd=cwd,
                stdin=asyncio.subprocess.PIPE if with_input else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                pass_fds=(theirs,) if leased else (),
            )
        except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
            raise NotFound(
                f"{error.filename} cannot be run: {error.strerror}.",
                hint="Run `lunatui engine status` to see what is installed.",
                code="engine-missing",
            ) from error
        finally:
            if leased:
                os.close(theirs)
        try:
            yield process
        finally:
            await _end_group(process)
    finally:
        if leased:
            os.close(ours)


class _Capped:
    """Keeps the first `cap` bytes and goes on reading, so that the program never blocks."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._kept = bytearray()
        self.cut = False

    @property
    def text(self) -> str:
        return self._kept.decode("utf-8", "replace")

    def add(self, chunk: bytes) -> None:
        room = self._cap - len(self._kept)
        self._kept += chunk[:room]
        self.cut = self.cut or len(chunk) > room


async def _talk(
    process: asyncio.subprocess.Process, stdin: bytes | None, stdout: _Capped, stderr: _Capped
) -> None:
    """Until it has ended; what it left behind may hold its output open for ever and is not waited for."""
    talks = [_read(process.stdout, stdout), _read(process.stderr, stderr)]
    if stdin is not None:
        talks.append(_write(process.stdin, stdin))
    talking = {asyncio.ensure_future(talk) for talk in talks}
    pending = talking
    try:
        while pending and process.returncode is None:
            _, pending = await asyncio.wait(pending, timeout=LOOK_S)
        if pending:
            _, pending = await asyncio.wait(pending, timeout=LAST_WORDS_S)
        await process.wait()
        for task in talking - pending:
            task.result()
    finally:
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)


async def _read(stream: asyncio.StreamReader | None, into: _Capped) -> None:
    while stream and (chunk := await stream.read(CHUNK)):
        into.add(chunk)


async def _write(stream: asyncio.StreamWriter | None, content: bytes) -> None:
    if stream is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it did not want all of it
        stream.write(content)
        await stream.drain()
    stream.close()


async def _end_group(process: asyncio.subprocess.Process) -> None:
    """TERM, five seconds, KILL, to whatever of the group is left; runs to its end even when cancelled."""
    ending = asyncio.ensure_future(_end_group_now(process))
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        await ending
        raise


async def _end_group_now(process: asyncio.subprocess.Process) -> None:
    from launchd.identity import group_lives

    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody left in it
            os.killpg(process.pid, number)
        deadline = time.monotonic() + GRACE_S
        while time.monotonic() < deadline:
            if process.returncode is not None and not group_lives(process.pid):
                return
            await asyncio.sleep(0.02)


def _name(argv: Sequence[str]) -> str:
    words = [word.rpartition("/")[2] for word in argv[:3]]
    return " ".join(words)
