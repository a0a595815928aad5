"""Installing the engine: Node from our wheel and OpenClaw by npm, or both from a packed folder.

Everything is put together in a staging folder, run once, renamed, and only then described by `engine.json`.
A kill at any moment leaves either no engine or a whole one; the next try removes what lies about.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.engine.disk import MIB, check_space, copy_entry, copy_tree, disk_errors, free_bytes, in_thread
from appliance.engine.environment import base_environment
from appliance.engine.find import find_ours
from appliance.engine.manifest import (
    NAME,
    Manifest,
    measure,
    platform_name,
    read_manifest,
    write_manifest,
)
from appliance.engine.models import Engine, Phase, Progress
from appliance.engine.node import ask_version, env_with_node_first, npm_script, shipped_node
from appliance.engine.npm import npm_ci
from appliance.engine.process import run_program
from appliance.engine.release import PINNED, lock_folder, version_numbers
from appliance.engine.staging import only_installer, replace_folder, staging_folder
from appliance.errors import Invalid, LunaError, NotFound, Unreachable
from appliance.places import Places, private_dir, sync_folder
from appliance.text import safe_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    OnProgress = Callable[[Progress], None]
    FreeBytes = Callable[[Path], int]
    ShippedNode = Callable[[], tuple[Path, str]]

NEEDED_BYTES = 1200 * MIB
"""Node, OpenClaw and npm's cache: 1,011 MB measured for 2026.9.6."""
TOTAL_S = 1800.0
RUN_S = 90.0
"""Longest first run of `openclaw --version`; 0.2 s on an idle machine."""
PENDING_MARKER = ".openclaw-lifecycle-pending"
"""In the package until its install scripts have run; it refuses to start with it."""


async def install(
    places: Places,
    *,
    source: Path | None = None,
    on_progress: OnProgress = lambda _: None,
    repair: bool = False,
    env: Mapping[str, str] | None = None,
    timeout: float = TOTAL_S,  # noqa: ASYNC109 - the deadline removes what was staged
    free: FreeBytes = free_bytes,
    shipped: ShippedNode = shipped_node,
) -> Engine:
    """Have our own engine in `places.engine_dir`; one that is there and whole is returned at once.

    Cancel the task to stop: npm is ended with all it started and the staging folder is removed before
    CancelledError rises.

    Args:
        source: a packed engine folder (`node-*`, `openclaw-*`, `engine.json`), for machines without network.
        repair: put it together again even when it is there.
        free: bytes free on the disk of a folder.
        shipped: the folder and the version of the Node that came with us.

    Raises:
        Unreachable: `registry-unreachable`, `registry-certificate`, `engine-timeout`.
        NotFound: `node-missing`, `engine-pack`, `registry-lacks-package`.
        Invalid: `engine-pack`, `engine-platform`, `engine-integrity`, `engine-broken`.
        Refused: `registry-refused`, `engine-folder`. LunaError: `no-space`, `disk-failing`, `engine-install`.
    """
    installer = _Installer(places, os.environ if env is None else env, on_progress, free, shipped)
    try:
        async with asyncio.timeout(timeout):
            with disk_errors(places.engine_dir):
                return await installer.run(source, repair=repair)
    except TimeoutError as error:
        raise Unreachable(
            f"The engine was not installed within {timeout / 60:.0f} minutes; nothing was left behind.",
            hint="The network may be slow; run the same command again, what was downloaded is kept.",
            code="engine-timeout",
            facts={"minutes": f"{timeout / 60:.0f}"},
        ) from error


