"""The way back from archiving an agent: its folder out of the trash, its entry and its rules as they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.errors import Conflict
from appliance.ops.core import param
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.agents.service import Plan
    from appliance.api import Appliance
    from appliance.store.journal import JournalResult
    from appliance.store.steps import Step


@dataclass(frozen=True)
class ArchiveAgent:
    """Which agent goes, and to whom."""

    agent: str = param("Id of the agent.", positional=True)
    heir: str = param("Who takes over its channels and everything else that names it.", default="")


@dataclass(frozen=True)
class RestoreAgent:
    """Which agent comes back, from what; history undo knows all of it."""

    agent: str = param("Id of the agent.", positional=True)
    trash: str = param("Name of its folder in the trash.")
    backup: str = param("The backup that still has it.")
    moved: tuple[str, ...] = param("What was moved to the trash; repeat the flag.", default=())
    paths: tuple[str, ...] = param("The settings that go back; repeat the flag.", default=(), flag="path")
    expect: tuple[str, ...] = param("Fingerprints of what must stand there now, one a path.", default=())
    schedules: tuple[str, ...] = param("Its schedules; repeat the flag.", default=(), flag="schedule")
    heir: str = param("Who had them meanwhile; they were paused when left out.", default="")


def restore_params(
    box: Appliance, agent: str, before: Mapping[str, object], steps: Sequence[Step], ran: JournalResult
) -> dict[str, Any]:
    """What brings the agent back that `steps` have just archived; `before`: the configuration it stood in."""
    from appliance.store.changes import touched_roots, value_fingerprint
    from appliance.store.edits import format_path, lookup
    from appliance.store.steps import EditConfig, MoveToTrash

    edits = [edit for step in steps if isinstance(step, EditConfig) for edit in step.edits]
    roots = touched_roots(before, edits)
    now = box.config.read().value
    return {
        "agent": agent,
        "trash": ran.id,
        "backup": ran.saved.backup if ran.saved and ran.saved.backup else "",
        "moved": [str(step.path) for step in steps if isinstance(step, MoveToTrash)],
        "paths": [format_path(path) for path in roots],
        "expect": [value_fingerprint(lookup(now, path)) for path in roots],
    }


def restore_plan(box: Appliance, params: RestoreAgent) -> Plan:
    """The steps that bring it back.

    Raises:
        Conflict: `undo-moved`, `names-gone`.
        NotFound: `backup-unknown`.
    """
    from appliance.agents.ghosts import refuse_new_ghosts
    from appliance.agents.moves import edited, move_notes
    from appliance.agents.roster_edits import owner_edits
    from appliance.agents.service import Plan
    from appliance.store.changes import value_fingerprint
    from appliance.store.document import Document
    from appliance.store.edits import MISSING, Edit, lookup, parse_path
    from appliance.store.steps import EditConfig, FetchBack

    then = Document.parse(box.config.backups.read(params.backup)).value
    now = box.config.read().value
    paths = tuple(map(parse_path, params.paths))
    for path, fingerprint in zip(paths, params.expect, strict=False):
        if value_fingerprint(lookup(now, path)) != fingerprint:
            raise Conflict(
                f"{'.'.join(path)} was changed again since, so “{params.agent}” is not brought back.",
                hint="lunatui config get shows what stands there now.",
                code="undo-moved",
            )
    trash = box.places.trash_dir / Path(params.trash).name
    fetched = [FetchBack(_in_trash(trash, Path(moved)), Path(moved)) for moved in params.moved]
    edits = [Edit(path, lookup(then, path)) for path in paths]
    removed = tuple(edit.name for edit in edits if edit.value is MISSING)
    after = edited(now, edits)
    refuse_new_ghosts(now, after)
    owners, said = owner_edits(after, box.places)
    edits += owners
    notes = (*said, *move_notes(now, edits))
    return Plan((*fetched, EditConfig(tuple(edits), (*removed, *params.paths))), notes=notes)


def _in_trash(trash: Path, moved: Path) -> Path:
    """Where in the trash it lies; the journal numbers what it moves there."""
    found = (
        sorted(path for path in trash.iterdir() if path.name[4:] == f"-{moved.name}")
        if trash.is_dir()
        else []
    )
    return found[0] if found else trash / moved.name
