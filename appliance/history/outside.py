"""A change by somebody else as an entry: what it means, what it lost, who it probably was, the way back."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError
from appliance.history.entries import OUTSIDE, Entry, History
from appliance.history.loss import change_between, loss_between, readable
from appliance.history.writer import likely_writer

if TYPE_CHECKING:
    from appliance.store.config import ConfigStore
    from appliance.store.snapshot import RawFile

CHANGE = f"{OUTSIDE}change"
_MOST_PATHS = 100
"""A change of more settings than this is taken back as a whole."""


def note_outside(store: ConfigStore, history: History, now: RawFile, known: bytes, via: str) -> Entry:
    """Store the entry for a change from `known` to `now`, and what was known among the backups.

    The caller holds the queue lock. Saying the same twice adds one entry, so that whoever was killed in
    between can begin again.

    Raises:
        LunaError: it could not be written.
    """
    before, after = (hashlib.sha256(data).hexdigest() for data in (known, now.data))
    newest = history.newest()
    if newest is not None and newest.is_outside and (newest.before, newest.after) == (before, after):
        return newest
    told, lost = change_between(known, now.data), loss_between(known, now.data)
    actor, evidence = likely_writer(store.places, known, now.data, readable(now.data) or {})
    backup = _put_aside(store, known, actor, label_of(before) if lost else "")
    entry = history.add(
        actor=actor,
        operation=CHANGE,
        changes=tuple(each.text for each in told),
        undo=way_back(known, now.data, backup) if backup else None,
        via=via,
        before=before,
        after=after,
        backup=backup,
        told=told,
        lost=lost,
        evidence=evidence,
    )
    if lost:
        history.note_losses([*history.open_losses(), entry])
    settle_what_is_back(store, history, holds_lock=True)
    return entry


def label_of(before: str) -> str:
    """The label under which the version before a loss is kept; `before` is its SHA-256."""
    return f"loss-{before[:8]}"


def settle(store: ConfigStore, history: History, entry: Entry, how: str, *, holds_lock: bool = False) -> None:
    """A loss needs nobody any more; the version before it is kept no longer than any other.

    `holds_lock`: the caller holds the queue lock.

    Raises:
        LunaError: it could not be noted.
    """
    from appliance.store.versions import unpin

    history.settle(entry, how)
    left = history.open_losses()
    history.note_losses(left)
    if all(other.before != entry.before for other in left):
        label = label_of(entry.before)
        store.backups.unpin(label) if holds_lock else unpin(store, label)


def settle_what_is_back(store: ConfigStore, history: History, *, holds_lock: bool = False) -> None:
    """Settle the losses of which nothing is missing any more."""
    for entry in history.open_losses():
        try:
            was = store.backups.read(entry.backup)
        except LunaError:  # nothing to compare with: a person decides
            continue
        if not loss_between(was, store.read_raw().data):
            settle(store, history, entry, "back", holds_lock=holds_lock)


def way_back(before: bytes, after: bytes, backup: str) -> dict[str, Any]:
    """The undo of a change: the settings it touched, where they are few and both versions can be read."""
    from appliance.store.changes import differences, touched_roots, value_fingerprint
    from appliance.store.edits import FORBIDDEN_KEYS, Edit, format_path, lookup

    whole = {"operation": "history.restore", "params": {"version": backup}}
    old, new = readable(before), readable(after)
    if old is None or new is None:
        return whole
    changes = list(differences(old, new))
    if any(FORBIDDEN_KEYS & set(each.path) for each in changes):
        return whole
    roots = touched_roots(old, [Edit(each.path, each.after) for each in changes if each.path])
    if not 0 < len(roots) <= _MOST_PATHS:
        return whole
    return {
        "operation": "config.revert",
        "params": {
            "backup": backup,
            "paths": [format_path(path) for path in roots],
            "expect": [value_fingerprint(lookup(new, path)) for path in roots],
        },
    }


def _put_aside(store: ConfigStore, data: bytes, actor: str, label: str) -> str:
    from appliance.store.backups import Reason

    if not data:
        return ""
    poor = readable(data) is None
    return store.backups.add(
        data, Reason(CHANGE, actor, "changed by another program", pinned=label, poor=poor)
    )
