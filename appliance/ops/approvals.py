"""`approvals`: what an agent may not do before a person said so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from appliance.errors import NotFound, Usage
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Question, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.api import Appliance
    from appliance.gateway.chat_results import PendingApproval

Answer = Literal["allow-once", "allow-always", "deny"]
ANSWERS: tuple[Answer, ...] = ("deny", "allow-once", "allow-always")
"""The harmless one first."""


@dataclass(frozen=True)
class Decision:
    """Something that waits for a person."""

    id: str
    kind: str
    """`exec`: a command; `plugin`: a step of an extension."""
    agent: str
    session: str
    command: str
    arguments: tuple[str, ...]
    """The command, one argument each; one piece where it cannot be taken apart."""
    hidden: int
    """Characters in it that no screen shows by themselves."""
    folder: str
    warning: str
    answers: tuple[str, ...]
    """What the engine accepts, `deny` first; anything else it would take for a no."""
    asked_at: float
    """Seconds since 1970."""
    expires_at: float


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
class Decided:
    """What the engine recorded."""

    id: str
    applied: bool
    """False when somebody was faster, or it was too late."""
    status: str
    """`allowed`, `denied`, `cancelled` or `expired`."""
    answer: str


def arguments_of(command: str) -> tuple[str, ...]:
    """The command, one argument each, as a shell reads it; whole where it holds more than one command."""
    import shlex

    try:
        words = tuple(shlex.split(command))
    except ValueError:
        return (command,)
    is_simple = not any(sign in command for sign in "|&;<>`$()\n")
    return words if words and is_simple else (command,)


def hidden_in(text: str) -> int:
    """Characters that no screen shows by themselves: controls, bidi, zero width, tags."""
    import unicodedata

    return sum(
        1
        for sign in text
        if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
    )


async def list_(box: Appliance, _params: Nothing, _call: Call) -> Decisions:
    """Ask the Gateway.

    Raises:
        Unreachable: it does not answer.
    """
    return Decisions(await _waiting(box))


async def decide(box: Appliance, params: Decide, _call: Call) -> Prepared[Decided]:
    """Look at what is to be decided; a yes has to be confirmed by a person.

    Raises:
        NotFound: `approval-gone`, it does not wait any more.
        Usage: `approval-answer`, the engine would not accept this answer and take it for a no.
        Unreachable: the Gateway does not answer.
    """
    found = next((item for item in await _waiting(box) if item.id == params.id), None)
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
        from appliance.gateway.calls import approval_resolve

        async with box.gateway() as client:
            done = await approval_resolve(client, params.id, params.answer, kind=found.kind)
        state = done.approval
        return Done(Decided(state.id, done.applied, state.status, state.decision))

    asks = "" if params.answer == "deny" else _sentence(found, params.answer)
    return Prepared((Change(f"approval {found.id}", params.answer),), commit, asks=asks)


def _sentence(found: Decision, answer: Answer) -> str:
    times = "now and from now on" if answer == "allow-always" else "this once"
    text = f"{found.agent or 'An agent'} will run this on the box, {times}: {found.command}"
    return Question(text, agent=found.agent, command=found.command)


async def _waiting(box: Appliance) -> tuple[Decision, ...]:
    from appliance.gateway.calls import approvals_pending

    async with box.gateway() as client:
        return tuple(sorted(map(_decision, await approvals_pending(client)), key=lambda item: item.asked_at))


def _decision(row: PendingApproval) -> Decision:
    asked = row.request
    command = asked.command or asked.title or asked.description
    return Decision(
        row.id,
        row.approval_kind,
        asked.agent_id or "",
        asked.session_key or "",
        command,
        arguments_of(command),
        hidden_in(command),
        asked.cwd or "",
        asked.warning_text or "",
        accepted(asked.allowed_decisions),
        row.created_at_ms / 1000,
        row.expires_at_ms / 1000,
    )


def accepted(allowed: Iterable[str]) -> tuple[str, ...]:
    """The answers that the engine accepts, the harmless one first; a no is always one."""
    allowed = set(allowed)
    return tuple(answer for answer in ANSWERS if answer == "deny" or answer in allowed)


def _render(found: Decisions) -> str:
    """For a terminal: who, what, how long it waits."""
    if not found.decisions:
        return "Nothing waits for a decision."
    lines = []
    for item in found.decisions:
        left = max(0, int(item.expires_at - time.time())) // 60
        lines += [f"{item.id}  {item.agent}  {', '.join(item.answers)}  ({left} min left)"]
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
DECIDE = Operation(
    "approvals.decide",
    "Let an agent do what it asks for, or not",
    Risk.CHANGE,
    Decide,
    Decided,
    prepare=decide,
    no_undo="The agent goes on at once.",
)

OPERATIONS = (LIST, DECIDE)
