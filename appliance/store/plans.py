"""A journal entry on the disk: `plan.json`, staged contents, and the markers READY, CONFIG and DONE.

The plan says for each step what it makes, from what, and whether it was there before, so that a later start
can finish or undo it without asking anybody.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from appliance.errors import Usage
from appliance.parsing import json_value
from appliance.places import private_dir
from appliance.store.disk import read_file, remove_quietly, write_new
from appliance.store.document import MAX_BYTES
from appliance.store.edits import MISSING
from appliance.store.names import owner_of, temporary_beside
from appliance.store.steps import EditConfig, FetchBack, MakeDir, MoveToTrash, ReplaceFile, Step, WriteFile
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.store.disk import Disk

PLAN = "plan.json"
READY = "READY"
CONFIG = "CONFIG"
DONE = "DONE"
KINDS = ("folder", "file", "replace", "config", "trash", "fetch")


@dataclass(frozen=True)
class PlannedEdit:
    """One edit of the configuration, as a plan keeps it."""

    path: tuple[str, ...]
    value: object = None
    unset: bool = False
    was_missing: bool = False
    """Nothing stood there when the plan was made."""


@dataclass(frozen=True)
class PlannedStep:
    """One step, as a plan keeps it."""

    kind: str
    """`folder`, `file`, `replace`, `config`, `trash` or `fetch`."""
    path: str = ""
    mode: int = 0
    staged: str = ""
    """Of a file: its content's name in the entry."""
    sha256: str = ""
    """Of a file: what it must hold to count as ours."""
    was_there: bool = False
    """Of a folder: it existed before."""
    to: str = ""
    """Of a move, to or fro: where in the trash. Of a replaced file: the copy of what stood there."""
    was: str = ""
    """Of a replaced file: SHA-256 of what stood there."""
    edits: tuple[PlannedEdit, ...] = ()


@dataclass(frozen=True)
class Plan:
    """One operation over several files."""

    id: str
    operation: str
    actor: str
    steps: tuple[PlannedStep, ...]
    outcome: str = ""
    """How it ended, once it has: `done`, `rolled-back`, `rolled-forward`."""


def make_plan(
    entry_id: str,
    operation: str,
    actor: str,
    steps: Sequence[Step],
    config: dict[str, object],
    trash: Path,
) -> Plan:
    """The plan for `steps`, with the world as it is now."""
    from appliance.store.edits import lookup

    planned: list[PlannedStep] = []
    for index, step in enumerate(steps):
        match step:
            case MakeDir(path, mode):
                planned.append(PlannedStep("folder", str(path), mode, was_there=path.is_dir()))
            case WriteFile(path, content, mode):
                digest = hashlib.sha256(content).hexdigest()
                planned.append(PlannedStep("file", str(path), mode, f"{index:04d}", digest))
            case ReplaceFile(path, content, kept, was, mode):
                digest = hashlib.sha256(content).hexdigest()
                planned.append(
                    PlannedStep("replace", str(path), mode, f"{index:04d}", digest, to=str(kept), was=was)
                )
            case MoveToTrash(path):
                planned.append(PlannedStep("trash", str(path), to=str(trash / f"{index:04d}-{path.name}")))
            case FetchBack(source, path):
                planned.append(PlannedStep("fetch", str(path), to=str(source)))
            case EditConfig(edits):
                planned_edits = tuple(
                    PlannedEdit(
                        edit.path,
                        None if edit.value is MISSING else edit.value,
                        edit.value is MISSING,
                        lookup(config, edit.path) is MISSING,
                    )
                    for edit in edits
                )
                planned.append(PlannedStep("config", edits=planned_edits))
    return Plan(entry_id, operation, actor, tuple(planned))


def check_order(steps: Sequence[Step]) -> None:
    """Raise `Usage` unless at most one step edits the configuration, behind what it needs."""
    positions = [index for index, step in enumerate(steps) if isinstance(step, EditConfig)]
    if len(positions) > 1:
        raise Usage("An operation edits the configuration once.", code="journal-order")
    for position in positions:
        makes_later = any(
            isinstance(step, MakeDir | WriteFile | ReplaceFile | FetchBack) for step in steps[position:]
        )
        removes_earlier = any(
            isinstance(step, MoveToTrash) and not _replaced(step, steps[:position])
            for step in steps[:position]
        )
        if makes_later or removes_earlier:
            raise Usage(
                "Things are made before the configuration is edited, and removed after it.",
                code="journal-order",
            )


