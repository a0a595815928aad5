"""What is put right at the start, before the first change: nothing of it asks, all of it is on record."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.audit.intents import close_abandoned, note, note_recovery
from appliance.errors import LunaError

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.audit.intents import OpenIntent
    from appliance.backup.swap import Recovered as RestoreRecovered
    from appliance.store.journal import Recovered

RECOVERY = "system:recovery"
"""Who finishes or undoes what was cut off."""
_ENDS = {
    "discarded": "had not begun, and nothing of it is left",
    "rolled-back": "was undone",
    "rolled-forward": "was finished",
    "finished": "had been finished",
}


def begin(box: Appliance, via: str) -> tuple[str, ...]:
    """Finish or undo what an earlier process left half done, and clear away what it left behind.

    Returns what was cut off and how it ended, one sentence each.

    Raises:
        LunaError: something could not be put right, so no change may follow.
    """
    ended: list[Recovered | RestoreRecovered] = []
    if box.cut_off():
        ended += _end_operations(box, via)
        ended += _end_restores(box, via)
    box.config.sweep()
    _mend_way_to_vault(box, via)
    abandoned = close_abandoned(box.audit, via)
    _empty_trash(box, via)
    return (*map(_in_words, ended), *_unended(abandoned, {item.operation for item in ended}))


def _in_words(item: Recovered | RestoreRecovered) -> str:
    how = f"After an interruption: {item.operation} {_ENDS.get(item.outcome, item.outcome)}."
    return " ".join((how, *item.kept))


def _unended(abandoned: tuple[OpenIntent, ...], told: set[str]) -> list[str]:
    """What has no journal: whether it took effect is for the change's own place to say."""
    names = dict.fromkeys(intent.op for intent in abandoned if intent.op not in told)
    return [f"{name} was cut off before its end was recorded; see whether it took effect." for name in names]


def _end_operations(box: Appliance, via: str) -> tuple[Recovered, ...]:
    """Operations over several files: each end is on record and in the history."""
    ended = box.journal.recover()
    for item in ended:
        note_recovery(box.audit, via, item)
        box.history.add(
            actor=RECOVERY,
            operation=item.operation,
            changes=item.kept,
            undo=None,
            via=via,
            why=item.outcome,
        )
    return ended


def _end_restores(box: Appliance, via: str) -> tuple[RestoreRecovered, ...]:
    """Restores of whole boxes."""
    from appliance.backup.swap import Swaps
    from appliance.backup.vault_part import expect_restored

    disk = box.config.disk
    arrived = expect_restored(box.places, disk, box.audit, via)
    ended = Swaps(box.places, disk, arrived=arrived).recover()
    for restore in ended:
        note(box.audit, via, restore.operation, restore.outcome)
    return ended


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
