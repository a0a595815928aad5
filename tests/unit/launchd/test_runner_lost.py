"""A runner, an owner or a starter that is killed, frozen or late: nothing is left that nobody knows of."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from launchd import foreground
from launchd.errors import ServiceError
from launchd.identity import ProcessId, identify
from launchd.state import open_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.unit.launchd.conftest import Bench

SLEEPER = "import time\nwhile True: time.sleep(60)"
STAYS_WHEN_ORPHANED = """
import json, os, time
time.sleep(0.002)
if os.getppid() != json.load(open({report!r}))["runner"]["pid"]: time.sleep(60)
"""
OWNER = """
import asyncio, sys
from pathlib import Path
from launchd.foreground import ForegroundSupervisor
async def main():
    supervisor = ForegroundSupervisor(Path(sys.argv[1]), linger=False)
    print((await supervisor.start()).pid, flush=True)
    await asyncio.sleep(300)
asyncio.run(main())
"""
RUNNER_STOPPED_BEFORE_THE_RECORD = """
import fcntl, os, sys
from pathlib import Path
from launchd.child import Child
from launchd.identity import identify
from launchd.logfile import RotatingLog
from launchd.state import RunnerReport, StateFolder
told, gate = os.dup(1), os.dup(0)
class Gated(StateFolder):
    def write_child(self, child):
        os.write(told, f"{child.pid}\\n".encode())
        os.read(gate, 1)
        super().write_child(child)