def stage(folder: Path, plan: Plan, steps: Sequence[Step], disk: Disk) -> None:
    """Write the entry, synced; it counts only once `mark(READY)` has been called."""
    private_dir(folder)
    for planned, step in zip(plan.steps, steps, strict=True):
        if isinstance(step, WriteFile | ReplaceFile):
            write_new(disk, folder / planned.staged, step.content)
    write_new(disk, folder / PLAN, _packed(plan))
    disk.sync_folder(folder)


def mark(folder: Path, marker: str, disk: Disk) -> None:
    """Publish a marker, complete from its first moment."""
    temporary = temporary_beside(folder / marker)
    disk.close(disk.create(temporary))  # empty: there is nothing to sync but its name
    try:
        disk.link(temporary, folder / marker)
    except FileExistsError:
        pass
    finally:
        remove_quietly(temporary)
    disk.sync_folder(folder)


def load(folder: Path, disk: Disk) -> Plan | None:
    """The plan of an entry; None when it was never completely written, or cannot be understood."""
    try:
        found = json_value(read_file(disk, folder / PLAN, 4 * MAX_BYTES))
        steps = tuple(map(_step, found["steps"]))
        names = (found["id"], found["operation"], found["actor"], found["outcome"])
        return Plan(*names[:3], steps, names[3]) if _are_texts(*names) else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _step(found: dict[str, Any]) -> PlannedStep:
    edits = tuple(PlannedEdit(**{**edit, "path": tuple(edit["path"])}) for edit in found["edits"])
    step = PlannedStep(**{**found, "edits": edits})
    keys = [key for edit in edits for key in edit.path]
    if (
        not _are_texts(step.path, step.staged, step.sha256, step.to, step.was, *keys)
        or step.kind not in KINDS
        or type(step.mode) is not int
    ):
        raise ValueError("a step is not of its kind")
    if os.path.basename(step.staged) != step.staged or step.mode & ~0o777:  # noqa: PTH119 - a plain name
        raise ValueError("a step leads out of its entry")
    return step


def _are_texts(*values: object) -> bool:
    return all(isinstance(value, str) and "\0" not in value for value in values)


def close(folder: Path, plan: Plan, outcome: str, finished: Path, keep: int, disk: Disk) -> None:
    """Note how it ended, without contents and values; the entry goes to `finished`, which keeps `keep`."""
    steps = tuple(
        replace(step, edits=tuple(replace(edit, value=None) for edit in step.edits)) for step in plan.steps
    )
    bare = _packed(replace(plan, steps=steps, outcome=outcome))
    temporary = temporary_beside(folder / PLAN)
    write_new(disk, temporary, bare)
    disk.rename(temporary, folder / PLAN)
    for name in [path.name for path in folder.iterdir() if owner_of(path.name) is not None]:
        (folder / name).unlink(missing_ok=True)  # of a killed predecessor: we hold the queue lock
    mark(folder, DONE, disk)
    for step in plan.steps:
        if step.staged:
            (folder / step.staged).unlink(missing_ok=True)
    private_dir(finished)
    target = finished / folder.name
    if target.exists():
        discard(folder, disk)
    else:
        folder.rename(target)
    for old in sorted(path for path in finished.iterdir() if path.is_dir())[:-keep]:
        discard(old, disk)


def discard(folder: Path, disk: Disk) -> None:
    """Remove an entry and what we wrote into it; it never holds folders.

    Without READY nothing else of it counts, so that goes first, and for good.
    """
    if (folder / READY).exists():
        (folder / READY).unlink()
        disk.sync_folder(folder)
    for path in folder.iterdir():
        path.unlink(missing_ok=True)
    folder.rmdir()


def _replaced(step: MoveToTrash, earlier: Sequence[Step]) -> bool:
    """A file that is moved away to be written anew is no removal."""
    return any(isinstance(other, WriteFile) and other.path == step.path for other in earlier)


def _packed(plan: Plan) -> bytes:
    return (json.dumps(asdict(plan), indent=1) + "\n").encode()


def entry_name() -> str:
    """A fresh entry id; ids sort by time."""
    from datetime import UTC, datetime

    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{os.urandom(4).hex()}"
