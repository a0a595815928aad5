"""Processes by pid and start time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from launchd import identity
from launchd.identity import ProcessId, descendants, end_group, group_lives, identify, started_at
from tests.fakes.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

SLEEP = (sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)")
SHELL = ("/bin/sh", "-c", "sleep 60 & echo up; wait")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own."""
    with subprocess.Popen(SLEEP, start_new_session=True) as process:
        yield process
        process.kill()


def test_this_process_is_alive_and_always_the_same() -> None:
    assert identify(os.getpid()) == identify(os.getpid())
    me = identify(os.getpid())
    assert me
    assert me.alive


def test_a_process_that_never_was() -> None:
    assert identify(-1) is None
    assert identify(0) is None
    assert started_at(2**22 + 1) == ""


@pytest.fixture(params=["this system", "a system without /proc", "a system without pidfd"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ways in which a system tells about its processes."""
    if request.param == "a system without /proc":
        monkeypatch.setattr(identity, "HAS_PROC", False)
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    if request.param == "a system without pidfd":
        monkeypatch.delattr(os, "pidfd_open", raising=False)


@pytest.mark.usefixtures("system")
def test_a_process_from_its_start_to_its_end(sleeper: subprocess.Popen[bytes]) -> None:
    process = identify(sleeper.pid)
    assert process
    assert process.alive
    assert process == identify(sleeper.pid)
    assert group_lives(sleeper.pid)
    assert process.send(signal.SIGKILL)
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    wait_until(lambda: not process.alive)
    sleeper.wait()
    assert not process.send(signal.SIGKILL)
    assert identify(sleeper.pid) is None
    assert descendants(sleeper.pid) == []


def test_the_same_pid_with_another_start_is_another_process(sleeper: subprocess.Popen[bytes]) -> None:
    stranger = ProcessId(sleeper.pid, "boot/1")
    assert not stranger.alive
    assert not stranger.send(signal.SIGKILL)
    end_group(stranger)
    assert sleeper.poll() is None


def test_a_zombie_is_not_alive(sleeper: subprocess.Popen[bytes]) -> None:
    process = identify(sleeper.pid)
    assert process
    assert process.send(signal.SIGKILL)
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not process.alive
    assert not process.send(signal.SIGTERM)
    assert not group_lives(sleeper.pid)


def test_a_group_outlives_its_leader_and_is_ended_all_the_same() -> None:
    with subprocess.Popen(SHELL, start_new_session=True, stdout=subprocess.PIPE) as shell:
        assert shell.stdout
        shell.stdout.readline()
        leader = identify(shell.pid)
        (child,) = descendants(shell.pid)
        assert leader
        shell.kill()
        shell.wait()
        assert child.alive
        assert group_lives(leader.pid)
        end_group(leader)
    wait_until(lambda: not child.alive)


def test_the_number_of_a_dead_group_from_before_a_restart_is_not_touched() -> None:
    with subprocess.Popen(SHELL, start_new_session=True, stdout=subprocess.PIPE) as shell:
        assert shell.stdout
        shell.stdout.readline()
        (child,) = descendants(shell.pid)
        shell.kill()
        shell.wait()
        end_group(ProcessId(shell.pid, "another-boot/5"))
        assert child.alive
        child.send(signal.SIGKILL)
