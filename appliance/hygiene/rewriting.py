"""Replacing the content of a file that is not openclaw.json: whole or not at all, its owner and mode kept.

The same order as a save: new file beside it, synced, read back, looked at once more, renamed, folder synced.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from appliance.errors import Conflict, LunaError
from appliance.hygiene.reading import FILE_LIMIT
from appliance.store.disk import confirm, read_file, remove_quietly
from appliance.store.faults import explained, refuse_when_failing
from appliance.store.hooks import Hook, no_hook
from appliance.store.metadata import carry_over
from appliance.store.names import temporary_beside
from appliance.store.snapshot import RawFile, refuse_odd_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.store.disk import Disk

_ROUNDS = 5


def rewrite(path: Path, change: Callable[[bytes], bytes], disk: Disk, hook: Hook = no_hook) -> bool:
    """Put `change` of the bytes in their place; whether that made a difference. A link is never followed.

    Raises:
        Refused: `config-file`, no plain file of ours under one name.
        Conflict: `busy`, somebody keeps writing to it.
        LunaError: as a save.
    """
    refuse_when_failing(disk)
    for _ in range(_ROUNDS):
        with explained(path, disk):
            raw = _read(path, disk)
        if raw.status is None:
            return False
        refuse_odd_file(raw)
        after = change(raw.data)
        if after == raw.data:
            return False
        if _replace(raw, after, disk, hook):
            return True
    raise Conflict(f"{path} kept changing while it was to be rewritten.", hint="Try again.", code="busy")


def _read(path: Path, disk: Disk) -> RawFile:
    try:
        descriptor = disk.open_read(path)
    except FileNotFoundError:
        return RawFile(path, b"", None)
    try:
        return RawFile(path, disk.read(descriptor, FILE_LIMIT), os.fstat(descriptor))
    finally:
        os.close(descriptor)


def _replace(raw: RawFile, after: bytes, disk: Disk, hook: Hook) -> bool:
    """False when somebody has changed the file meanwhile."""
    target = raw.real_path
    temporary = temporary_beside(target)
    with explained(target, disk):
        try:
            hook("rewrite-write")
            _write(raw, temporary, after, disk)
            if (
                hashlib.sha256(read_file(disk, temporary, FILE_LIMIT)).digest()
                != hashlib.sha256(after).digest()
            ):
                raise LunaError(
                    f"What was written beside {target} does not read back; the old file was kept.",
                    hint="Check the disk.",
                    code="disk-failing",
                )
            hook("rewrite-restat")
            if not _is_unchanged(raw, disk):
                remove_quietly(temporary)
                return False
            hook("rewrite-rename")
            disk.rename(temporary, target)
            hook("rewrite-sync-folder")
            disk.sync_folder(target.parent)
        except BaseException:
            remove_quietly(temporary)
            raise
    return True


def _write(raw: RawFile, temporary: Path, after: bytes, disk: Disk) -> None:
    descriptor = disk.create(temporary)
    try:
        disk.write_all(descriptor, after)
        if raw.status is not None:
            carry_over(raw.real_path, raw.status, descriptor)
        confirm(disk, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    disk.close(descriptor)


def _is_unchanged(raw: RawFile, disk: Disk) -> bool:
    then = raw.status
    try:
        now = disk.stat(raw.real_path)
    except FileNotFoundError:
        return False
    return then is not None and (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns) == (
        then.st_dev,
        then.st_ino,
        then.st_size,
        then.st_mtime_ns,
    )
