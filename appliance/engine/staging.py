"""Where an engine is put together before it counts: one staging folder, one installer at a time."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from appliance.engine.disk import in_thread, remove_tree
from appliance.places import private_dir
from appliance.store.file_lock import held, take

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

LOCK = ".install.lock"
STAGING = re.compile(r"\.staging-\d+-[0-9a-f]{8}")
POLL_S = 0.2


@asynccontextmanager
async def only_installer(engine_dir: Path, on_wait: Callable[[], None]) -> AsyncIterator[None]:
    """Hold the folder against other installers; the lock ends with the process that holds it."""
    said = False
    while (lock := take(engine_dir / LOCK, deadline=0.0)) is None:
        if not said:
            on_wait()
        said = True
        await asyncio.sleep(POLL_S)
    with held(lock):
        yield


@asynccontextmanager
async def staging_folder(engine_dir: Path) -> AsyncIterator[Path]:
    """A fresh folder on the same disk as the engine; gone afterwards with what was not renamed out of it.

    Under the installer lock every other staging folder belongs to a dead installer and is removed first.
    """
    await in_thread(lambda _: _sweep(engine_dir))
    staging = private_dir(engine_dir / f".staging-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        yield staging
    finally:
        removal = asyncio.ensure_future(asyncio.to_thread(remove_tree, staging))
        try:
            await asyncio.shield(removal)
        except asyncio.CancelledError:
            await removal
            raise


def _sweep(engine_dir: Path) -> None:
    for leftover in engine_dir.iterdir():
        if STAGING.fullmatch(leftover.name):
            remove_tree(leftover)


def replace_folder(staged: Path, target: Path, staging: Path) -> None:
    """Rename into place; what stood there goes into the staging folder and with it."""
    if target.exists():
        target.rename(staging / f"replaced-{target.name}-{secrets.token_hex(4)}")
    staged.rename(target)
