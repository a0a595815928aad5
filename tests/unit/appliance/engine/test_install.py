"""Installing from a packed folder: whole or not at all, one at a time, whatever interrupts it.

The packed engines are small shell scripts; installing the real one over the network is an end-to-end test.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from appliance.engine.disk import MIB, disk_errors
from appliance.engine.find import find_ours
from appliance.engine.install import PENDING_MARKER, install
from appliance.engine.manifest import NAME, measure, read_manifest
from appliance.errors import Invalid, LunaError, NotFound, Refused, Unreachable
from tests.unit.appliance.engine.conftest import describe, make_engine_folder, make_node

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.engine.models import Progress
    from tests.unit.appliance.engine.conftest import Machine


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A packed engine."""
    make_engine_folder(tmp_path / "pack")
    return tmp_path / "pack"


def leftovers(machine: Machine) -> list[str]:
    """What lies in the engine folder and is not part of an installed engine."""
    engine_dir = machine.places.engine_dir
    if not engine_dir.exists():
        return []
    whole = {NAME, ".install.lock", "node-24.19.0", "openclaw-2026.9.6"}
    return sorted(path.name for path in engine_dir.iterdir() if path.name not in whole)


async def test_a_packed_engine_is_copied_run_and_described(machine: Machine, pack: Path) -> None:
    steps: list[Progress] = []
    engine = await install(machine.places, source=pack, env=machine.env, on_progress=steps.append)
    assert engine == find_ours(machine.places)
    assert (engine.version, engine.origin, engine.usable) == ("2026.9.6", "ours", True)
    assert read_manifest(machine.places.engine_dir) == read_manifest(pack)
    assert [step.phase for step in steps] == ["copy", "verify", "publish", "done"]
    assert leftovers(machine) == []
    assert machine.places.engine_dir.stat().st_mode & 0o777 == 0o700


async def test_what_is_there_is_returned_at_once(machine: Machine, pack: Path) -> None:
    await install(machine.places, source=pack, env=machine.env)
    before = measure(machine.places.engine_dir)
    shutil.rmtree(pack / "openclaw-2026.9.6" / "node_modules" / "openclaw" / "dist")
    steps: list[Progress] = []
    await install(machine.places, source=pack, env=machine.env, on_progress=steps.append)
    assert [step.phase for step in steps] == ["done"]
    assert measure(machine.places.engine_dir) == before


async def test_repair_puts_it_together_again(machine: Machine, pack: Path) -> None:
    engine = await install(machine.places, source=pack, env=machine.env)
    (engine.root / "openclaw.mjs").unlink()
    (
        machine.places.engine_dir / "node-24.19.0" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    ).unlink()
    await install(machine.places, source=pack, env=machine.env, repair=True)
    files, size, digest = measure(
        machine.places.engine_dir / "node-24.19.0", machine.places.engine_dir / "openclaw-2026.9.6"
    )
    manifest = read_manifest(machine.places.engine_dir)
    assert manifest
    assert (manifest.files, manifest.size, manifest.digest) == (files, size, digest)
    assert leftovers(machine) == []


async def test_a_broken_engine_is_put_together_without_being_asked(machine: Machine, pack: Path) -> None:
    engine = await install(machine.places, source=pack, env=machine.env)
    (engine.root / "openclaw.mjs").unlink()
    again = await install(machine.places, source=pack, env=machine.env)
    assert again == engine
    assert (engine.root / "openclaw.mjs").exists()


async def test_a_node_that_a_gateway_may_be_running_is_kept(machine: Machine, pack: Path) -> None:
    await install(machine.places, source=pack, env=machine.env)
    node = machine.places.engine_dir / "node-24.19.0" / "bin" / "node"
    before = node.stat().st_ino
    await install(machine.places, source=pack, env=machine.env, repair=True)
    assert node.stat().st_ino == before


async def test_another_release_comes_beside_the_first(machine: Machine, pack: Path, tmp_path: Path) -> None:
    await install(machine.places, source=pack, env=machine.env)
    make_engine_folder(tmp_path / "newer", "2026.10.1")
    engine = await install(machine.places, source=tmp_path / "newer", env=machine.env)
    assert engine.version == "2026.10.1"
    assert (machine.places.engine_dir / "openclaw-2026.9.6").is_dir()


@pytest.mark.parametrize("damage", ["missing", "cut", "added", "not executable", "other link"])
async def test_a_damaged_pack_is_refused_and_nothing_stays(machine: Machine, pack: Path, damage: str) -> None:
    root = pack / "openclaw-2026.9.6" / "node_modules" / "openclaw"
    npm = pack / "node-24.19.0" / "bin" / "npm"
    match damage:
        case "missing":
            (root / "dist" / "index.js").unlink()
        case "cut":
            (root / "package.json").write_text((root / "package.json").read_text()[:-1] + "  ")
        case "added":
            (root / "dist" / "extra.js").write_text("x")
        case "not executable":
            (root / "openclaw.mjs").chmod(0o644)
        case "other link":
            npm.unlink()
            npm.symlink_to("node")
    with pytest.raises(Invalid) as caught:
        await install(machine.places, source=pack, env=machine.env)
    assert caught.value.code == "engine-pack"
    assert find_ours(machine.places) is None
    assert leftovers(machine) == []


