"""What is put right at the start, before the first change: nothing of it asks, all of it is on record."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.audit.intents import close_abandoned, note, note_recovery
from appliance.errors import LunaError

if TYPE_CHECKING:
    from appliance.api import Appliance

RECOVERY = "system:recovery"
"""Who finishes or undoes what was cut off."""


def begin(box: Appliance, via: str) -> None:
    """Finish or undo what an earlier process left half done, and clear away what it left behind.

    Raises:
        LunaError: something could not be put right, so no change may follow.
    """
    if box.cut_off():
        _end_operations(box, via)
        _end_restores(box, via)
    box.config.sweep()
    _mend_way_to_vault(box, via)
    close_abandoned(box.audit, via)
    _empty_trash(box, via)


def _end_operations(box: Appliance, via: str) -> None:
    """Operations over several files: each end is on record and in the history."""
    for item in box.journal.recover():
        note_recovery(box.audit, via, item)
        box.history.add(
            actor=RECOVERY,
            operation=item.operation,
            changes=item.kept,
            undo=None,
            via=via,
            why=item.outcome,
        )


def _end_restores(box: Appliance, via: str) -> None:
    """Restores of whole boxes."""
    from appliance.backup.swap import Swaps
    from appliance.backup.vault_part import expect_restored

    disk = box.config.disk
    arrived = expect_restored(box.places, disk, box.audit, via)
    for restore in Swaps(box.places, disk, arrived=arrived).recover():
        note(box.audit, via, restore.operation, restore.outcome)


def _mend_way_to_vault(box: Appliance, via: str) -> None:
    """After an update of ours OpenClaw would start a program that is no longer there."""
    from appliance.vault import shim

    path = shim.path_of(box.places)
    wrong = shim.problem(box.places) if os.path.lexists(path) else ""
    if not wrong:
        return
    from appliance.audit.events import VAULT_WAY

    note(box.audit, via, VAULT_WAY, "begun", [f"{path} is written anew: {wrong}"])
    try:
        shim.install(box.places, box.config.disk)
    except LunaError as error:  # secrets status goes on saying what is wrong
        note(box.audit, via, VAULT_WAY, error.message)


def _empty_trash(box: Appliance, via: str) -> None:
    """Remove what has lain there for 30 days; where that fails, it is noted and stops nobody."""
    if not box.places.trash_dir.exists():
        return
    from appliance.audit.events import EMPTY_TRASH
    from appliance.store.trash import expired, remove

    try:
        over = expired(box.places.trash_dir)
    except LunaError as error:
        note(box.audit, via, EMPTY_TRASH, error.message)
        return
    if over:
        note(box.audit, via, EMPTY_TRASH, "begun", [f"{entry} goes for good" for entry in over])
    for problem in filter(None, map(remove, over)):
        note(box.audit, via, EMPTY_TRASH, problem)
