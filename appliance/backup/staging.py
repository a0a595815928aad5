"""Unpacks an archive beside the places it will take, every file hashed; nothing in use is touched."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from appliance.backup.reading import verify
from appliance.errors import LunaError
from appliance.places import private_dir
from appliance.store.disk import confirm
from appliance.store.faults import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from appliance.backup.keys import Lock
    from appliance.backup.models import Manifest
    from appliance.backup.pace import Pace
    from appliance.backup.tape import Item
    from appliance.store.disk import Disk

SPARE = 256 << 20
"""Bytes that stay free after unpacking."""


def unpack(path: Path, lock: Lock, targets: Mapping[str, Path], pace: Pace, disk: Disk) -> Manifest:
    """Unpack each root of the archive to its target, which must not exist; synced when this returns.

    Args:
        targets: by name of a root, where it goes; roots that are not named are read and dropped.

    Raises:
        Invalid: the archive is damaged or refused; what was unpacked is removed by the caller.
        LunaError: no space, the disk failed; `cancelled`.
    """
    place = next(iter(targets.values())).parent if targets else path.parent
    with explained(place, disk, doing="unpack a backup beside"), path.open("rb") as file:
        unpacking = _Unpacking(targets, disk)
        try:
            manifest = verify(file, lock, pace, path.stat().st_size, unpacking.sink, phase="unpack")
        finally:
            unpacking.close()
        unpacking.sync()
        return manifest


def refuse_small(disk: Disk, folder: Path, needed: int) -> None:
    """Raise `no-space` when so many bytes do not fit beside what is there."""
    here = folder
    while not here.exists():
        here = here.parent
    free = disk.free(here)
    if free < needed + SPARE:
        raise LunaError(
            f"Unpacking needs {(needed + SPARE) >> 20} MiB, and {free >> 20} MiB are free beside {folder}.",
            hint="Free some space on that disk.",
            code="no-space",
            facts={"free": str(free), "needed": str(needed + SPARE)},
        )


def remove_tree(path: Path) -> None:
    """Remove something that was unpacked, links in it not followed; raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


class _Unpacking:
    """The open ends of one unpacking."""

    def __init__(self, targets: Mapping[str, Path], disk: Disk) -> None:
        self._targets = targets
        self._disk = disk
        self._descriptor = -1
        self._folders: dict[Path, None] = {}

    def sink(self, item: Item) -> Callable[[bytes], None] | None:
        """Make the folder or file, and return what takes its content."""
        self.close()
        path = self._path(item.name)
        if path is None:
            return None
        if item.is_folder:
            self._folder(path)
            return None
        self._folder(path.parent)
        self._descriptor = self._disk.create(path, 0o700 if item.executable else 0o600)
        return self._take

    def close(self) -> None:
        """Let go of the file that is being written, finished or not."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def sync(self) -> None:
        """Make the names last; the contents are synced file by file."""
        for folder in reversed(self._folders):
            self._disk.sync_folder(folder)

    def _take(self, piece: bytes) -> None:
        if piece:
            self._disk.write_all(self._descriptor, piece)
            return
        confirm(self._disk, self._descriptor)
        descriptor, self._descriptor = self._descriptor, -1
        self._disk.close(descriptor)

    def _folder(self, path: Path) -> None:
        if path not in self._folders:
            private_dir(path)
            self._folders[path] = None

    def _path(self, name: str) -> Path | None:
        """The longest root that `name` belongs to decides; names were checked when they were read."""
        parts = name.split("/")
        for end in range(len(parts), 0, -1):
            target = self._targets.get("/".join(parts[:end]))
            if target is not None:
                return target.joinpath(*parts[end:])
        return None
