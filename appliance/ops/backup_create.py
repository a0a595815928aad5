"""`backup create`: one encrypted file with all that makes this box."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.backup import schedule, shelf
from appliance.backup.models import About, LeftOut
from appliance.errors import LunaError, NotFound
from appliance.ops.backup_parts import Archive, archive_of, in_thread, pace_of, size_of
from appliance.ops.core import Call, Change, Done, Event, Operation, Prepared, Risk, param
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.backup.engine_part import EnginePart
    from appliance.backup.keys import Lock
    from appliance.backup.models import Root
    from appliance.backup.pace import Pace
    from appliance.backup.writing import Written

ENGINE_S = 3600.0
"""Longest time for OpenClaw's own part; 5 s for six agents, a full disk of conversations takes longer."""


@dataclass(frozen=True)
class CreateBackup:
    """Where the archive goes and what opens it."""

    to: str = param("A folder for it, such as another disk; the usual one when left out.", default="")
    passphrase: Secret | None = param(
        "Lock it with a passphrase instead of this box's own key.", default=None
    )


@dataclass(frozen=True)
class Left:
    """Something that is not in the archive."""

    path: str
    reason: str


@dataclass(frozen=True)
class Created:
    """The new archive, read back whole."""

    archive: Archive
    seconds: float
    left_out: tuple[Left, ...]
    key_note: str
    """What has to be kept elsewhere, so that the archive can be opened when this box is gone."""


async def create(box: Appliance, params: CreateBackup, call: Call) -> Prepared[Created]:
    """Check key, folder and engine.

    Raises:
        NotFound: there is OpenClaw state here and no OpenClaw to pack it.
        Usage: the passphrase is too short; the folder is none.
    """
    from appliance.backup.keys import key_path, with_key_file, with_passphrase

    folder = _folder(box, params.to)
    if box.places.state_dir.exists():
        box.engine()
    given = with_passphrase(params.passphrase) if params.passphrase else None

    async def commit() -> Done[Created]:
        lock = given or with_key_file(key_path(box.places), create=True)
        with shelf.at_work(box.places):
            return Done(await make(box, folder, lock, call))

    how = "locked with the passphrase" if given else "locked with this box's backup.key"
    return Prepared((Change(str(folder), f"write an archive of the whole box, {how}"),), commit)


async def make(box: Appliance, folder: Path, lock: Lock, call: Call) -> Created:
    """The archive itself; the caller holds `at_work`."""
    import asyncio
    import time

    from appliance.backup.keys import KEY_FILE, key_path
    from appliance.backup.writing import Source, write_archive
    from appliance.store.plans import entry_name

    began = time.monotonic()
    pace = pace_of(call)
    store = shelf.Shelf(box.places)
    store.sweep()
    staging = box.places.backups_dir / "staging" / entry_name()
    try:
        engine = await _engine_part(box, staging, pace)
        ours, left_out = await asyncio.to_thread(_ours, box)
        source = Source(_about(box), engine, ours, left_out)
        written = await in_thread(pace, lambda: write_archive(source, folder, lock, pace))
    finally:
        await asyncio.to_thread(shutil.rmtree, staging.parent, ignore_errors=True)
    _refuse_without_config(box, written)
    kept = store.note_written(written)
    left = tuple(Left(item.path, item.reason) for item in written.manifest.left_out)
    note = f"Keep a copy of {key_path(box.places)} away from this box." if lock.kind == KEY_FILE else ""
    if note:
        call.emit(Event("note", note))
    return Created(archive_of(kept), round(time.monotonic() - began, 1), left, note)


async def _engine_part(box: Appliance, staging: Path, pace: Pace) -> EnginePart | None:
    """OpenClaw's own part, packed and checked by OpenClaw; works with the Gateway up or down."""
    from appliance.backup.engine_part import engine_part
    from appliance.engine.process import run_cli
    from appliance.places import private_dir

    if not box.places.state_dir.exists():
        return None
    pace.phase("collect")
    private_dir(staging)
    args = ("backup", "create", "--output", str(staging), "--verify", "--json")
    done = await run_cli(box.engine(), args, places=box.places, timeout=ENGINE_S, env=box.env)
    if done.exit_code != 0:
        raise LunaError(
            f"OpenClaw could not pack its part of the backup: {done.complaint}",
            hint="lunatui config validate and lunatui health glance show what is wrong.",
            code="engine-backup",
        )
    return engine_part(done.stdout)


def _ours(box: Appliance) -> tuple[tuple[tuple[Root, Path], ...], tuple[LeftOut, ...]]:
    from appliance.backup.sources import our_roots, service_roots

    roots, left_out = our_roots(box.places)
    services = service_roots(box.places.user_home)
    return tuple((root, Path(root.path)) for root in (*roots, *services)), left_out


def _about(box: Appliance) -> About:
    from appliance.agents.listing import list_agents
    from appliance.profile.business import read_business

    places = box.places
    names: tuple[str, ...] = ()
    business = ""
    try:
        known = read_business(places)
        business = known.name if known else ""
        names = tuple(agent.name for agent in list_agents(box.config.read().value, places))
    except LunaError:
        names = ()  # what cannot be read is backed up all the same
    engine = box.find_engine()
    return About(
        shelf.now(),
        version("lunatui"),
        engine.version if engine else "",
        sys.platform,
        business,
        str(places.user_home),
        str(places.state_dir),
        str(places.config_path),
        str(places.home),
        names,
    )


def _folder(box: Appliance, given: str) -> Path:
    chosen = given or schedule.read_schedule(box.places).folder
    if not chosen:
        return shelf.archives_dir(box.places)
    folder = Path(chosen).expanduser().absolute()
    if not folder.is_dir():
        raise NotFound(
            f"There is no folder {folder}.",
            hint="Connect the disk, or make the folder.",
            code="backup-no-folder",
        )
    inside = (box.places.state_dir, box.places.home)
    if any(folder.is_relative_to(place) for place in inside):
        raise LunaError(
            f"{folder} is inside what is backed up.", hint="Choose another folder.", code="folder-inside"
        )
    return folder


def _refuse_without_config(box: Appliance, written: Written) -> None:
    """An archive without the configuration is no backup of a box that has one."""
    if not box.places.config_path.exists():
        return
    manifest = written.manifest
    names = {root.path: root.name for root in manifest.roots}
    real = box.places.config_path.resolve()
    wanted = set()
    for path in (box.places.config_path, real):
        for above in (path, *path.parents):
            if name := names.get(str(above)):
                rest = str(path.relative_to(above))
                wanted.add(name if rest == "." else f"{name}/{rest}")
    if not any(entry.name in wanted for entry in manifest.entries):
        written.path.unlink(missing_ok=True)
        raise LunaError(
            "The archive does not hold the configuration, so it was removed.",
            hint="Is openclaw.json a link to a place that OpenClaw does not back up?",
            code="backup-no-config",
        )


def render(made: Created) -> str:
    """For a terminal."""
    archive = made.archive
    lines = [
        f"{archive.path}",
        f"  {size_of(archive.size)}, {archive.files} files, {made.seconds} s, read back and compared",
    ]
    if made.left_out:
        lines.append(f"  not in it: {len(made.left_out)} (see --json)")
    if made.key_note:
        lines.append(f"  {made.key_note} Without it nobody can open this archive.")
    return "\n".join(lines)


CREATE = Operation(
    "backup.create",
    "Back up the whole box into one encrypted file",
    Risk.CHANGE,
    CreateBackup,
    Created,
    prepare=create,
    no_undo="An archive is a new file and changes nothing else.",
    render=render,
)
