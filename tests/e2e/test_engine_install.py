"""The real OpenClaw installed by the real npm: whole, cancelled, killed, without network, from a pack."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from appliance.engine.find import find_ours
from appliance.engine.install import PENDING_MARKER, install
from appliance.engine.manifest import measure, read_manifest
from appliance.engine.process import run_cli
from appliance.engine.release import PINNED
from appliance.errors import Unreachable
from appliance.places import Places
from tests.e2e.shop import LIMIT_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.engine.models import Engine, Progress

pytestmark = pytest.mark.e2e

KILLED = """
import asyncio, os, sys
from pathlib import Path
from appliance.engine.install import install
from appliance.places import Places
def tell(step):
    if step.phase == "download": print(step.done, flush=True)
places = Places.from_environment(os.environ)
asyncio.run(install(places, on_progress=tell))
"""


@pytest.fixture
def places(tmp_path: Path, machine_cache: Path) -> Iterator[Places]:
    """A throw-away home with an engine folder of its own (700 MB, removed); downloads are the machine's."""
    env = {"HOME": str(tmp_path / "home"), "LUNATUI_CACHE": str(machine_cache)}
    places = Places.from_environment(env)
    yield places
    shutil.rmtree(places.engine_dir, ignore_errors=True)


def running_below(folder: Path) -> list[str]:
    """Programs that were started from a folder or work in it."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        if str(folder) in words:
            found.append(words)
    return found


def once(phase: str, event: asyncio.Event, least: int = 0) -> Callable[[Progress], None]:
    """Sets the event when the installation has come so far."""

    def tell(step: Progress) -> None:
        if step.phase == phase and step.done >= least:
            event.set()

    return tell


async def test_npm_installs_the_pinned_release_whole(places: Places) -> None:
    steps: list[Progress] = []
    engine = await install(places, on_progress=steps.append)
    assert (engine.version, engine.origin, engine.usable) == (PINNED, "ours", True)
    assert not (engine.root / PENDING_MARKER).exists()
    downloads = [step for step in steps if step.phase == "download"]
    assert downloads[-1].done == downloads[-1].total
    manifest = read_manifest(places.engine_dir)
    assert manifest
    folders = (manifest.node_dir(places.engine_dir), manifest.openclaw_dir(places.engine_dir))
    assert measure(*folders) == (manifest.files, manifest.size, manifest.digest)
    assert sorted(path.name for path in places.engine_dir.iterdir()) == sorted(
        [".install.lock", "engine.json", folders[0].name, folders[1].name]
    )
    version = await run_cli(engine, ["--version"], places=places, timeout=LIMIT_S)
    assert version.exit_code == 0
    assert PINNED in version.stdout
    npm = await asyncio.create_subprocess_exec(
        *(str(folders[0] / "bin" / "npm"), "--version"),
        env={"PATH": f"{folders[0] / 'bin'}:/usr/bin:/bin", "HOME": str(places.user_home)},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await npm.communicate()
    assert npm.returncode == 0
    assert output.strip()


async def test_a_kill_in_the_middle_leaves_no_process_and_the_next_try_finishes(places: Places) -> None:
    env = {"HOME": str(places.user_home), "LUNATUI_CACHE": str(places.cache_dir)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED), env=env, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    while int(await process.stdout.readline()) < 20:
        assert process.returncode is None
    process.kill()
    assert await process.wait() == -signal.SIGKILL
    deadline = time.monotonic() + LIMIT_S
    while running_below(places.engine_dir):
        assert time.monotonic() < deadline, running_below(places.engine_dir)
        await asyncio.sleep(0.1)
    assert find_ours(places) is None
    assert list(places.engine_dir.glob(".staging-*"))
    engine = await install(places)
    assert engine.usable
    assert not list(places.engine_dir.glob(".staging-*"))


async def test_cancelling_the_download_leaves_neither_process_nor_file(places: Places) -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(install(places, on_progress=once("download", begun, least=5)))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, LIMIT_S)
    assert not running_below(places.engine_dir)
    assert [path.name for path in places.engine_dir.iterdir()] == [".install.lock"]


async def test_without_a_network_it_says_so_in_one_sentence(places: Places, tmp_path: Path) -> None:
    env = {"HOME": str(places.user_home), "npm_config_registry": "http://127.0.0.1:9/"}
    own_cache = Places.from_environment({"HOME": str(tmp_path / "home")})
    with pytest.raises(Unreachable) as caught:
        await install(own_cache, env=env)
    assert caught.value.code == "registry-unreachable"
    assert "ECONNREFUSED" in caught.value.message
    assert [path.name for path in own_cache.engine_dir.iterdir()] == [".install.lock"]


async def test_a_packed_engine_needs_no_network_and_runs(engine: Engine, places: Places) -> None:
    nowhere = {
        "HOME": str(places.user_home),
        "HTTPS_PROXY": "http://127.0.0.1:9/",
        "npm_config_registry": "http://127.0.0.1:9/",
    }
    pack = engine.node.parent.parent.parent
    copied = await install(places, source=pack, env=nowhere)
    assert copied.root != engine.root
    places.state_dir.mkdir(parents=True, mode=0o700)
    places.config_path.write_text(json.dumps({"gateway": {"mode": "local"}}))
    places.config_path.chmod(0o600)
    answer = await run_cli(copied, ["config", "validate", "--json"], places=places, timeout=LIMIT_S)
    assert json.loads(answer.stdout)["valid"] is True
