"""A plan of the staff run by the journal as one change, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.core import Call, Change, Done, Prepared, Undo
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.agents.service import Plan as AgentPlan
    from appliance.api import Appliance
    from appliance.store.journal import JournalResult


@dataclass(frozen=True)
class AgentChanged:
    """What was made or moved."""

    agent: str
    changed: bool
    notes: tuple[str, ...] = ()
    """What a person should know about it, such as files that were kept."""
    state: str = ""
    """Whether the Gateway uses it already."""


def journalled(
    box: Appliance,
    operation: str,
    plan: AgentPlan,
    agent: str,
    change: Change,
    call: Call,
    undo: Callable[[JournalResult], Undo],
) -> Prepared[AgentChanged]:
    """A plan for the journal as a change: the steps run at commit, then the Gateway is asked."""
    kept = tuple(f"{path} was there already and stays as it is." for path in plan.kept)

    async def commit() -> Done[AgentChanged]:
        from appliance.ops.in_use import Watch

        with Watch(box) as watch:
            ran = box.journal.run(operation, plan.steps, actor=call.actor)
            state = watch.outcome()
        result = AgentChanged(agent, True, (*plan.notes, *kept, *ran.kept), state.words)
        before, after = (ran.saved.before_sha256, ran.saved.after_sha256) if ran.saved else ("", "")
        return Done(result, undo(ran), before, after)

    return Prepared((change,), commit, plan.notes)
