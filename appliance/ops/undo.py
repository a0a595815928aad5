"""`undo`: take back the last change that can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.errors import NotFound
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Risk
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.history.entries import Entry


@dataclass(frozen=True)
class Undone:
    """What was taken back."""

    entry: str
    """Id of the history entry."""
    operation: str
    """The operation that had made the change."""
    changes: tuple[str, ...]


async def last(box: Appliance, _params: Nothing, call: Call) -> Prepared[Undone]:
    """Check that the last change can still be taken back, by preparing its opposite."""
    entry = box.history.newest_undoable()
    if entry is None:
        raise NotFound("There is no change to take back.", code="nothing-to-undo")
    return await take_back(box, entry, call, "undo.last")


async def take_back(box: Appliance, entry: Entry, call: Call, by: str) -> Prepared[Undone]:
    """Prepare the opposite of one change; taking back an undo does the change again.

    Raises:
        NotFound: `nothing-to-undo`, there is no way back.
        Conflict: `undo-moved`, what it changed was changed again since.
    """
    from appliance.ops.dispatch import check_policy
    from appliance.ops.drive import settled
    from appliance.ops.plain import from_plain
    from appliance.ops.registry import find
    from appliance.policy.decide import Answer

    if entry.undo is None:
        raise NotFound("There is no way back from this change.", code="nothing-to-undo")
    opposite = find(entry.undo["operation"])
    if opposite.prepare is None:
        raise TypeError(f"{opposite.name} cannot undo {entry.operation}")
    params = from_plain(opposite.params, entry.undo["params"])
    decision = check_policy(box, opposite, call, recorded=False)
    prepared: Prepared[Any] = await settled(opposite.prepare(box, params, call), local=opposite.local)
    asks = prepared.asks
    if decision.answer is Answer.ASK and not asks:
        asks = opposite.consequence(params) if opposite.consequence else opposite.summary

    async def commit() -> Done[Undone]:
        done = await settled(prepared.commit(), local=opposite.local)
        box.history.mark_undone(entry, by=by)
        _mark_done_again(box, entry)
        result = Undone(entry.id, entry.operation, entry.changes)
        return Done(result, done.undo, done.before, done.after, takes_back=entry.id)

    return Prepared(
        prepared.changes or (Change(entry.operation, "already taken back"),), commit, prepared.warnings, asks
    )


def _mark_done_again(box: Appliance, entry: Entry) -> None:
    """What an undo had taken back stands again, and can be taken back once more."""
    first = box.history.find(entry.takes_back) if entry.takes_back else None
    if first is not None:
        box.history.mark_undone(first, by="")


LAST = Operation(
    "undo.last",
    "Take back the last change",
    Risk.CHANGE,
    Nothing,
    Undone,
    prepare=last,
    no_undo="Each undo goes one change further back; history undo takes back an undo.",
)

OPERATIONS = (LAST,)
