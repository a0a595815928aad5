"""`backup restore` and `backup revert`: a whole box out of an archive, and the way back."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.backup import shelf
from appliance.backup.restoring import (
    backwards,
    drop_record,
    earlier_restore,
    existing,
    moves_for,
    unpack_parts,
)
from appliance.backup.swap import SwapPlan, Swaps
from appliance.backup.vault_part import VaultInArchive, expect_restored, keep_key
from appliance.ops.backup_engine import refuse_foreign, started, stopped
from appliance.ops.backup_notes import restore_notes
from appliance.ops.backup_parts import find, in_thread, lock_for, pace_of
from appliance.ops.core import (
    Call,
    Change,
    Done,
    Operation,
    Prepared,
    Question,
    Risk,
    Undo,
    param,
)
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.api import Appliance
    from appliance.backup.keys import Lock
    from appliance.backup.shelf import Kept
    from appliance.backup.target import Layout, Placed


@dataclass(frozen=True)
class RestoreBackup:
    """Which archive, and what opens it."""

    archive: str = param("Its id, its path, or newest.", positional=True)
    passphrase: Secret | None = param("The passphrase it was locked with.", default=None)
    key_file: str = param("The backup.key of the box that made it, when that is another one.", default="")
    start: bool = param("Start the Gateway afterwards, also where none ran before.", default=False)


@dataclass(frozen=True)
class RevertRestore:
    """Which restore is taken back."""

    restore: str = param("Its id; the newest one when left out.", default="")


@dataclass(frozen=True)
class Restored:
    """What stands where now."""

    id: str
    """Of this restore; names what it put into the trash."""
    archive: str
    replaced: tuple[str, ...]
    created: tuple[str, ...]
    aside: tuple[str, ...]
    """Records of the other box, kept where they can be looked up."""
    rewritten: tuple[str, ...]
    """Settings whose folder is another one on this box."""
    running: bool
    problem: str = ""
    """Why the Gateway does not run, when it should."""


async def restore(box: Appliance, params: RestoreBackup, call: Call) -> Prepared[Restored]:
    """Read the whole archive, and compare where everything goes with what is there.

    Raises:
        Invalid: the archive is damaged or refused.
        Conflict: a Gateway runs that lunatui did not start.
        LunaError: no space.
    """
    from appliance.backup.reading import manifest_of
    from appliance.backup.staging import refuse_small
    from appliance.backup.target import layout, placed

    kept = find(box, params.archive)
    lock = lock_for(box, kept, params.passphrase, params.key_file)
    pace = pace_of(call)
    vault = VaultInArchive(box.places)
    manifest = await in_thread(pace, lambda: manifest_of(Path(kept.path), lock, pace, vault.sink))
    where = layout(manifest, box.places)
    parts = tuple(placed(manifest, where, box.places, kept.id))
    refuse_small(box.config.disk, box.places.state_dir, manifest.size)
    await refuse_foreign(box)

    async def commit() -> Done[Restored]:
        with shelf.at_work(box.places):
            done = await _carry_out(box, kept, lock, parts, where, params, call)
        return Done(done, Undo(REVERT.name, {"restore": done.id}))

    changes = tuple(_change(part) for part in parts)
    notes = await asyncio.to_thread(restore_notes, box, manifest, where, vault)
    return Prepared(changes, commit, notes)


async def revert(box: Appliance, params: RevertRestore, call: Call) -> Prepared[Restored]:
    """Check that what the restore replaced is still in the trash.

    Raises:
        NotFound: `restore-unknown`, there is no such restore, or it is longer ago than the trash keeps.
    """
    plan = await asyncio.to_thread(earlier_restore, box.places, params.restore)
    await refuse_foreign(box)
    back = backwards(plan, box.places, REVERT.name, call.actor)

    async def commit() -> Done[Restored]:
        with shelf.at_work(box.places):
            swaps = _swaps(box, call)
            entry = swaps.begin(back)
            was_running = await stopped(box, call)
            await asyncio.to_thread(swaps.carry_out, entry)
            drop_record(box.places, plan)
            running, problem = await started(box, call) if was_running else (False, "")
        replaced = tuple(move.target for move in back.moves)
        return Done(Restored(back.id, plan.archive, replaced, (), (), (), running, problem))

    return Prepared(tuple(Change(move.target, "as it was before the restore") for move in back.moves), commit)


async def _carry_out(
    box: Appliance,
    kept: Kept,
    lock: Lock,
    parts: Sequence[Placed],
    where: Layout,
    params: RestoreBackup,
    call: Call,
) -> Restored:
    from appliance.store.plans import entry_name

    swap_id = entry_name()
    _pin_present(box, call)
    plan = SwapPlan(swap_id, "backup.restore", call.actor, kept.id, moves_for(parts, box.places, swap_id))
    swaps = _swaps(box, call)
    entry = swaps.begin(plan)
    try:
        changed = await _unpacked(box, kept, lock, parts, where, plan, call)
        was_running = await stopped(box, call)
    except BaseException:
        await asyncio.to_thread(swaps.discard, entry)
        raise
    existed = existing(plan)
    await asyncio.to_thread(swaps.carry_out, entry)
    running, problem = await started(box, call) if was_running or params.start else (False, "")
    return _told(plan, parts, existed, changed, running, problem)


async def _unpacked(
    box: Appliance,
    kept: Kept,
    lock: Lock,
    parts: Sequence[Placed],
    where: Layout,
    plan: SwapPlan,
    call: Call,
) -> tuple[str, ...]:
    """Everything beside the place it will take; returns the settings that were rewritten."""
    pace, disk = pace_of(call), box.config.disk

    def work() -> tuple[str, ...]:
        changed = unpack_parts(Path(kept.path), lock, parts, plan, where, box.places.config_path, pace, disk)
        keep_key(box.places, plan.moves, disk)
        return changed

    return await in_thread(pace, work)


def _told(
    plan: SwapPlan,
    parts: Sequence[Placed],
    existed: Sequence[bool],
    changed: tuple[str, ...],
    running: bool,
    problem: str,
) -> Restored:
    named = list(zip(parts, existed, strict=True))
    return Restored(
        plan.id,
        plan.archive,
        tuple(str(part.target) for part, there in named if there and not part.aside),
        tuple(str(part.target) for part, there in named if not there and not part.aside),
        tuple(str(part.target) for part, _ in named if part.aside),
        changed,
        running,
        problem,
    )


def _swaps(box: Appliance, call: Call) -> Swaps:
    disk = box.config.disk
    return Swaps(box.places, disk, arrived=expect_restored(box.places, disk, box.audit, call.via))


def _pin_present(box: Appliance, call: Call) -> None:
    """The present settings stay in the ring whatever happens, outside the five."""
    from appliance.store.backups import Reason

    if not box.places.config_path.exists():
        return
    raw = box.config.read_raw()
    backups = box.config.backups
    backups.pin(
        backups.add(raw.data, Reason("backup.restore", call.actor, "before a restore")), "before-restore"
    )


def _change(part: Placed) -> Change:
    if part.aside:
        return Change(str(part.target), "keep beside")
    there = os.path.lexists(part.target)
    return Change(str(part.target), "replace; what is there goes to the trash" if there else "create")


def _consequence(params: RestoreBackup) -> str:
    return Question(
        f"The box becomes what it was in the archive {params.archive}; what is there now goes to the trash "
        "for 30 days.",
        archive=params.archive,
    )


def render(done: Restored) -> str:
    """For a terminal."""
    lines = [f"restored from {done.archive}: {len(done.replaced)} replaced, {len(done.created)} created"]
    if done.rewritten:
        lines.append(f"  folders that are others here: {', '.join(done.rewritten)}")
    lines.append(f"  engine: {'running' if done.running else done.problem or 'not started'}")
    lines.append("  back: lunatui backup revert")
    return "\n".join(lines)


RESTORE = Operation(
    "backup.restore",
    "Put the whole box back from an archive",
    Risk.DANGER,
    RestoreBackup,
    Restored,
    prepare=restore,
    consequence=_consequence,
    render=render,
)
REVERT = Operation(
    "backup.revert",
    "Take back a restore: what it replaced comes out of the trash",
    Risk.DANGER,
    RevertRestore,
    Restored,
    prepare=revert,
    consequence=lambda _params: Question(
        "The box becomes what it was before the restore; what was restored goes to the trash for 30 days."
    ),
    render=render,
    no_undo="Restore the archive again to have it back.",
)
