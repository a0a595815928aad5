"""The foreground supervisor over real programs that behave, crash, hang and vanish."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from launchd import foreground
from launchd.errors import ServiceError
from launchd.family import MARKER
from launchd.foreground import ForegroundSupervisor
from launchd.identity import identify
from launchd.state import open_private

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.launchd.conftest import Bench

SLEEPER = "import time\nwhile True: time.sleep(60)"
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('deaf')
while True: time.sleep(60)
"""
TELLS_ITS_START = """
print(open("/proc/self/stat").read().rpartition(")")[2].split()[19])
"""


async def test_runs_until_stopped(bench: Bench) -> None:
    started = await bench.start(SLEEPER)
    assert (started.state, started.restarts, started.last_exit) == ("running", 0, None)
    assert started.pid is not None
    assert identify(started.pid)
    stopped = await bench.supervisor.stop()
    assert (stopped.state, stopped.pid, stopped.supervisor_pid) == ("stopped", None, None)
    assert stopped.last_exit == -signal.SIGTERM
    assert identify(started.pid) is None


async def test_another_supervisor_object_sees_and_stops_it(bench: Bench) -> None:
    started = await bench.start(SLEEPER)
    other = ForegroundSupervisor(bench.path)
    assert (await other.status()).pid == started.pid
    await other.stop()
    assert (await bench.supervisor.status()).state == "stopped"


async def test_start_twice_is_one_program(bench: Bench) -> None:
    await bench.supervisor.install(bench.spec(SLEEPER))
    supervisors = [ForegroundSupervisor(bench.path) for _ in range(4)]
    statuses = await asyncio.gather(*(supervisor.start() for supervisor in supervisors))
    assert len({status.pid for status in statuses}) == 1
    assert len({status.supervisor_pid for status in statuses}) == 1


async def test_restart_gives_a_new_process_and_the_new_definition(bench: Bench) -> None:
    first = await bench.start("print('old')\n" + SLEEPER)
    await bench.supervisor.install(bench.spec("print('new')\n" + SLEEPER))
    assert (await bench.supervisor.status()).pid == first.pid
    second = await bench.supervisor.restart()
    assert second.state == "running"
    assert second.pid != first.pid
    await bench.until(lambda _: "new" in bench.log)


async def test_a_crashing_program_is_throttled_and_counted(bench: Bench) -> None:
    await bench.start("import sys; sys.exit(1)")
    status = await bench.until(lambda status: status.restarts >= 3)
    assert status.last_exit == 1
    waiting = await bench.until(lambda status: status.state == "throttled")
    assert waiting.pid is None
    assert waiting.supervisor_pid is not None
    assert "code 1" in waiting.detail


async def test_throttling_really_waits(bench: Bench) -> None:
    """Each start by the kernel's clock, so that a slow interpreter on a busy machine changes nothing."""
    await bench.start(TELLS_ITS_START, throttle_s=0.3, throttle_cap_s=0.6)
    await bench.until(lambda _: bench.log.count("\n") >= 4)
    starts = [int(line) for line in bench.log.split()[:4]]
    pauses = [later - earlier for earlier, later in pairwise(starts)]
    least = [seconds * os.sysconf("SC_CLK_TCK") for seconds in (0.3, 0.6, 0.6)]
    assert all(pause >= minimum for pause, minimum in zip(pauses, least, strict=True)), pauses


async def test_a_normal_exit_is_also_started_again(bench: Bench) -> None:
    await bench.start("pass")
    status = await bench.until(lambda status: status.restarts >= 1)
    assert status.last_exit == 0


async def test_exit_78_is_not_retried(bench: Bench) -> None:
    await bench.start("import sys; sys.exit(78)")
    status = await bench.until(lambda status: status.state == "failed" and status.supervisor_pid is None)
    assert (status.last_exit, status.restarts, status.pid) == (78, 0, None)
    again = await bench.start("print('mended')\n" + SLEEPER)
    assert again.state == "running"


def crashes_then(bench: Bench, last_words: str) -> str:
    """A program that crashes, is refused with `last_words` when it is started again, and then runs."""
    return f"""
import pathlib, sys, time
starts = pathlib.Path({str(bench.path / "starts")!r})
count = len(starts.read_text()) if starts.exists() else 0
starts.write_text("x" * (count + 1))
if count == 0: sys.exit(1)
if count == 1: sys.exit({last_words!r} and print({last_words!r}) or 78)
while True: time.sleep(60)
"""


async def test_a_passing_refusal_after_a_crash_is_tried_again(bench: Bench) -> None:
    await bench.start(crashes_then(bench, "changed during startup"), retry_words=("changed during",))
    status = await bench.until(lambda status: status.restarts == 2 and status.state == "running")
    assert status.last_exit == 78
    await bench.until(lambda _: (bench.path / "starts").read_text() == "xxx")


async def test_a_refusal_for_another_reason_after_a_crash_is_final(bench: Bench) -> None:
    await bench.start(crashes_then(bench, "unknown key"), retry_words=("changed during",))
    status = await bench.until(lambda status: status.state == "failed" and status.supervisor_pid is None)
    assert (status.last_exit, status.restarts) == (78, 1)


async def test_a_passing_refusal_at_the_first_start_is_for_whoever_started_it(bench: Bench) -> None:
    """A long throttle: on a slow machine an interpreter's start alone would pass for a healthy run."""
    refused = "import sys; print('changed'); sys.exit(78)"
    await bench.start(refused, retry_words=("changed",), throttle_s=60.0)
    status = await bench.until(lambda status: status.state == "failed" and status.supervisor_pid is None)
    assert (status.last_exit, status.restarts) == (78, 0)