folder = Gated(Path(sys.argv[1]))
lock = folder.runner_lock.open("w")
fcntl.flock(lock, fcntl.LOCK_EX)
folder.write_report(RunnerReport(identify(os.getpid()), sys.argv[2], "starting", 0.0))
Child(folder.spec(), folder, RotatingLog(folder.path / "x.log", max_bytes=9, keep=0), sys.argv[2])
"""


async def test_a_killed_runner_leaves_an_orphan_that_is_seen_and_stopped(
    bench: Bench, kill: Callable[[int], None]
) -> None:
    started = await bench.start(SLEEPER)
    assert started.supervisor_pid
    assert started.pid
    kill(started.supervisor_pid)
    orphan = await bench.until(lambda status: status.supervisor_pid is None)
    assert (orphan.state, orphan.pid) == ("running", started.pid)
    assert "nothing would start it again" in orphan.detail
    stopped = await bench.supervisor.stop()
    assert (stopped.state, stopped.pid) == ("stopped", None)
    assert identify(started.pid) is None


async def test_a_runner_killed_at_any_moment_leaves_nothing_that_stop_cannot_find(
    bench: Bench, kill: Callable[[int], None]
) -> None:
    """The program stands in the record before it runs, so no moment between two writes loses it."""
    code = STAYS_WHEN_ORPHANED.format(report=str(bench.folder.report_file))
    for moment in range(16):
        started = await bench.start(code, throttle_s=0.001, throttle_cap_s=0.001)
        assert started.supervisor_pid
        await asyncio.sleep(moment * 0.004)
        kill(started.supervisor_pid)
        await bench.supervisor.stop()
        programs = [found.info["cmdline"] or [] for found in psutil.process_iter(["cmdline"])]
        assert not [program for program in programs if code in program]


async def test_start_replaces_an_orphan(bench: Bench, kill: Callable[[int], None]) -> None:
    first = await bench.start(SLEEPER)
    assert first.supervisor_pid
    assert first.pid
    kill(first.supervisor_pid)
    await bench.until(lambda status: status.supervisor_pid is None)
    second = await bench.supervisor.start()
    assert second.state == "running"
    assert second.supervisor_pid is not None
    assert identify(first.pid) is None


async def test_a_dead_runner_and_a_dead_program_are_said_to_be_stopped(
    bench: Bench, kill: Callable[[int], None]
) -> None:
    started = await bench.start(SLEEPER)
    assert started.supervisor_pid
    assert started.pid
    kill(started.supervisor_pid)
    kill(started.pid)
    status = await bench.until(lambda status: status.pid is None and status.supervisor_pid is None)
    assert status.state == "stopped"
    assert "supervisor" in status.detail


async def test_a_reused_pid_is_never_taken_for_ours(bench: Bench) -> None:
    """A stranger has the pids of our records: it is not reported, not signalled, not killed."""
    await bench.start(SLEEPER)
    await bench.supervisor.stop()
    stranger = await asyncio.create_subprocess_exec(sys.executable, "-I", "-S", "-c", SLEEPER)
    try:
        report = bench.folder.report()
        assert report
        reused = ProcessId(stranger.pid, report.runner.started)
        bench.folder.write_report(replace(report, runner=reused, state="running"))
        bench.folder.write_child(reused)
        status = await bench.supervisor.status()
        assert (status.state, status.pid, status.supervisor_pid) == ("stopped", None, None)
        await bench.supervisor.stop()
        again = await bench.supervisor.start()
        assert again.pid != stranger.pid
        assert stranger.returncode is None
        assert identify(stranger.pid)
    finally:
        stranger.kill()
        await stranger.wait()


async def test_a_leased_program_ends_when_its_owner_is_killed(
    bench: Bench, kill: Callable[[int], None]
) -> None:
    await bench.supervisor.install(bench.spec(SLEEPER))
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OWNER, str(bench.path)), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert owner.stdout
        pid = int(await owner.stdout.readline())
        assert (await bench.supervisor.status()).pid == pid
    finally:
        kill(owner.pid)
        await owner.wait()
    await bench.until(lambda status: status.supervisor_pid is None)
    assert identify(pid) is None


async def test_a_lingering_program_survives_its_starter(bench: Bench) -> None:
    await bench.supervisor.install(bench.spec(SLEEPER))
    code = OWNER.replace(", linger=False", "").replace("await asyncio.sleep(300)", "")
    starter = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, str(bench.path)), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await starter.communicate()
    status = await bench.supervisor.status()
    assert status.state == "running"
    assert status.pid == int(output)


async def test_a_second_runner_over_the_same_folder_refuses(bench: Bench) -> None:
    """Also when somebody deleted what the first one wrote about itself."""
    started = await bench.start(SLEEPER)
    kept = bench.folder.report_file.read_bytes()
    bench.folder.report_file.unlink()
    with pytest.raises(ServiceError) as caught:
        await bench.supervisor.start()
    assert caught.value.code == "start-failed"
    bench.folder.report_file.write_bytes(kept)
    assert (await bench.supervisor.status()).supervisor_pid == started.supervisor_pid


async def test_a_frozen_runner_does_not_hold_up_a_stop(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreground, "MARGIN_S", 0.3)
    started = await bench.start(SLEEPER, stop_timeout_s=0.2)
    assert started.supervisor_pid
    assert started.pid
    await bench.freeze(started.supervisor_pid)
    stopped = await bench.supervisor.stop()
    assert (stopped.state, stopped.pid, stopped.supervisor_pid) == ("stopped", None, None)
    assert identify(started.pid) is None


async def test_a_runner_killed_before_the_program_is_recorded_never_becomes_the_program(
    bench: Bench, kill: Callable[[int], None]
) -> None:
    """The copy of the runner that was to become the program is held right before its record."""
    note = bench.path.parent / "note"
    await bench.supervisor.install(bench.spec(f"open({str(note)!r}, 'w').close()\n" + SLEEPER))
    runner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUNNER_STOPPED_BEFORE_THE_RECORD, str(bench.path), os.urandom(8).hex()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert runner.stdin
    assert runner.stdout
    copy = identify(int(await runner.stdout.readline()))
    assert copy
    kill(runner.pid)
    stopping = asyncio.create_task(bench.supervisor.stop())
    done, _ = await asyncio.wait({stopping}, timeout=0.3)
    assert not done, "it was said to be stopped while the copy could still write its record"
    runner.stdin.write(b"x")
    assert (await stopping).state == "stopped"
    assert not note.exists()
    started = await bench.supervisor.start()
    assert bench.folder.child() == identify(started.pid or 0)
    await bench.until(lambda _: note.exists())
    assert not copy.alive
    await runner.wait()


@pytest.fixture
def hold_runners() -> Iterator[Callable[[Bench], Callable[[], None]]]:
    """Makes runners wait before they take their lock: a pipe in its place. Gives what lets them go on."""
    held: list[Path] = []

    def release() -> None:
        while held:
            lock = held.pop()  # a reader lets the opening succeed; who comes later finds the usual file
            reader = os.open(lock, os.O_RDONLY | os.O_NONBLOCK)
            lock.unlink()
            os.close(reader)

    def hold(bench: Bench) -> Callable[[], None]:
        os.mkfifo(bench.folder.runner_lock, 0o600)
        held.append(bench.folder.runner_lock)
        return release

    yield hold
    release()


async def test_a_starter_killed_midway_holds_up_a_stop_until_its_start_is_settled(
    bench: Bench, kill: Callable[[int], None], hold_runners: Callable[[Bench], Callable[[], None]]
) -> None:
    await bench.supervisor.install(bench.spec(SLEEPER))
    release = hold_runners(bench)
    code = OWNER.replace(", linger=False", "")
    starter = await asyncio.create_subprocess_exec(sys.executable, "-c", code, str(bench.path))
    await bench.until(lambda _: a_runner_waits_for_its_lock(bench))
    kill(starter.pid)
    await starter.wait()
    stopping = asyncio.create_task(bench.supervisor.stop())
    done, _ = await asyncio.wait({stopping}, timeout=0.3)
    assert not done, "it was said to be stopped while a runner was on its way"
    release()
    assert (await stopping).last_exit == -signal.SIGTERM
    assert not runners(bench)
    program = bench.folder.child()
    assert program
    assert not program.alive


async def test_a_runner_nobody_waits_for_any_more_starts_nothing(
    bench: Bench, kill: Callable[[int], None], hold_runners: Callable[[Bench], Callable[[], None]]
) -> None:
    await bench.supervisor.install(bench.spec(SLEEPER))
    release = hold_runners(bench)
    held = open_private(bench.folder.control_lock)
    command = (sys.executable, "-m", "launchd.runner", str(bench.path), os.urandom(8).hex(), str(held))
    waiting = await asyncio.create_subprocess_exec(*command, pass_fds=(held,))
    os.close(held)
    await bench.until(lambda _: a_runner_waits_for_its_lock(bench))
    kill(waiting.pid)
    await waiting.wait()
    release()
    await bench.until(lambda _: not runners(bench))
    assert bench.folder.child() is None
    assert (await bench.supervisor.status()).state == "stopped"


def runners(bench: Bench) -> list[int]:
    """The processes of `launchd.runner` over this folder: the one that waits and the one that split off."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if "launchd.runner" in command and str(bench.path) in command:
            found.append(process.pid)
    return found


def a_runner_waits_for_its_lock(bench: Bench) -> bool:
    """Whether a runner has split off, into a session of its own."""
    return any(os.getsid(pid) == pid for pid in runners(bench))
