"""What the program started goes with it, wherever it went: other groups, sessions, parents."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from launchd import identity
from launchd.family import MARKER, Family
from launchd.identity import ProcessId, identify
from tests.fakes.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.unit.launchd.conftest import Bench

    Leader = Callable[..., tuple[ProcessId, ProcessId]]

ROOT = Path(__file__).parents[3]
SLEEPER = "import time\nwhile True: time.sleep(60)"
PARENT = """
import subprocess, sys, time
code = "import signal,time\\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\\nwhile True: time.sleep(60)"
for own_session in (False, True):
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", code], start_new_session=own_session)
    print(child.pid)
while True: time.sleep(60)
"""
ESCAPE = """
import os, signal, sys, time
def escape():
    \"\"\"A daemon as daemons are made: a session of its own and no parent; has told its pid on return.\"\"\"
    told, telling = os.pipe()
    if os.fork():
        os.wait()
        return os.read(told, 1)
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(1, f"{os.getpid()}\\n".encode())
    os.write(telling, b"x")
    while True: time.sleep(60)
"""
CLEARED = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"], env={"A": "1"},
                         start_new_session=True)
print(child.pid, flush=True)
while True: time.sleep(60)
"""
ENDS_ITS_OWN_PROGRAM = """
import sys
from launchd import identity
from launchd.family import Family
from launchd.identity import ProcessId
from tests.fakes.waiting import wait_until
identity.HAS_PROC = sys.argv[4] == "True"
family = Family(ProcessId(int(sys.argv[1]), sys.argv[2]), sys.argv[3])
wait_until(family.end)
print("survived")
"""
TOKEN = os.urandom(8).hex()
"""Of this run of the tests alone: what carries it is ended, wherever on the machine it is."""


async def told(bench: Bench, count: int) -> list[ProcessId]:
    """The processes whose pids the program printed, once there are so many."""
    await bench.until(lambda _: bench.log.count("\n") >= count)
    found = [identify(int(pid)) for pid in bench.log.split()]
    assert all(found)
    return [process for process in found if process]


def end(family: Family) -> None:
    """As the supervisor does: rounds until nobody is left."""
    wait_until(family.end)


async def test_what_the_program_started_goes_with_it_even_from_its_own_session(bench: Bench) -> None:
    await bench.start(PARENT)
    family = await told(bench, 2)
    await bench.supervisor.stop()
    assert not any(member.alive for member in family)


async def test_what_lost_its_parent_and_left_the_session_goes_with_the_program(bench: Bench) -> None:
    await bench.start(ESCAPE + "escape()\n" + SLEEPER)
    (stray,) = await told(bench, 1)
    await bench.supervisor.stop()
    assert not stray.alive


async def test_what_is_started_while_the_program_is_asked_to_end_goes_with_it(bench: Bench) -> None:
    code = "def last(*_):\n escape()\n sys.exit(0)\nsignal.signal(signal.SIGTERM, last)\nprint('ready')\n"
    await bench.start(ESCAPE + code + SLEEPER)
    await bench.until(lambda _: "ready" in bench.log)
    stopped = await bench.supervisor.stop()
    assert stopped.last_exit == 0
    assert identify(int(bench.log.split()[1])) is None


@pytest.mark.parametrize("where", ["in its group", "in no group of ours"])
async def test_what_a_crashed_program_left_goes_before_the_next_start(bench: Bench, where: str) -> None:
    left = "[sys.executable, '-I', '-S', '-c', 'import time; time.sleep(60)']"
    in_group = f"import subprocess, sys\nprint(subprocess.Popen({left}).pid)\n"
    await bench.start((in_group if where == "in its group" else ESCAPE + "escape()\n") + "sys.exit(1)\n")
    await bench.until(lambda status: status.restarts >= 1)
    assert identify(int(bench.log.split()[0])) is None


async def test_a_stray_is_found_when_its_program_and_the_runner_are_dead(
    bench: Bench, kill: Callable[[int], None]
) -> None:
    started = await bench.start(ESCAPE + "escape()\n" + SLEEPER)
    (stray,) = await told(bench, 1)
    assert started.supervisor_pid
    assert started.pid
    kill(started.supervisor_pid)
    kill(started.pid)
    await bench.until(lambda status: status.pid is None and status.supervisor_pid is None)
    assert stray.alive
    await bench.supervisor.stop()
    assert not stray.alive


@pytest.fixture(params=["this system", "a system without /proc"])
def leader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Leader]:
    """Starts a program of a given token that prints one pid; ends it afterwards."""
    if request.param == "a system without /proc":
        monkeypatch.setattr(identity, "HAS_PROC", False)
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    started: list[subprocess.Popen[bytes]] = []

    def start(code: str, token: str = TOKEN) -> tuple[ProcessId, ProcessId]:
        command = [sys.executable, "-I", "-S", "-u", "-c", code]
        environment = {**os.environ, MARKER: token}
        process = subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout
        own, other = identify(process.pid), identify(int(process.stdout.readline()))
        assert own
        assert other
        return own, other

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def test_all_of_a_run_is_ended_and_nothing_of_another(
    leader: Leader,
) -> None:
    ours = leader(ESCAPE + "escape()\n" + SLEEPER)
    others = leader(ESCAPE + "escape()\n" + SLEEPER, TOKEN + "0")
    end(Family(ours[0], TOKEN))
    assert not any(process.alive for process in ours)
    assert all(process.alive for process in others)
    end(Family(others[0], TOKEN + "0"))
    assert not any(process.alive for process in others)


def test_who_cleared_the_marker_is_remembered_from_an_earlier_look(
    leader: Leader,
) -> None:
    program, child = leader(CLEARED)
    family = Family(program, TOKEN)
    assert child in family.look()
    program.send(signal.SIGKILL)
    os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)
    end(family)
    assert not child.alive


def test_without_a_token_only_kinship_counts(leader: Leader) -> None:
    program, stray = leader(ESCAPE + "escape()\n" + SLEEPER)
    end(Family(program, ""))
    assert not program.alive
    assert stray.alive
    end(Family(program, TOKEN))


def test_a_caller_started_by_the_program_does_not_end_itself(
    leader: Leader,
) -> None:
    program, stray = leader(ESCAPE + "escape()\n" + SLEEPER)
    arguments = (str(program.pid), program.started, TOKEN, str(identity.HAS_PROC))
    command = [sys.executable, "-c", ENDS_ITS_OWN_PROGRAM, *arguments]
    environment = {**os.environ, MARKER: TOKEN}
    said = subprocess.run(command, env=environment, capture_output=True, check=True, cwd=ROOT).stdout
    assert said == b"survived\n"
    assert not stray.alive