async def test_a_program_that_does_not_exist_fails_with_its_name(bench: Bench) -> None:
    await bench.supervisor.install(replace(bench.spec(""), argv=("/nonexistent/program",)))
    status = await bench.supervisor.start()
    assert status.state == "failed"
    assert "/nonexistent/program" in status.detail


async def test_a_killed_program_is_started_again(bench: Bench, kill: Callable[[int], None]) -> None:
    first = await bench.start(SLEEPER)
    assert first.pid
    kill(first.pid)
    second = await bench.until(lambda status: status.restarts == 1 and status.state == "running")
    assert second.pid != first.pid
    assert second.last_exit == -signal.SIGKILL


async def test_a_program_deaf_to_term_is_killed_after_the_stop_time(bench: Bench) -> None:
    await bench.start(DEAF, stop_timeout_s=0.3)
    await bench.until(lambda _: "deaf" in bench.log)
    stopped = await bench.supervisor.stop()
    assert (stopped.state, stopped.last_exit) == ("stopped", -signal.SIGKILL)


async def test_a_cancelled_start_leaves_nothing(bench: Bench) -> None:
    await bench.supervisor.install(bench.spec(SLEEPER))
    starting = asyncio.create_task(bench.supervisor.start())
    await asyncio.sleep(0)
    await bench.until(lambda _: bench.folder.runner_log.exists())
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await bench.until(lambda status: status.pid is None and status.supervisor_pid is None)


async def test_only_the_given_environment_reaches_the_program(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL_SECRET", "do not pass on")
    code = "import os; print(sorted(os.environ)); print(os.environ.get('GIVEN'))\n" + SLEEPER
    await bench.supervisor.install(replace(bench.spec(code), env={"GIVEN": "yes"}))
    await bench.supervisor.start()
    await bench.until(lambda _: "yes" in bench.log)
    assert "SHELL_SECRET" not in bench.log
    assert "PATH" not in bench.log
    names = set(bench.log.replace("'", " ").replace(",", " ").strip("[").split("]")[0].split())
    assert names - {"LC_CTYPE"} == {"GIVEN", MARKER}  # Python adds its own LC_CTYPE


async def test_standard_output_and_error_are_drained_and_rotated(bench: Bench) -> None:
    code = "import sys\nfor n in range(4000):\n print('o' * 99, n); print('e' * 99, n, file=sys.stderr)\n"
    await bench.start(code + "print('end')\n" + SLEEPER, log_max_bytes=100_000, log_keep=2)
    await bench.until(lambda _: "end" in bench.log)
    logs = sorted(path.name for path in bench.path.glob("service.log*"))
    assert logs == ["service.log", "service.log.1", "service.log.2"]
    assert all((bench.path / name).stat().st_size <= 100_000 for name in logs)
    assert all((bench.path / name).stat().st_mode & 0o777 == 0o600 for name in logs)


async def test_remove_forgets_all_but_the_logs(bench: Bench) -> None:
    started = await bench.start("print('said')\n" + SLEEPER)
    await bench.until(lambda _: "said" in bench.log)
    await bench.supervisor.remove()
    assert started.pid
    assert identify(started.pid) is None
    assert sorted(path.name for path in bench.path.iterdir()) == ["control.lock", "service.log"]
    with pytest.raises(ServiceError) as caught:
        await bench.supervisor.start()
    assert caught.value.code == "not-installed"


async def test_asking_about_nothing_changes_nothing(tmp_path: Path) -> None:
    supervisor = ForegroundSupervisor(tmp_path / "absent")
    assert (await supervisor.status()).state == "stopped"
    assert (await supervisor.stop()).state == "stopped"
    await supervisor.remove()
    assert not (tmp_path / "absent").exists()


async def test_state_is_private(bench: Bench) -> None:
    await bench.start(SLEEPER)
    assert bench.path.stat().st_mode & 0o777 == 0o700
    for path in bench.path.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path


async def test_a_damaged_definition_can_be_stopped_but_not_started(bench: Bench) -> None:
    started = await bench.start(SLEEPER)
    bench.folder.spec_file.write_text("{", encoding="utf-8")
    assert (await bench.supervisor.stop()).state == "stopped"
    assert started.pid
    assert identify(started.pid) is None
    with pytest.raises(ServiceError) as caught:
        await bench.supervisor.start()
    assert caught.value.code == "damaged"


async def test_a_runner_that_cannot_come_up_says_why_and_starts_nothing(bench: Bench) -> None:
    await bench.supervisor.install(bench.spec("print('started')"))
    bench.folder.runner_lock.mkdir()
    with pytest.raises(ServiceError) as caught:
        await bench.supervisor.start()
    bench.folder.runner_lock.rmdir()
    assert caught.value.code == "start-failed"
    assert "runner.lock" in caught.value.message
    assert not bench.log


async def test_a_frozen_program_is_killed(bench: Bench) -> None:
    started = await bench.start(SLEEPER, stop_timeout_s=0.2)
    assert started.pid
    await bench.freeze(started.pid)
    assert (await bench.supervisor.stop()).last_exit == -signal.SIGKILL


async def test_a_busy_service_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreground, "CONTROL_S", 0.1)
    await bench.supervisor.install(bench.spec(SLEEPER))
    held = open_private(bench.folder.control_lock)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ServiceError) as caught:
            await bench.supervisor.start()
    finally:
        os.close(held)
    assert caught.value.code == "busy"


async def test_a_full_disk_does_not_end_the_program(bench: Bench) -> None:
    """The log goes to a device that is always full; the program writes more than a pipe holds."""
    note = bench.path.parent / "note"
    code = f"print('x' * 200_000)\nopen({str(note)!r}, 'w').close()\n"
    started = await bench.start(code + SLEEPER, log_path=Path("/dev/full"))
    await bench.until(lambda _: note.exists())
    assert (await bench.supervisor.status()).pid == started.pid
