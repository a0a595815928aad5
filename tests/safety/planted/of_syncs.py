"""The disk is not asked to confirm something, or too late."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance import places
from appliance.audit import log
from appliance.places import private_dir
from appliance.store import actions, backups, disk, locks, plans, save
from tests.safety.planted.bug import Bug, near, nothing

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from appliance.store.disk import Disk


def _write_without_sync(on: Disk, path: Path, data: bytes, mode: int = 0o600) -> None:
    descriptor = on.create(path, mode)
    on.write_all(descriptor, data)
    on.close(descriptor)


def _replace_without_folder(on: Disk, path: Path, data: bytes, temporary: Path, mode: int = 0o600) -> None:
    disk.write_new(on, temporary, data, mode)
    on.rename(temporary, path)


def _append_without_sync(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.write(descriptor, data)
    os.close(descriptor)


def _records_unsynced() -> None:
    (log.AuditLog.__init__.__kwdefaults__ or {})["write"] = _append_without_sync


def _make_folder_without_sync(path: Path, mode: int, _on: Disk) -> None:
    path.mkdir(mode=mode, exist_ok=True)


def _ready_first() -> None:
    stage = plans.stage

    def staged(folder: Path, plan: Any, steps: Any, on: Disk) -> None:
        plans.mark(private_dir(folder), plans.READY, on)
        stage(folder, plan, steps, on)

    setattr(plans, "stage", staged)  # noqa: B010


def _unsynced(module: ModuleType) -> Callable[[], None]:
    """New files of `module` are not synced."""
    return lambda: setattr(module, "write_new", _write_without_sync)


BUGS = (
    Bug("the new configuration is not synced", lambda: setattr(save, "confirm", nothing), near("save")),
    Bug(
        "the folder of the configuration is not synced",
        lambda: setattr(save.Saver, "_confirm_folder", nothing),
        near("save"),
    ),
    Bug("the lock is published unsynced", _unsynced(locks), near("save")),
    Bug("a backup is not synced", _unsynced(backups), near("ring")),
    Bug(
        "the folder of the backups is not synced",
        lambda: setattr(backups, "replace_file", _replace_without_folder),
        near("ring"),
    ),
    Bug("a plan is not synced", _unsynced(plans), near("creation")),
    Bug("a plan counts before it is there", _ready_first, near("creation")),
    Bug("a text is not synced", _unsynced(actions), near("creation")),
    Bug(
        "a folder made by a plan is not synced",
        lambda: setattr(actions, "_make_folder", _make_folder_without_sync),
        near("creation"),
    ),
    Bug(
        "new folders and small files of ours are not synced by name",
        lambda: setattr(places, "sync_folder", nothing),
        near("first command"),
    ),
    Bug("a record is not synced", _records_unsynced, near("record")),
    Bug(
        "a new segment is not synced by name",
        lambda: setattr(log, "sync_folder", nothing),
        near("record"),
    ),
    Bug(
        "the cut of a torn line is not synced",
        lambda: setattr(os, "ftruncate", nothing),
        near("record behind a torn line"),
    ),
)
