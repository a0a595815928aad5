"""The history entry of a finished change: what it means, from the versions before and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.api import Appliance
    from appliance.history.difference import Difference
    from appliance.history.entries import Entry
    from appliance.ops.core import Call, Done


def remember(
    box: Appliance,
    operation: str,
    call: Call,
    changes: Sequence[str],
    done: Done[Any],
    undo: Mapping[str, Any] | None,
) -> Entry:
    """Store the entry of a change that has happened.

    Raises:
        LunaError: it could not be written.
    """
    edited = bool(done.after) and done.before != done.after
    backup, told = _versions(box, done.before, done.after) if edited else ("", ())
    entry = box.history.add(
        actor=call.actor,
        operation=operation,
        changes=changes,
        undo=undo,
        via=call.via,
        before=done.before,
        after=done.after,
        backup=backup,
        told=told,
        takes_back=done.takes_back,
    )
    if edited and box.history.open_losses():
        from appliance.history.outside import settle_what_is_back

        settle_what_is_back(box.config, box.history)
    return entry


def _versions(box: Appliance, before: str, after: str) -> tuple[str, tuple[Difference, ...]]:
    """Id of the version before, and what the change means; nothing where a version is gone already."""
    import hashlib

    from appliance.history.loss import change_between

    try:
        listed = box.config.backups.list()
        old = next((entry for entry in listed if entry.sha256 == before), None)
        known = box.config.known(box.config.read_raw().real_path).read() or b""
        newer = next((entry for entry in listed if entry.sha256 == after), None)
        if hashlib.sha256(known).hexdigest() != after:
            known = box.config.backups.read(newer.id) if newer else b""
        if old is None and before != hashlib.sha256(b"").hexdigest():
            return "", ()
        was = box.config.backups.read(old.id) if old else b""
        return (old.id if old else ""), change_between(was, known) if known else ()
    except LunaError:  # the change is entered all the same, by its settings
        return "", ()
