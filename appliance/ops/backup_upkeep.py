"""`backup due`, `backup prune` and `backup settings`: backups that nobody has to think of."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.backup import schedule, shelf
from appliance.backup.schedule import Schedule
from appliance.errors import LunaError
from appliance.ops.backup_create import make
from appliance.ops.backup_drill import prove
from appliance.ops.backup_parts import Archive
from appliance.ops.core import (
    Call,
    Change,
    Done,
    Nothing,
    Operation,
    Prepared,
    Question,
    Risk,
    Undo,
    Verdict,
    param,
)
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.api import Appliance
    from appliance.backup.shelf import Kept


@dataclass(frozen=True)
class SetBackups:
    """How this box is backed up by itself; what is left out stays as it is."""

    daily: bool | None = param("Make a backup every day.", default=None)
    at: str = param("At this time of the day, HH:MM.", default="")
    last: int | None = param("Keep the newest so many.", default=None)
    weekly: int | None = param("And one of each of so many weeks.", default=None)
    prove_days: int | None = param("Prove the newest after so many days; 0 never does.", default=None)
    folder: str | None = param("Where archives go; empty for the usual folder.", default=None)


@dataclass(frozen=True)
class Upkeep:
    """What was due and was done."""

    created: Archive | None
    proven: str
    """Id of the archive that was proven; empty when none was due."""
    removed: tuple[str, ...]
    """Paths of archives that the schedule keeps no longer."""
    problems: tuple[str, ...]
    """What was due and did not work."""


@dataclass(frozen=True)
class Pruned:
    """Which archives are gone."""

    removed: tuple[str, ...]
    bytes: int


async def due(box: Appliance, _params: Nothing, call: Call) -> Prepared[Upkeep]:
    """Find out what the schedule asks for at this moment."""
    wanted = schedule.read_schedule(box.places)
    archives = shelf.Shelf(box.places).list()
    moment = datetime.now().astimezone()
    makes = schedule.backup_due(wanted, archives, moment)
    proves = schedule.proof_due(wanted, archives, moment) or (
        makes and bool(wanted.prove_days) and not archives
    )
    changes = []
    if makes:
        changes.append(
            Change("archives", "make today's backup, then remove what the schedule keeps no longer")
        )
    if proves:
        changes.append(Change("archives", "prove the newest backup"))

    async def commit() -> Done[Upkeep]:
        if not changes:
            return Done(Upkeep(None, "", (), ()))
        with shelf.at_work(box.places):
            return Done(await _keep_up(box, wanted, call, makes=makes, proves=proves))

    return Prepared(tuple(changes), commit)


async def _keep_up(box: Appliance, wanted: Schedule, call: Call, *, makes: bool, proves: bool) -> Upkeep:
    """A proof that fails must not cost the backup, nor a missing disk the proof."""
    from appliance.backup.keys import key_path, with_key_file

    problems: list[str] = []
    created: Archive | None = None
    removed: tuple[str, ...] = ()
    lock = with_key_file(key_path(box.places), create=True)
    if makes:
        folder = Path(wanted.folder) if wanted.folder else shelf.archives_dir(box.places)
        if wanted.folder and not folder.is_dir():
            problems.append(f"{folder} is not there, so the backup went to the usual folder.")
            folder = shelf.archives_dir(box.places)
        created = (await make(box, folder, lock, call)).archive
        removed = await asyncio.to_thread(_remove, box, _surplus(box, wanted))
    proven = ""
    if proves:
        newest = next(
            (kept for kept in shelf.Shelf(box.places).list() if kept.there and kept.key == "key-file"), None
        )
        try:
            proven = await _proven(box, newest, call)
        except LunaError as error:
            problems.append(error.message)
    return Upkeep(created, proven, removed, tuple(problems))


async def _proven(box: Appliance, kept: Kept | None, call: Call) -> str:
    import psutil

    from appliance.backup.drill import refuse_short_memory
    from appliance.ops.backup_parts import lock_for

    if kept is None:
        return ""
    refuse_short_memory(psutil.virtual_memory().available)
    return (await prove(box, kept, lock_for(box, kept, None, ""), box.engine(), call)).archive


async def prune(box: Appliance, _params: Nothing, _call: Call) -> Prepared[Pruned]:
    """Which archives the schedule keeps no longer."""
    over = _surplus(box, schedule.read_schedule(box.places))

    async def commit() -> Done[Pruned]:
        with shelf.at_work(box.places):
            return Done(Pruned(_remove(box, over), sum(kept.size for kept in over)))

    return Prepared(tuple(Change(kept.path, f"remove; made {kept.created}") for kept in over), commit)


def _surplus(box: Appliance, wanted: Schedule) -> tuple[Kept, ...]:
    """Only archives made here, in the folders that the schedule writes to."""
    folders = {str(shelf.archives_dir(box.places)), wanted.folder}
    here = [kept for kept in shelf.Shelf(box.places).list() if str(Path(kept.path).parent) in folders]
    return shelf.surplus([kept for kept in here if kept.verified], wanted.last, wanted.weekly)


def _remove(box: Appliance, over: Sequence[Kept]) -> tuple[str, ...]:
    store = shelf.Shelf(box.places)
    for kept in over:
        Path(kept.path).unlink(missing_ok=True)
        store.forget(kept.id)
    return tuple(kept.path for kept in over)


async def settings(box: Appliance, params: SetBackups, _call: Call) -> Prepared[Schedule]:
    """Check the wishes and compare them with what holds."""
    known = schedule.read_schedule(box.places)
    wishes = {name: value for name, value in params.__dict__.items() if value is not None}
    if not wishes.get("at"):
        wishes.pop("at", None)
    wanted = Schedule(**{**known.__dict__, **wishes})
    changes = tuple(
        Change(f"backup.{name}", f"{getattr(known, name)} → {value}")
        for name, value in wanted.__dict__.items()
        if getattr(known, name) != value
    )

    async def commit() -> Done[Schedule]:
        if changes:
            schedule.write_schedule(box.places, wanted)
        return Done(wanted, Undo(SETTINGS.name, dict(known.__dict__)))

    return Prepared(changes, commit)


DUE = Operation(
    "backup.due",
    "Make and prove what the backup schedule asks for now",
    Risk.CHANGE,
    Nothing,
    Upkeep,
    prepare=due,
    no_undo="An archive is a new file and changes nothing else.",
    verdict=lambda done: Verdict.FINDINGS if done.problems else Verdict.DONE,
)
PRUNE = Operation(
    "backup.prune",
    "Remove archives that the backup schedule keeps no longer",
    Risk.DANGER,
    Nothing,
    Pruned,
    prepare=prune,
    consequence=lambda _params: Question("The archives that the schedule keeps no longer are gone for good."),
    no_undo="An archive that was removed cannot be fetched back.",
    local=True,
)
SETTINGS = Operation(
    "backup.settings",
    "Say when backups are made and which are kept",
    Risk.CHANGE,
    SetBackups,
    Schedule,
    prepare=settings,
    local=True,
)
