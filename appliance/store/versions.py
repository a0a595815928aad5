"""Whole versions of the configuration: seen to change from outside, put aside, put back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from appliance.errors import Conflict, Invalid
from appliance.store.snapshot import RawFile
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.store.backups import Reason
    from appliance.store.config import ConfigStore
    from appliance.store.save import Saved

SETTLED_S = 0.3
"""A program that writes in place is given so long to end before what it wrote is called a version."""


@dataclass(frozen=True)
class PreparedRestore:
    """A version that passed every check and has not been put back yet."""

    now: RawFile
    """What it replaces."""
    readable: bool
    """Whether that can be read."""
    data: bytes
    problem: str
    """What OpenClaw would say against it, in words; the shop may have run on it all the same."""
    schema_origin: str


def notice(store: ConfigStore, *, wait: float = 0.0) -> bool:
    """Tell `store.outside` when the file is not what was last known, and know it then; whether it was.

    A first look only remembers. While somebody saves, and while the file is being written, nothing is said
    for now. `wait`: seconds to wait for another process of ours that saves or looks.

    Raises:
        LunaError: it cannot be read, or what was noticed could not be noted.
    """
    raw = store.read_raw()
    known = store.known(raw.real_path)
    last = known.read()
    if last is None and raw.status is not None:
        known.adopt(raw.data)
    return last is not None and last != raw.data and _notice(store, wait)


def _notice(store: ConfigStore, wait: float) -> bool:
    from appliance.store.known import is_from_outside
    from appliance.store.queueing import queue_lock
    from appliance.store.snapshot import resolve

    real = resolve(store.places.config_path)
    try:
        with queue_lock(store.places, real, time.monotonic() + wait, store.disk, lambda _text: None):
            raw, known = store.read_raw(), store.known(real)
            last = known.read()
            if last is None or last == raw.data:
                return False
            told = is_from_outside(store.backups, last, raw.data)
            if told and not _is_settled(raw):
                return False
            if told:
                store.outside(raw, last)
            known.keep(raw.data)
            return told
    except Conflict:  # another process of ours is at it, and tells
        return False


def _is_settled(raw: RawFile) -> bool:
    return raw.status is None or abs(time.time() - raw.status.st_mtime) >= SETTLED_S


def put_aside(store: ConfigStore, reason: Reason, data: bytes | None = None) -> str:
    """Keep a version among the backups, the present one unless `data` is given; returns its id.

    Raises:
        Conflict: `config-locked`, another process of ours saves.
        LunaError: it could not be written.
    """
    from appliance.store.locks import LOCK_BUDGET
    from appliance.store.queueing import queue_lock

    raw = store.read_raw()
    deadline = time.monotonic() + LOCK_BUDGET
    with queue_lock(store.places, raw.real_path, deadline, store.disk, lambda _text: None):
        return store.backups.add(store.read_raw().data if data is None else data, reason)


def unpin(store: ConfigStore, label: str) -> None:
    """Let go of the versions that are kept under `label`.

    Raises:
        Conflict: `config-locked`, another process of ours saves.
        LunaError: it could not be noted.
    """
    from appliance.store.locks import LOCK_BUDGET
    from appliance.store.queueing import queue_lock

    real = store.read_raw().real_path
    deadline = time.monotonic() + LOCK_BUDGET
    with queue_lock(store.places, real, deadline, store.disk, lambda _text: None):
        store.backups.unpin(label)


def prepare_restore(store: ConfigStore, data: bytes) -> PreparedRestore:
    """Check that `data` can take the place of the present file, which need not be readable.

    Raises:
        Invalid: `config-syntax`, the version cannot be read.
        Refused: `config-redacted`, `config-managed`, `config-folder`.
    """
    from appliance.store.document import Document
    from appliance.store.guards import refuse_markers

    store.refuse_managed()
    now = store.read_raw()
    value = Document.parse(data).value
    refuse_markers(value)
    problems = store.checks.problems(value, now.real_path.parent)
    told = f"That version has {len(problems)} problem(s) itself: {problems[0]}." if problems else ""
    return PreparedRestore(now, _can_be_read(now), data, told, store.checks.origin)


def _can_be_read(raw: RawFile) -> bool:
    from appliance.store.document import Document

    try:
        Document.parse(raw.data)
    except Invalid:
        return False
    return True


def restore(store: ConfigStore, prepared: PreparedRestore, *, operation: str, actor: str, why: str) -> Saved:
    """Put a version back: an ordinary save of the whole file, byte for byte.

    What it replaces is kept among the backups, and beside the file too when nothing can read it.

    Raises:
        Conflict: `config-changed`, the file is not the one that was looked at; `config-locked`, `busy`.
        LunaError: as `ConfigStore.save`.
    """
    from appliance.store.backups import Reason
    from appliance.store.save import Task

    now = prepared.now

    def refuse(_newer: RawFile) -> bytes:
        raise Conflict(
            f"{store.places.config_path} was changed by another program while this was looked at.",
            hint="Look again, then restore.",
            code="config-changed",
        )

    broken = now.status is not None and not prepared.readable
    reason = Reason(operation, actor, why, engine=prepared.schema_origin, pinned=BEFORE_RESTORE, poor=broken)
    name = f"{now.real_path.name}.broken.{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}" if broken else ""
    if broken:
        name = _free_name(now, name)
    task = Task(now.sha256, now.status is not None, prepared.data, refuse, reason, name)
    store.refuse_managed()
    return store.saver().run(task)


BEFORE_RESTORE = "before-restore"
"""The label under which what a restore replaced is kept."""


def _free_name(now: RawFile, name: str) -> str:
    taken = {path.name for path in now.real_path.parent.iterdir()}
    return next(each for each in (name, *(f"{name}-{n}" for n in range(1, 1000))) if each not in taken)