class _Installer:
    """One installation, from the lock to the manifest."""

    def __init__(
        self,
        places: Places,
        env: Mapping[str, str],
        on_progress: OnProgress,
        free: FreeBytes,
        shipped: ShippedNode,
    ) -> None:
        self._places = places
        self._dir = places.engine_dir
        self._env = env
        self._on_progress = on_progress
        self._free = free
        self._shipped = shipped

    async def run(self, source: Path | None, *, repair: bool) -> Engine:
        pack = _read_pack(source) if source else None
        private_dir(self._dir)
        wanted = pack.openclaw if pack else PINNED
        async with only_installer(self._dir, lambda: self._say("wait", "Another installation is running.")):
            present = None if repair else self._present()
            if present is None or present.version != wanted:
                await self._put_together(source, pack)
                present = self._present()
        if present is None:
            raise LunaError(
                f"The engine in {self._dir} vanished while it was installed.", code="engine-install"
            )
        self._say("done", f"OpenClaw {present.version} is installed.")
        return present

    def _present(self) -> Engine | None:
        """Ours, when it can be used; a damaged description counts as none, we are about to replace it."""
        try:
            ours = find_ours(self._places)
        except Invalid:
            return None
        return ours if ours and not (ours.root / PENDING_MARKER).exists() else None

    async def _put_together(self, source: Path | None, pack: Manifest | None) -> None:
        needed = pack.size + 64 * MIB if pack else NEEDED_BYTES
        check_space(self._dir, needed, self._free)
        async with staging_folder(self._dir) as staging:
            if source and pack:
                await self._unpack(source, pack, staging)
            else:
                pack = await self._download(staging)
            await self._try_out(pack, staging)
            await self._publish(pack, staging)

    async def _unpack(self, source: Path, pack: Manifest, staging: Path) -> None:
        copied = reported = 0

        def on_bytes(count: int) -> None:
            nonlocal copied, reported
            copied += count
            if copied - reported >= 16 * MIB:
                reported = copied
                step = Progress("copy", copied // MIB, pack.size // MIB, "Copying the engine.")
                loop.call_soon_threadsafe(self._on_progress, step)

        def work(checkpoint: Callable[[], None]) -> tuple[int, int, str]:
            for folder in (pack.node_dir(source), pack.openclaw_dir(source)):
                copy_tree(folder, staging / folder.name, checkpoint, on_bytes)
            return measure(pack.node_dir(staging), pack.openclaw_dir(staging))

        loop = asyncio.get_running_loop()
        self._say("copy", "Copying the engine.", 0, pack.size // MIB)
        if await in_thread(work) != (pack.files, pack.size, pack.digest):
            raise Invalid(
                f"The packed engine in {source} is not complete: files are missing, cut off or added.",
                hint="Copy the folder again from where it was made.",
                code="engine-pack",
            )

    async def _download(self, staging: Path) -> Manifest:
        wheel, node_version = self._shipped()
        node_home = staging / f"node-{node_version}"
        self._say("node", f"Preparing Node {node_version}.")
        await in_thread(lambda checkpoint: _copy_node(wheel, node_home, checkpoint))
        target = staging / f"openclaw-{PINNED}"
        target.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(lock_folder() / name, target / name)
        await npm_ci(
            target,
            node_home,
            self._places,
            env=self._env,
            timeout=TOTAL_S,
            on_count=self._count,
        )
        files, size, digest = await in_thread(lambda _: measure(node_home, target))
        return Manifest(PINNED, node_version, platform_name(), files, size, digest)

    def _count(self, done: int, total: int) -> None:
        """The lock file names no addresses, so the first seconds go to asking where each package is."""
        text = f"Downloading OpenClaw {PINNED}." if done else f"Looking up the {total} packages of OpenClaw."
        self._say("download", text, done, total)

    async def _try_out(self, manifest: Manifest, staging: Path) -> None:
        """Run it once where it stands; an OpenClaw whose install scripts did not run would not start."""
        self._say("verify", f"Trying OpenClaw {manifest.openclaw}.")
        root, node = manifest.package_root(staging), manifest.node_program(staging)
        if (root / PENDING_MARKER).exists():
            raise _broken("its install scripts did not run")
        if await asyncio.to_thread(ask_version, node) != manifest.node:
            raise _broken("its Node does not run on this machine")
        home = private_dir(staging / "home")
        env = base_environment(self._places, self._env) | {"HOME": str(home), "NO_COLOR": "1"}
        argv = [str(node), str(root / "openclaw.mjs"), "--version"]
        answer = await run_program(argv, env=env_with_node_first(env, node), timeout=RUN_S, leased=True)
        if answer.exit_code != 0 or manifest.openclaw not in answer.stdout.split():
            raise _broken(safe_line(answer.complaint) or "it does not say its version")

    async def _publish(self, manifest: Manifest, staging: Path) -> None:
        """From here to the manifest it takes milliseconds, the flush before it seconds."""
        self._say("publish", "Writing everything to disk.")
        await in_thread(lambda _: os.sync())
        if self._described(manifest):
            (self._dir / NAME).unlink(missing_ok=True)
        node_dir = manifest.node_dir(self._dir)
        if ask_version(node_dir / "bin" / "node") != manifest.node or not npm_script(node_dir).exists():
            replace_folder(staging / node_dir.name, node_dir, staging)
        openclaw_dir = manifest.openclaw_dir(self._dir)
        replace_folder(staging / openclaw_dir.name, openclaw_dir, staging)
        sync_folder(self._dir)
        write_manifest(self._dir, manifest)

    def _described(self, manifest: Manifest) -> bool:
        """Whether the present description speaks of a folder that is about to be replaced."""
        try:
            present = read_manifest(self._dir)
        except Invalid:
            return True
        return present is not None and present.openclaw == manifest.openclaw

    def _say(self, phase: Phase, text: str, done: int = 0, total: int | None = None) -> None:
        self._on_progress(Progress(phase, done, total, text))


def _read_pack(source: Path) -> Manifest:
    """The description of a packed engine that can run here."""
    pack = read_manifest(source)
    if pack is None or not pack.package_root(source).is_dir() or not pack.node_program(source).is_file():
        raise NotFound(
            f"There is no packed engine in {source}.",
            hint=f"Name a folder that holds {NAME}, node-… and openclaw-….",
            code="engine-pack",
        )
    if pack.platform != platform_name():
        raise Invalid(
            f"The packed engine is for {pack.platform}; this machine is {platform_name()}.",
            hint="Use a packed engine made on a machine like this one.",
            code="engine-platform",
        )
    if not version_numbers(pack.openclaw):
        raise Invalid(f"{source} names no release.", hint="Make the folder again.", code="engine-pack")
    return pack


def _copy_node(wheel: Path, target: Path, checkpoint: Callable[[], None]) -> None:
    """A usual Node folder: `bin/node`, npm, and the two commands that Node's own archives have."""
    (target / "bin").mkdir(parents=True)
    (target / "lib" / "node_modules").mkdir(parents=True)
    copy_entry(wheel / "bin" / "node", target / "bin" / "node", str(wheel))
    checkpoint()
    npm = Path("lib", "node_modules", "npm")
    copy_tree(wheel / npm, target / npm, checkpoint, lambda _: None)
    for name in ("npm", "npx"):
        (target / "bin" / name).symlink_to(Path("..") / npm / "bin" / f"{name}-cli.js")


def _broken(reason: str) -> Invalid:
    return Invalid(
        f"The engine was put together but does not run: {reason}.",
        hint="Run the same command again; if it stays so, report it.",
        code="engine-broken",
    )
