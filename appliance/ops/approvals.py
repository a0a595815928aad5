"""`approvals`: what an agent may not do before a person said so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from appliance.errors import NotFound, Usage
from appliance.ops.approvals_inbox import ANSWERS as ANSWERS
from appliance.ops.approvals_inbox import Answer, waiting
from appliance.ops.approvals_inbox import Decision as Decision
from appliance.ops.approvals_inbox import accepted as accepted
from appliance.ops.approvals_inbox import arguments_of as arguments_of
from appliance.ops.approvals_inbox import hidden_in as hidden_in
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Question, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.gateway.pairing_results import PastApproval

HISTORY_LIMIT = 100
"""Items of one answer (gateway-ops §6.2)."""


@dataclass(frozen=True)
class Decisions:
    """Everything that waits, oldest first."""

    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class Decide:
    """An answer."""

    id: str = param("Which one, from `approvals list`.", positional=True)
    answer: Answer = param("allow-once, allow-always or deny.", positional=True)


@dataclass(frozen=True)
class WhichPast:
    """How far back."""

    last: int = param("How many of the newest, up to 100.", default=20)


@dataclass(frozen=True)
class PastDecision:
    """Something that was decided."""

    id: str
    kind: str
    agent: str
    command: str
    status: str
    """`allowed`, `denied`, `cancelled`, `expired`, or `pending`."""
    by: str
    """Who or what answered, as the engine notes it: a device, `timeout`, `run-aborted`."""
    asked_at: float
    """Seconds since 1970."""
    decided_at: float


@dataclass(frozen=True)
class PastDecisions:
    """What was decided within 30 days, newest first; people and devices are on our own record (`audit`)."""

    decisions: tuple[PastDecision, ...]


@dataclass(frozen=True)
class Decided:
    """What the engine recorded."""

    id: str
    applied: bool
    """False when somebody was faster, or it was too late."""
    status: str
    """`allowed`, `denied`, `cancelled` or `expired`."""
    answer: str


async def list_(box: Appliance, _params: Nothing, _call: Call) -> Decisions:
    """Ask the Gateway.

    Raises:
        Unreachable: it does not answer.
    """
    return Decisions(await waiting(box))


async def history(box: Appliance, params: WhichPast, _call: Call) -> PastDecisions:
    """Ask the Gateway.

    Raises:
        Usage: `approval-count`.
        Unreachable: it does not answer.
    """
    from appliance.gateway.pairing_calls import approval_history

    if not 1 <= params.last <= HISTORY_LIMIT:
        raise Usage(f"Give --last between 1 and {HISTORY_LIMIT}.", code="approval-count")
    async with box.gateway() as client:
        return PastDecisions(tuple(map(_past, (await approval_history(client, limit=params.last)).items)))


def _past(item: PastApproval) -> PastDecision:
    shown, by = item.presentation, item.resolver
    return PastDecision(
        item.id, shown.kind, item.source.agent_id or "", shown.command_text or shown.title, item.status,
        by.id or by.kind or item.reason, item.created_at_ms / 1000, (item.resolved_at_ms or 0) / 1000,
    )  # fmt: skip


async def decide(box: Appliance, params: Decide, _call: Call) -> Prepared[Decided]:
    """Look at what is to be decided; a yes has to be confirmed by a person.

    Raises:
        NotFound: `approval-gone`, it does not wait any more.
        Usage: `approval-answer`, the engine would not accept this answer and take it for a no.
        Unreachable: the Gateway does not answer.
    """
    found = next((item for item in await waiting(box) if item.id == params.id), None)
    if found is None:
        raise NotFound(
            "This does not wait for a decision any more: somebody was faster, or it was too late.",
            hint="lunatui approvals list",
            code="approval-gone",
        )
    if params.answer not in found.answers:
        raise Usage(
            f"The engine does not accept “{params.answer}” here.",
            hint=f"One of: {', '.join(found.answers)}.",
            code="approval-answer",
        )

    async def commit() -> Done[Decided]:
        return Done(await _tell(box, found, params.answer))

    asks = "" if params.answer == "deny" else _sentence(found, params.answer)
    return Prepared((Change(f"approval {found.id}", params.answer),), commit, asks=asks)


async def _tell(box: Appliance, found: Decision, answer: Answer) -> Decided:
    from appliance.gateway.calls import approval_resolve
    from appliance.ops import devices_asking, people_asking

    if found.kind == "person":
        asks = await people_asking.request(box, found.id)
        if answer == "deny":
            await people_asking.dismiss(box, (asks,))
        else:
            await people_asking.let_in(box, asks, notify=False, owner=False)
    elif found.kind == "device":
        await devices_asking.answer(
            box, await devices_asking.request(box, found.id), approve=answer != "deny"
        )
    else:
        async with box.gateway() as client:
            done = await approval_resolve(client, found.id, answer, kind=found.kind)
        return Decided(done.approval.id, done.applied, done.approval.status, done.approval.decision)
    return Decided(found.id, applied=True, status="denied" if answer == "deny" else "allowed", answer=answer)


def _sentence(found: Decision, answer: Answer) -> str:
    if found.kind in ("person", "device"):
        facts = ", ".join(found.arguments)
        return Question(f"{found.who} will be let in: {facts}.", kind=found.kind, name=found.who, facts=facts)
    times = "now and from now on" if answer == "allow-always" else "this once"
    text = f"{found.agent or 'An agent'} will run this on the box, {times}: {found.command}"
    return Question(text, agent=found.agent, command=found.command)


def _render(found: Decisions) -> str:
    """For a terminal: who, what, how long it waits."""
    if not found.decisions:
        return "Nothing waits for a decision."
    lines = []
    for item in found.decisions:
        left = max(0, int(item.expires_at - time.time())) // 60
        until = f"  ({left} min left)" if item.expires_at else ""
        lines += [f"{item.id}  {item.kind}  {item.who or item.agent}  {', '.join(item.answers)}{until}"]
        lines += [f"    {argument}" for argument in item.arguments]
        if item.hidden:
            lines += [f"    ({item.hidden} hidden characters)"]
    return "\n".join(lines)


LIST = Operation(
    "approvals.list",
    "What waits for a decision of a person",
    Risk.READ,
    Nothing,
    Decisions,
    run=list_,
    render=_render,
)
HISTORY = Operation(
    "approvals.history",
    "What was decided, and by whom",
    Risk.READ,
    WhichPast,
    PastDecisions,
    run=history,
)
DECIDE = Operation(
    "approvals.decide",
    "Let an agent do what it asks for, or not",
    Risk.CHANGE,
    Decide,
    Decided,
    prepare=decide,
    no_undo="The agent goes on at once.",
)

OPERATIONS = (LIST, DECIDE, HISTORY)