@pytest.mark.parametrize("kind", ["absolute link", "link that leaves", "pipe"])
async def test_a_pack_with_odd_things_in_it_is_refused(machine: Machine, pack: Path, kind: str) -> None:
    odd = pack / "openclaw-2026.9.6" / "odd"
    match kind:
        case "absolute link":
            odd.symlink_to("/etc/passwd")
        case "link that leaves":
            odd.symlink_to("../../../../etc/passwd")
        case "pipe":
            os.mkfifo(odd)
    describe(pack)
    with pytest.raises(Invalid) as caught:
        await install(machine.places, source=pack, env=machine.env)
    assert caught.value.code == "engine-pack"
    assert "odd" in caught.value.message
    assert leftovers(machine) == []


async def test_a_pack_of_another_platform_is_refused(machine: Machine, tmp_path: Path) -> None:
    make_engine_folder(tmp_path / "pack", platform="win32-arm64")
    with pytest.raises(Invalid) as caught:
        await install(machine.places, source=tmp_path / "pack", env=machine.env)
    assert caught.value.code == "engine-platform"
    assert "win32-arm64" in caught.value.message


@pytest.mark.parametrize("absent", ["folder", "description", "node", "package"])
async def test_a_folder_that_is_no_pack_is_said(machine: Machine, pack: Path, absent: str) -> None:
    match absent:
        case "folder":
            shutil.rmtree(pack)
        case "description":
            (pack / NAME).unlink()
        case "node":
            (pack / "node-24.19.0" / "bin" / "node").unlink()
        case "package":
            shutil.rmtree(pack / "openclaw-2026.9.6")
    with pytest.raises(NotFound) as caught:
        await install(machine.places, source=pack, env=machine.env)
    assert caught.value.code == "engine-pack"


async def test_install_scripts_that_did_not_run_are_noticed(machine: Machine, pack: Path) -> None:
    (pack / "openclaw-2026.9.6" / "node_modules" / "openclaw" / PENDING_MARKER).write_text("")
    describe(pack)
    with pytest.raises(Invalid) as caught:
        await install(machine.places, source=pack, env=machine.env)
    assert caught.value.code == "engine-broken"
    assert leftovers(machine) == []


@pytest.mark.parametrize("script", ["exit 1", "echo OpenClaw 2026.9.60", "echo >&2 cannot load; exit 1"])
async def test_what_does_not_run_is_not_installed(machine: Machine, pack: Path, script: str) -> None:
    (pack / "openclaw-2026.9.6" / "node_modules" / "openclaw" / "openclaw.mjs").write_text(script + "\n")
    describe(pack)
    with pytest.raises(Invalid) as caught:
        await install(machine.places, source=pack, env=machine.env)
    assert caught.value.code == "engine-broken"
    assert find_ours(machine.places) is None
    assert leftovers(machine) == []


async def test_a_node_that_does_not_run_here_is_noticed(machine: Machine, pack: Path) -> None:
    make_node(pack / "node-24.19.0" / "bin" / "node", "24.19.1")
    describe(pack)
    with pytest.raises(Invalid) as caught:
        await install(machine.places, source=pack, env=machine.env)
    assert "Node" in caught.value.message


async def test_no_space_is_said_before_anything_is_written(machine: Machine, pack: Path) -> None:
    for source, words in ((pack, "64 MB are needed"), (None, "1200 MB are needed")):
        with pytest.raises(LunaError) as caught:
            await install(machine.places, source=source, env=machine.env, free=lambda _: 5 * MIB)
        assert caught.value.code == "no-space"
        assert "5 MB are free" in caught.value.message
        assert words in caught.value.message
    assert leftovers(machine) == []


async def test_a_disk_that_fills_up_midway_leaves_nothing(
    machine: Machine, pack: Path, tmp_path: Path
) -> None:
    """A file larger than this process may write: the system refuses it as it refuses a full disk."""

    with pytest.raises(LunaError) as caught, disk_errors(tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(pack))
    assert caught.value.code == "no-space"
    with pytest.raises(LunaError) as failing, disk_errors(tmp_path):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    assert failing.value.code == "disk-failing"
    with pytest.raises(Refused) as refused, disk_errors(tmp_path):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(machine.home))
    assert str(machine.home) in refused.value.message
    with pytest.raises(IsADirectoryError), disk_errors(tmp_path):
        raise IsADirectoryError


