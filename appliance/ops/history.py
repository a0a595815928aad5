"""`history`: every change, ours or not: listed, shown, taken back, and what was lost brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import NotFound
from appliance.history.difference import Difference
from appliance.ops.core import Call, Done, Nothing, Operation, Prepared, Risk, param
from appliance.ops.history_restore import DISMISS, PREVIEW, RESTORE
from appliance.ops.undo import Undone, take_back
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.api import Appliance
    from appliance.history.entries import Entry


@dataclass(frozen=True)
class ListChanges:
    """Which changes."""

    limit: int = param("The newest so many changes.", default=50)
    outside: bool = param("Only changes by other programs.", default=False)
    actor: str = param("Only changes by whoever this names, such as human:rosa.", default="")


@dataclass(frozen=True)
class OneChange:
    """Which change."""

    entry: str = param("Id of the change, or how it begins; history list shows them.", positional=True)


@dataclass(frozen=True)
class ChangeRow:
    """One change."""

    id: str
    at: str
    """UTC, ISO 8601."""
    actor: str
    via: str
    operation: str
    told: tuple[Difference, ...]
    """What it means; empty where only `changes` are known."""
    changes: tuple[str, ...]
    state: str
    """`undoable`, `undone`, `too-old` (the version before is gone), `final` (there is no way back)."""
    outside: bool
    """Another program made it."""
    loss: bool
    """It took something away, and nobody has decided on that."""
    why: str = ""


@dataclass(frozen=True)
class ChangeList:
    """The changes, newest first."""

    changes: tuple[ChangeRow, ...]


@dataclass(frozen=True)
class ChangeDetail:
    """One change with all that is known of it."""

    change: ChangeRow
    before: str
    """SHA-256 of the configuration before; empty when it was not changed."""
    after: str
    backup: str
    """Id of the version before."""
    lost: tuple[Difference, ...]
    evidence: tuple[Difference, ...]
    """What speaks for the writer of a change from outside."""
    undone_by: str
    settled: str
    undo: str
    """The operation that takes it back."""


@dataclass(frozen=True)
class Finished:
    """What had been cut off, and what became of it."""

    changes: tuple[ChangeRow, ...]


async def list_(box: Appliance, params: ListChanges, _call: Call) -> ChangeList:
    """The newest changes."""
    kept = _kept(box)
    found: list[ChangeRow] = []
    for entry in box.history.newest_first():
        if len(found) >= max(1, params.limit):
            break
        if (entry.is_outside or not params.outside) and params.actor in ("", entry.actor):
            found.append(_row(entry, kept))
    return ChangeList(tuple(found))


async def show(box: Appliance, params: OneChange, _call: Call) -> ChangeDetail:
    """One change."""
    entry = _find(box, params.entry)
    return ChangeDetail(
        _row(entry, _kept(box)),
        entry.before,
        entry.after,
        entry.backup,
        entry.lost,
        entry.evidence,
        entry.undone_by,
        entry.settled,
        str(entry.undo["operation"]) if entry.undo else "",
    )


async def undo(box: Appliance, params: OneChange, call: Call) -> Prepared[Undone]:
    """Check that one change can still be taken back.

    Raises:
        Conflict: `undo-moved`, what it changed was changed again since.
    """
    entry = _find(box, params.entry)
    if entry.undone_by:
        raise NotFound(
            "This change was taken back already.",
            hint="lunatui history list shows by what; taking that back does the change again.",
            code="nothing-to-undo",
        )
    return await take_back(box, entry, call, "history.undo")


async def recover(box: Appliance, _params: Nothing, _call: Call) -> Prepared[Finished]:
    """Nothing more than every change does first: finish or undo what was cut off; then say what it was."""
    from appliance.recovery import RECOVERY

    found: list[Entry] = []
    for entry in box.history.newest_first():
        if entry.actor != RECOVERY:
            break
        found.append(entry)

    async def commit() -> Done[Finished]:
        return Done(Finished(tuple(_row(entry, frozenset()) for entry in found)))

    return Prepared((), commit)


def _find(box: Appliance, entry_id: str) -> Entry:
    entry = box.history.find(entry_id)
    if entry is None:
        raise NotFound(
            f"There is no single change “{entry_id}”.", hint="lunatui history list", code="change-unknown"
        )
    return entry


def _kept(box: Appliance) -> frozenset[str]:
    """What the ids of the versions that still exist end in."""
    return frozenset(backup.sha256[:8] for backup in box.config.backups.list())


def _row(entry: Entry, kept: frozenset[str]) -> ChangeRow:
    return ChangeRow(
        entry.id,
        entry.at,
        entry.actor,
        entry.via,
        entry.operation,
        entry.told,
        entry.changes,
        _state(entry, kept),
        entry.is_outside,
        entry.is_open_loss,
        entry.why,
    )


def _state(entry: Entry, kept: frozenset[str]) -> str:
    if entry.undone_by:
        return "undone"
    if entry.undo is None:
        return "final"
    params = entry.undo["params"]
    backup = str(params.get("backup") or params.get("version") or "")
    return "too-old" if backup and backup.rpartition("-")[2] not in kept else "undoable"


def _shown(found: ChangeList) -> str:
    """One change a line, with what it means below."""
    return "\n".join(_lines(found.changes)) or "Nothing was changed yet."


def _lines(changes: Iterable[ChangeRow]) -> Iterable[str]:
    from appliance.text import safe_line

    for row in changes:
        mark = " · lost something" if row.loss else ""
        yield safe_line(f"{row.id}  {row.at}  {row.actor}  {row.operation}  {row.state}{mark}")
        said = [each.text for each in row.told] or list(row.changes)
        yield from (f"    {safe_line(text)}" for text in said)


LIST = Operation(
    "history.list",
    "Every change, newest first",
    Risk.READ,
    ListChanges,
    ChangeList,
    run=list_,
    local=True,
    render=_shown,
)
SHOW = Operation(
    "history.show", "One change in full", Risk.READ, OneChange, ChangeDetail, run=show, local=True
)
UNDO = Operation(
    "history.undo",
    "Take back one change",
    Risk.CHANGE,
    OneChange,
    Undone,
    prepare=undo,
    no_undo="Taking back the undo does the change again.",
)
RECOVER = Operation(
    "history.recover",
    "Finish or undo what was cut off",
    Risk.CHANGE,
    Nothing,
    Finished,
    prepare=recover,
    local=True,
    no_undo="It ends what somebody had begun.",
)

OPERATIONS = (LIST, SHOW, UNDO, PREVIEW, RESTORE, DISMISS, RECOVER)
