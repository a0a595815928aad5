"""A plan of the staff run by the journal as one change, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.ops.core import Call, Change, Done, Prepared, Undo
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.agents.service import Plan as AgentPlan
    from appliance.api import Appliance
    from appliance.ops.agents_schedules import Moving
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
    *,
    moving: Moving | None = None,
    after: Callable[[], tuple[str, ...]] = tuple,
) -> Prepared[AgentChanged]:
    """A plan for the journal as a change: the steps run at commit, then the Gateway is asked.

    `moving`: schedules that go elsewhere first, and back when the steps fail. `after`: what follows, and what
    is to be said of it.
    """
    said = (*plan.notes, *(moving.notes if moving else ()))
    kept = tuple(f"{path} was there already and stays as it is." for path in plan.kept)

    async def commit() -> Done[AgentChanged]:
        from appliance.ops.in_use import Watch

        if moving:
            moving.begin(box)
        with Watch(box) as watch:
            try:
                ran = box.journal.run(operation, plan.steps, actor=call.actor)
            except LunaError as error:
                if moving:
                    moving.give_back(box, error)
                raise
            state = watch.outcome()
        result = AgentChanged(agent, True, (*said, *kept, *ran.kept, *after()), state.words)
        hashes = (ran.saved.before_sha256, ran.saved.after_sha256) if ran.saved else ("", "")
        return Done(result, undo(ran), *hashes)

    return Prepared((change,), commit, said)