async def test_two_installers_do_one_installation(machine: Machine, pack: Path) -> None:
    steps: list[list[Progress]] = [[], []]
    engines = await asyncio.gather(
        *(install(machine.places, source=pack, env=machine.env, on_progress=seen.append) for seen in steps)
    )
    assert engines[0] == engines[1]
    phases = [[step.phase for step in seen] for seen in steps]
    assert sorted(phases) == [["copy", "verify", "publish", "done"], ["wait", "done"]]


async def test_waiting_for_another_installer_can_be_cancelled(machine: Machine, pack: Path) -> None:
    slow = pack / "openclaw-2026.9.6" / "node_modules" / "openclaw" / "openclaw.mjs"
    slow.write_text("sleep 60\n")
    describe(pack)
    first, waits = asyncio.Event(), asyncio.Event()
    one = asyncio.create_task(
        install(machine.places, source=pack, env=machine.env, on_progress=_sets(first, "verify"))
    )
    await first.wait()
    two = asyncio.create_task(
        install(machine.places, source=pack, env=machine.env, on_progress=_sets(waits, "wait"))
    )
    await waits.wait()
    for task in (two, one):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert find_ours(machine.places) is None
    assert leftovers(machine) == []


@pytest.mark.parametrize("phase", ["copy", "verify", "publish"])
async def test_cancelling_in_any_phase_leaves_nothing(machine: Machine, pack: Path, phase: str) -> None:
    reached = asyncio.Event()
    task = asyncio.create_task(
        install(machine.places, source=pack, env=machine.env, on_progress=_sets(reached, phase))
    )
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert find_ours(machine.places) is None
    assert leftovers(machine) == []
    assert (await install(machine.places, source=pack, env=machine.env)).usable


async def test_the_deadline_removes_what_was_staged(machine: Machine, pack: Path) -> None:
    root = pack / "openclaw-2026.9.6" / "node_modules" / "openclaw"
    (root / "openclaw.mjs").write_text("sleep 60\n")
    describe(pack)
    with pytest.raises(Unreachable) as caught:
        await install(machine.places, source=pack, env=machine.env, timeout=0.5)
    assert caught.value.code == "engine-timeout"
    assert leftovers(machine) == []


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from appliance.engine.install import install
from appliance.places import Places
def at(step):
    if step.phase == sys.argv[3]: os.kill(os.getpid(), signal.SIGKILL)
env = {"HOME": sys.argv[1], "PATH": ""}
asyncio.run(install(Places.from_environment(env), source=Path(sys.argv[2]), env=env, on_progress=at))
"""


@pytest.mark.parametrize("phase", ["copy", "verify", "publish", "done"])
async def test_a_kill_in_any_phase_is_mended_next_time(machine: Machine, pack: Path, phase: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, str(machine.home), str(pack), phase)
    )
    assert await process.wait() == -signal.SIGKILL
    assert (find_ours(machine.places) is not None) == (phase == "done")
    engine = await install(machine.places, source=pack, env=machine.env)
    assert engine.usable
    assert leftovers(machine) == []


async def test_a_folder_left_by_a_dead_installer_is_swept_and_no_other(machine: Machine, pack: Path) -> None:
    engine_dir = machine.places.engine_dir
    (engine_dir / ".staging-999999-0123abcd" / "deep").mkdir(parents=True)
    (engine_dir / "openclaw-2026.9.6" / "half").mkdir(parents=True)
    (engine_dir / ".staging-mine").mkdir()
    await install(machine.places, source=pack, env=machine.env)
    assert leftovers(machine) == [".staging-mine"]
    assert not (engine_dir / "openclaw-2026.9.6" / "half").exists()


async def test_copies_keep_times_and_share_the_disk(machine: Machine, pack: Path) -> None:
    """OpenClaw keys its compile cache by the time of its package.json."""
    package = pack / "openclaw-2026.9.6" / "node_modules" / "openclaw" / "package.json"
    os.utime(package, (499162500, 499162500))
    engine = await install(machine.places, source=pack, env=machine.env)
    copied = (engine.root / "package.json").stat()
    assert copied.st_mtime == 499162500
    assert copied.st_ino == package.stat().st_ino


async def test_files_that_others_may_write_are_copied_not_shared(machine: Machine, pack: Path) -> None:
    package = pack / "openclaw-2026.9.6" / "node_modules" / "openclaw" / "package.json"
    package.chmod(0o666)
    engine = await install(machine.places, source=pack, env=machine.env)
    copied = (engine.root / "package.json").stat()
    assert copied.st_ino != package.stat().st_ino
    assert copied.st_mode & 0o022 == 0


def test_measuring_is_about_names_sizes_bits_and_links(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "b").write_text("x")
    (folder / "a").symlink_to("b")
    first = measure(folder)
    assert first[:2] == (2, 1)
    os.utime(folder / "b", (time.time() + 5, 0))
    assert measure(folder) == first
    (folder / "b").chmod(0o755)
    assert measure(folder) != first


def _sets(event: asyncio.Event, phase: str) -> Callable[[Progress], None]:
    def seen(step: Progress) -> None:
        if step.phase == phase:
            event.set()

    return seen
