"""Running programs: deadlines, caps, cancelling, and nothing left of any of them."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from appliance.engine.find import find_ours
from appliance.engine.process import run_cli, run_program
from appliance.errors import NotFound, Unreachable
from launchd.identity import ProcessId, identify
from tests.fakes.waiting import LIMIT_S, LOOK_S
from tests.unit.appliance.engine.conftest import make_engine_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.appliance.engine.conftest import Machine

PYTHON = (sys.executable, "-I", "-S", "-c")
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"])
with open(sys.argv[1] + ".new", "w") as file: file.write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
"""
STAYING = FAMILY + "time.sleep(600)\n"


async def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not reached():
        assert time.monotonic() < deadline
        await asyncio.sleep(LOOK_S)


async def members(note: Path) -> list[ProcessId]:
    """The processes a family wrote down."""
    await until(lambda: os.access(note, os.R_OK))
    pids = await asyncio.to_thread(note.read_text)
    return [found for pid in pids.split() if (found := identify(int(pid)))]


async def test_code_output_and_input() -> None:
    code = "import sys; print(sys.stdin.read()[::-1]); print('bad', file=sys.stderr); sys.exit(3)"
    done = await run_program([*PYTHON, code], env={}, timeout=LIMIT_S, stdin=b"abc")
    assert (done.exit_code, done.stdout, done.stderr, done.cut) == (3, "cba\n", "bad\n", False)
    assert done.complaint == "bad"
    assert done.seconds > 0


async def test_output_beyond_the_cap_is_dropped_and_said_and_does_not_block() -> None:
    code = "import sys; sys.stdout.write('x' * 500_000); sys.stderr.write('end')"
    done = await run_program([*PYTHON, code], env={}, timeout=LIMIT_S, cap=1000)
    assert (len(done.stdout), done.stderr, done.cut, done.exit_code) == (1000, "end", True, 0)


async def test_a_program_that_does_not_read_its_input_is_no_error() -> None:
    done = await run_program([*PYTHON, "pass"], env={}, timeout=LIMIT_S, stdin=b"x" * 1_000_000)
    assert done.exit_code == 0


async def test_the_deadline_ends_the_whole_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deadlines: list[asyncio.Timeout] = []

    def kept(delay: float | None) -> asyncio.Timeout:
        deadlines.append(asyncio.Timeout(asyncio.get_running_loop().time() + (delay or 0.0)))
        return deadlines[-1]

    monkeypatch.setattr(asyncio, "timeout", kept)
    note = tmp_path / "pids"
    running = asyncio.create_task(run_program([*PYTHON, STAYING, str(note)], env={}, timeout=LIMIT_S))
    family = await members(note)
    (deadline,) = deadlines
    deadline.reschedule(asyncio.get_running_loop().time())
    with pytest.raises(Unreachable) as caught:
        await running
    assert caught.value.code == "engine-timeout"
    assert len(family) == 2
    assert not any(member.alive for member in family)


@pytest.mark.parametrize("leased", [False, True])
async def test_cancelling_ends_the_whole_group_before_it_returns(tmp_path: Path, leased: bool) -> None:
    note = tmp_path / "pids"
    argv = [*PYTHON, STAYING, str(note)]
    running = asyncio.create_task(run_program(argv, env=dict(os.environ), timeout=LIMIT_S, leased=leased))
    family = await members(note)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(family) == 2
    assert not any(member.alive for member in family)


async def test_what_a_finished_program_left_behind_goes_too(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    done = await run_program([*PYTHON, FAMILY + "print('done')", str(note)], env={}, timeout=LIMIT_S)
    assert (done.exit_code, done.stdout) == (0, "done\n")
    assert not await members(note)


async def test_a_leased_program_ends_when_we_are_killed(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    code = (
        "import asyncio, os, sys; from appliance.engine.process import run_program\n"
        "asyncio.run(run_program(sys.argv[1:], env=dict(os.environ), timeout=60, leased=True))"
    )
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, *PYTHON, STAYING, str(note)),
    )
    family = await members(note)
    owner.kill()
    await owner.wait()
    await until(lambda: not any(member.alive for member in family))
    assert len(family) == 2


async def test_what_cannot_be_run_is_named() -> None:
    with pytest.raises(NotFound) as caught:
        await run_program(["/nonexistent/node"], env={}, timeout=5)
    assert caught.value.code == "engine-missing"
    assert "/nonexistent/node" in caught.value.message


async def test_no_descriptors_are_lost() -> None:
    before = len(list(os.scandir("/dev/fd")))
    for leased in (False, True):
        await run_program([*PYTHON, "pass"], env=dict(os.environ), timeout=LIMIT_S, leased=leased)
        with pytest.raises(NotFound):
            await run_program(["/nonexistent"], env={}, timeout=LIMIT_S)
    assert len(list(os.scandir("/dev/fd"))) == before


async def test_openclaw_is_run_with_its_own_node_for_these_places(machine: Machine) -> None:
    make_engine_folder(machine.places.engine_dir)
    engine = find_ours(machine.places)
    assert engine
    (engine.root / "openclaw.mjs").write_text('echo "$@"; command -v node; echo $HOME\n')
    asked = ["config", "schema"]
    done = await run_cli(engine, asked, places=machine.places, timeout=LIMIT_S, env=machine.env)
    assert done.stdout.splitlines() == ["config schema", str(engine.node), str(machine.home)]
