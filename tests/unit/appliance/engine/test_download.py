"""The way over npm, with a Node and an npm of shell scripts: what each of its failures leaves behind."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from appliance.engine.find import find_ours
from appliance.engine.install import install
from appliance.engine.node import shipped_node
from appliance.engine.npm import npm_script
from appliance.errors import Invalid, LunaError, Unreachable
from launchd.identity import identify
from tests.unit.appliance.engine.conftest import make_node

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.engine.models import Engine, Progress
from tests.unit.appliance.engine.conftest import Machine

GOOD = """
mkdir -p node_modules/openclaw
cd node_modules/openclaw
echo '{"name": "openclaw", "version": "2026.9.6", "engines": {"node": ">=24"}}' > package.json
echo 'echo OpenClaw 2026.9.6' > openclaw.mjs
"""


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A Node as a wheel brings it: with caches of Python's and an npm."""
    folder = tmp_path / "wheel"
    make_node(folder / "bin" / "node")
    npm_script(folder).parent.mkdir(parents=True)
    (folder / "lib" / "node_modules" / "npm" / "__pycache__").mkdir()
    return folder


async def run(
    machine: Machine, wheel: Path, npm: str, on_progress: Callable[[Progress], None] = lambda _: None
) -> Engine:
    npm_script(wheel).write_text(npm)
    return await install(
        machine.places, env=machine.env, on_progress=on_progress, shipped=lambda: (wheel, "24.19.0")
    )


def left(machine: Machine) -> list[str]:
    return sorted(path.name for path in machine.places.engine_dir.iterdir())


async def test_node_and_openclaw_end_up_side_by_side(machine: Machine, wheel: Path) -> None:
    steps: list[Progress] = []
    engine = await run(machine, wheel, GOOD, steps.append)
    assert engine == find_ours(machine.places)
    assert left(machine) == [".install.lock", "engine.json", "node-24.19.0", "openclaw-2026.9.6"]
    node_dir = machine.places.engine_dir / "node-24.19.0"
    assert sorted(path.name for path in (node_dir / "bin").iterdir()) == ["node", "npm", "npx"]
    assert (node_dir / "bin" / "npm").resolve() == npm_script(node_dir).resolve()
    assert not list(node_dir.rglob("__pycache__"))
    phases = list(dict.fromkeys(step.phase for step in steps))
    assert phases == ["node", "download", "verify", "publish", "done"]


async def test_the_lock_file_we_ship_is_what_npm_gets(machine: Machine, wheel: Path, tmp_path: Path) -> None:
    await run(machine, wheel, f"cp package.json package-lock.json {tmp_path}\n{GOOD}")
    from appliance.engine.release import lock_folder

    for name in ("package.json", "package-lock.json"):
        assert (tmp_path / name).read_bytes() == (lock_folder() / name).read_bytes()


async def test_a_failure_of_npm_leaves_nothing(machine: Machine, wheel: Path) -> None:
    with pytest.raises(Unreachable):
        await run(machine, wheel, f"{GOOD}\necho 'npm error code ENOTFOUND' >&2; exit 1")
    assert left(machine) == [".install.lock"]


async def test_scripts_that_npm_skipped_are_noticed(machine: Machine, wheel: Path) -> None:
    with pytest.raises(Invalid) as caught:
        await run(machine, wheel, f"{GOOD}\ntouch .openclaw-lifecycle-pending")
    assert "install scripts" in caught.value.message
    assert left(machine) == [".install.lock"]


async def test_an_npm_that_installs_nothing_is_noticed(machine: Machine, wheel: Path) -> None:
    with pytest.raises(LunaError) as caught:
        await run(machine, wheel, "exit 0")
    assert caught.value.code == "engine-broken"
    assert left(machine) == [".install.lock"]


async def test_cancelling_while_npm_runs_leaves_nothing(
    machine: Machine, wheel: Path, tmp_path: Path
) -> None:
    begun = asyncio.Event()

    def tell(step: Progress) -> None:
        if step.phase == "download" and step.done:
            begun.set()

    task = asyncio.create_task(run(machine, wheel, f"{GOOD}\nsleep 60", tell))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left(machine) == [".install.lock"]
    assert (await run(machine, wheel, GOOD)).usable


INTERRUPTED = """
import asyncio, sys
from pathlib import Path
from appliance.engine.install import install
from appliance.places import Places
env = {"HOME": sys.argv[1], "PATH": ""}
def tell(step): print(step.phase, step.done, flush=True)
work = install(
    Places.from_environment(env), env=env, on_progress=tell, shipped=lambda: (Path(sys.argv[2]), "24.19.0")
)
try:
    asyncio.run(work)
except KeyboardInterrupt:
    sys.exit(130)
"""


async def test_control_c_ends_npm_and_leaves_nothing(machine: Machine, wheel: Path, tmp_path: Path) -> None:
    npm_script(wheel).write_text(f"echo $$ > {tmp_path}/npm-pid\n{GOOD}\nsleep 60")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", INTERRUPTED, str(machine.home), str(wheel)), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    while await process.stdout.readline() != b"download 1\n":
        assert process.returncode is None
    npm = identify(int(await asyncio.to_thread((tmp_path / "npm-pid").read_text)))
    assert npm
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 130
    assert not npm.alive
    assert left(machine) == [".install.lock"]


async def test_a_callers_bug_in_progress_rises_and_leaves_nothing(machine: Machine, wheel: Path) -> None:
    def broken(_: Progress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run(machine, wheel, GOOD, broken)
    assert left(machine) == [".install.lock"]


def test_the_node_that_came_with_us_is_there_and_has_an_npm() -> None:
    folder, version = shipped_node()
    assert (folder / "bin" / "node").is_file()
    assert npm_script(folder).is_file()
    assert version.startswith("24.")
