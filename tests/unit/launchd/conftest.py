"""Supervisors over throw-away folders, real child programs, and a check that nothing is left running."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from launchd.foreground import ForegroundSupervisor
from launchd.spec import ServiceSpec
from launchd.state import StateFolder
from tests.fakes.waiting import LIMIT_S, LOOK_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from launchd.supervisor import ServiceStatus

PYTHON = (sys.executable, "-I", "-S", "-u", "-c")
SLEEPER = "import time\nwhile True: time.sleep(60)"


async def until(condition: Callable[[], bool], within_s: float = LIMIT_S) -> None:
    """Wait for a state; fails with the condition's name."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the state was not reached"
        await asyncio.sleep(LOOK_S)


@dataclass
class Bench:
    """One service folder and what the tests do with it."""

    path: Path
    supervisor: ForegroundSupervisor = field(init=False)

    def __post_init__(self) -> None:
        self.supervisor = ForegroundSupervisor(self.path, runner_env=os.environ)

    @property
    def folder(self) -> StateFolder:
        return StateFolder(self.path)

    @property
    def log(self) -> str:
        log = self.path / "service.log"
        return log.read_text() if log.exists() else ""

    def spec(self, code: str, **rule: Any) -> ServiceSpec:
        defaults: dict[str, Any] = {"throttle_s": 0.05, "throttle_cap_s": 0.2, "stop_timeout_s": 5.0}
        return ServiceSpec("test", (*PYTHON, code), self.path.parent, {}, **{**defaults, **rule})

    async def start(self, code: str, **rule: Any) -> ServiceStatus:
        await self.supervisor.install(self.spec(code, **rule))
        return await self.supervisor.start()

    async def freeze(self, pid: int) -> None:
        """SIGSTOP, in effect on return: until then a TERM sent later would be taken first."""
        os.kill(pid, signal.SIGSTOP)
        await until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)

    async def until(
        self, condition: Callable[[ServiceStatus], bool], within_s: float = LIMIT_S
    ) -> ServiceStatus:
        deadline = time.monotonic() + within_s
        while True:
            status = await self.supervisor.status()
            if condition(status):
                return status
            assert time.monotonic() < deadline, f"the service is still {status}"
            await asyncio.sleep(LOOK_S)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A service that is stopped at the end, whatever the test did to it."""
    bench = Bench(tmp_path / "service")
    yield bench
    child, report = bench.folder.child(), bench.folder.report()
    await bench.supervisor.stop()
    assert child is None or not child.alive
    assert report is None or not report.runner.alive


@pytest.fixture
def kill() -> Callable[[int], None]:
    """SIGKILL to one process by pid."""
    return lambda pid: os.kill(pid, signal.SIGKILL)
