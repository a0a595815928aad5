"""A conversation that goes on without us: what was said in it, the answer under way, and stopping it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from appliance.errors import Usage
from appliance.ops.chat_run import Answering, Reply, Terms
from appliance.ops.core import Call, Change, Done, Operation, Prepared, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.gateway.chat_results import ChatHistory, ChatMessage

ROWS_LIMIT = 500
ENGINES_OWN = "[System] "
"""How a row begins that OpenClaw itself put in a person's mouth (2026.9.6: after a restart in mid-answer)."""


@dataclass(frozen=True)
class WhichTalk:
    """One conversation, and how much of it."""

    agent: str = param("Id of the agent.", positional=True)
    session: str = param("A conversation of the agent; its main one when left out.", default="main")
    rows: int = param("How many of the newest rows.", default=100)


@dataclass(frozen=True)
class Said:
    """One thing that was said."""

    who: Literal["person", "agent"]
    text: str
    at: float
    """Seconds since 1970; 0 when nobody noted it."""
    error: str = ""
    """Why no answer came, where one should be."""


@dataclass(frozen=True)
class TalkSoFar:
    """What was said, oldest first."""

    agent: str
    session: str
    lines: tuple[Said, ...]
    has_more: bool
    """There is more before the first line."""
    run_id: str
    """The answer under way; empty when none is."""
    text_so_far: str


@dataclass(frozen=True)
class WhichRun:
    """An answer under way."""

    agent: str = param("Id of the agent.")
    run: str = param("Its run, as `chat history` shows it.")
    session: str = param("A conversation of the agent; its main one when left out.", default="main")
    timeout: float = param("Seconds until the agent counts as silent.", default=300.0)
    approvals: Literal["exit", "wait", "deny"] = param(
        "When the run needs an approval: end with code 8 and its id, wait for somebody, or deny.",
        default="exit",
    )


@dataclass(frozen=True)
class StopTalk:
    """Whose answer is to end."""

    agent: str = param("Id of the agent.", positional=True)
    session: str = param("A conversation of the agent; its main one when left out.", default="main")
    run: str = param(
        "This answer and no other, as `chat send` began it; all of them when left out.", default=""
    )


@dataclass(frozen=True)
class Stopped:
    """Whether anything was under way."""

    stopped: bool


def session_key(agent: str, session: str) -> str:
    """What OpenClaw calls a conversation."""
    return f"agent:{agent}:{session}"


async def history(box: Appliance, params: WhichTalk, _call: Call) -> TalkSoFar:
    """Ask the Gateway for what people said and heard; tool calls and the engine's own notes are left out.

    Raises:
        NotFound: there is no such agent.
        Usage: so many rows cannot be asked for.
        Unreachable: the Gateway does not answer.
    """
    from appliance.agents.roster import entry_of
    from appliance.gateway.calls import chat_history

    if not 0 < params.rows <= ROWS_LIMIT:
        raise Usage(
            f"{params.rows} rows cannot be asked for.", hint=f"Give --rows between 1 and {ROWS_LIMIT}."
        )
    entry_of(box.config.read().value, params.agent, box.places)
    async with box.gateway() as client:
        key = session_key(params.agent, params.session)
        found = await chat_history(client, key, limit=params.rows)
    return talk_so_far(found, params.agent, key)


def talk_so_far(found: ChatHistory, agent: str, key: str) -> TalkSoFar:
    """What of a history people said and heard."""
    flying = found.in_flight_run
    lines = tuple(line for row in found.messages if (line := _line(row)) is not None)
    return TalkSoFar(
        agent,
        found.session_key or key,
        lines,
        found.has_more,
        flying.run_id if flying else "",
        flying.text if flying else "",
    )


def _line(row: ChatMessage) -> Said | None:
    at = (row.timestamp or 0) / 1000
    if row.role == "user" and row.text and not row.text.startswith(ENGINES_OWN):
        return Said("person", row.text, at)
    if row.role == "assistant" and (row.text or row.error_message):
        return Said("agent", row.text, at, "" if row.text else row.error_message)
    return None


async def follow(box: Appliance, params: WhichRun, call: Call) -> Reply:
    """Tell of an answer under way from what it says by now; neither leaving nor time stops it.

    Raises:
        Unreachable: the Gateway does not answer; `agent-slow`, the answer did not end in time.
        LunaError: the run failed.
    """
    from appliance.gateway.chat import follow as parts_of
    from appliance.gateway.handshake import APPROVAL_CAPS

    caps = () if params.approvals == "deny" else APPROVAL_CAPS
    key = session_key(params.agent, params.session)
    terms = Terms(params.agent, key, params.timeout, params.approvals, keep=True, stops=False)
    async with box.gateway(caps=caps, keep=True) as client:
        return await Answering(client, terms, call).through(parts_of(client, key, params.run))


async def stop(box: Appliance, params: StopTalk, _call: Call) -> Prepared[Stopped]:
    """Check that the agent exists.

    Raises:
        NotFound: there is no such agent.
    """
    from appliance.agents.roster import entry_of

    entry_of(box.config.read().value, params.agent, box.places)

    async def commit() -> Done[Stopped]:
        from appliance.gateway.calls import chat_abort

        async with box.gateway() as client:
            key = session_key(params.agent, params.session)
            done = await chat_abort(client, key, params.run or None)
        return Done(Stopped(done.aborted))

    return Prepared((Change(params.agent, "stop the answer"),), commit)


HISTORY = Operation(
    "chat.history", "What was said in a conversation", Risk.READ, WhichTalk, TalkSoFar, run=history
)
FOLLOW = Operation(
    "chat.follow",
    "Read an answer that is under way as it comes",
    Risk.READ,
    WhichRun,
    Reply,
    run=follow,
    streams=True,
)
STOP = Operation(
    "chat.stop",
    "Stop the answer of an agent",
    Risk.CHANGE,
    StopTalk,
    Stopped,
    prepare=stop,
    no_undo="The agent can be asked again.",
)
