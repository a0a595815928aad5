"""`undo`: take back the last change that can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.errors import NotFound
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Risk
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance


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
    from appliance.ops.dispatch import check_policy
    from appliance.ops.drive import settled
    from appliance.ops.plain import from_plain
    from appliance.ops.registry import find
    from appliance.policy.decide import Answer

    entry = box.history.newest_undoable()
    if entry is None or entry.undo is None:
        raise NotFound("There is no change to take back.", code="nothing-to-undo")
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
        box.history.mark_undone(entry, by=LAST.name)
        return Done(Undone(entry.id, entry.operation, entry.changes), None, done.before, done.after)

    return Prepared(
        prepared.changes or (Change(entry.operation, "already taken back"),), commit, prepared.warnings, asks
    )


LAST = Operation(
    "undo.last",
    "Take back the last change",
    Risk.CHANGE,
    Nothing,
    Undone,
    prepare=last,
    no_undo="Each undo goes one change further back; do a change again to have it again.",
)

OPERATIONS = (LAST,)
