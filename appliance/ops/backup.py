"""`backup`: archives of the whole box: which there are, and whether they hold what they say."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from appliance.backup import schedule, shelf
from appliance.backup.schedule import Schedule
from appliance.errors import LunaError
from appliance.ops.backup_create import CREATE
from appliance.ops.backup_drill import DRILL
from appliance.ops.backup_parts import Archive, archive_of, find, lock_for, read_whole, size_of
from appliance.ops.backup_restore import RESTORE, REVERT
from appliance.ops.backup_upkeep import DUE, PRUNE, SETTINGS
from appliance.ops.core import Call, Nothing, Operation, Risk, Verdict, param
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance


@dataclass(frozen=True)
class OneArchive:
    """Which archive, and what opens it."""

    archive: str = param("Its id, its path, or newest.", positional=True, default="newest")
    passphrase: Secret | None = param("The passphrase it was locked with.", default=None)
    key_file: str = param("The backup.key of the box that made it, when that is another one.", default="")


@dataclass(frozen=True)
class SettingsVersion:
    """An earlier version of the settings, from the ring of openclaw.json."""

    id: str
    made: str
    """UTC, ISO 8601."""
    size: int
    operation: str
    actor: str
    pinned: str
    """Why it stays whatever comes after it; empty when it does not."""
    differs: tuple[str, ...] = ()
    """Sections that are otherwise now; empty when it says the same."""
    readable: bool = True


@dataclass(frozen=True)
class Backups:
    """All that could be put back."""

    archives: tuple[Archive, ...]
    versions: tuple[SettingsVersion, ...]
    schedule: Schedule
    due: bool
    overdue: bool
    free: int
    """Bytes free where archives go."""
    folder: str


@dataclass(frozen=True)
class Left:
    """Something that is not in the archive."""

    path: str
    reason: str


@dataclass(frozen=True)
class Verified:
    """An archive of which every file was read and compared."""

    archive: Archive
    staff: tuple[str, ...]
    """Names of the agents in it."""
    parts: tuple[str, ...]
    """The folders and files that are restored as a whole, as they stood on its box."""
    left_out: tuple[Left, ...]


async def list_backups(box: Appliance, _params: Nothing, _call: Call) -> Backups:
    """Archives and versions of the settings, from files alone."""
    from pathlib import Path

    wanted = schedule.read_schedule(box.places)
    archives = shelf.Shelf(box.places).list()
    moment = datetime.now().astimezone()
    folder = Path(wanted.folder) if wanted.folder else shelf.archives_dir(box.places)
    above = folder
    while not above.exists():
        above = above.parent
    return Backups(
        tuple(map(archive_of, archives)),
        _versions(box),
        wanted,
        schedule.backup_due(wanted, archives, moment),
        schedule.overdue(wanted, archives, moment),
        box.config.disk.free(above),
        str(folder),
    )


def _versions(box: Appliance) -> tuple[SettingsVersion, ...]:
    """Newest first, each compared with the settings as they are."""
    from appliance.store.document import Document
    from appliance.store.edits import MISSING, same

    try:
        now: dict[str, object] = box.config.read().value
    except LunaError:
        now = {}  # what cannot be read differs from every version
    found = []
    for item in box.config.backups.list():
        differs: tuple[str, ...] = ()
        readable = False
        try:
            old = Document.parse(box.config.backups.read(item.id)).value
        except LunaError:
            pass  # what is damaged is shown as that
        else:
            names = (*old, *(name for name in now if name not in old))
            differs = tuple(
                name for name in names if not same(old.get(name, MISSING), now.get(name, MISSING))
            )
            readable = True
        found.append(
            SettingsVersion(
                item.id, item.made, item.size, item.operation, item.actor, item.pinned, differs, readable
            )
        )
    return tuple(found)


async def verify(box: Appliance, params: OneArchive, call: Call) -> Verified:
    """Read all of one archive and compare every file with the list in it.

    Raises:
        Invalid: it is damaged, refused, or the key is not its key.
        NotFound: there is no such archive.
    """
    kept = find(box, params.archive)
    lock = lock_for(box, kept, params.passphrase, params.key_file)
    manifest = await read_whole(box, kept, lock, call)
    return Verified(
        archive_of(find(box, kept.path)),
        manifest.about.agents,
        tuple(root.path for root in manifest.roots),
        tuple(Left(item.path, item.reason) for item in manifest.left_out),
    )


def _render_list(found: Backups) -> str:
    if not found.archives:
        return "There is no archive of this box yet: lunatui backup create"
    lines = []
    for item in found.archives:
        marks = "proven" if item.proven else "checked" if item.verified else "not checked"
        where = "" if item.there else " (its disk is not here)"
        problem = f"  {item.problem}" if item.problem else ""
        name = f"{item.id[:8]}  {item.created or 'unknown':<25}"
        lines.append(f"{name}  {size_of(item.size):>9}  {marks:<11}  {item.path}{where}{problem}")
    return "\n".join(lines)


def _render_verified(found: Verified) -> str:
    archive = found.archive
    lines = [
        f"{archive.path}: whole. {archive.files} files, {size_of(archive.content)}, every one compared.",
        f"  staff: {', '.join(found.staff)}",
    ]
    lines += [f"  not in it: {item.path} ({item.reason})" for item in found.left_out]
    return "\n".join(lines)


LIST = Operation(
    "backup.list",
    "Archives of the box and earlier versions of its settings",
    Risk.READ,
    Nothing,
    Backups,
    run=list_backups,
    local=True,
    verdict=lambda found: Verdict.FINDINGS if found.overdue or not found.archives else Verdict.DONE,
    render=_render_list,
)
VERIFY = Operation(
    "backup.verify",
    "Read an archive whole and compare every file in it",
    Risk.READ,
    OneArchive,
    Verified,
    run=verify,
    render=_render_verified,
)

OPERATIONS = (CREATE, LIST, VERIFY, RESTORE, REVERT, DRILL, DUE, PRUNE, SETTINGS)
