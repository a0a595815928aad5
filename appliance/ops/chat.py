"""`chat`: say something to an agent and read its answer as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from appliance.errors import Unreachable, Usage
from appliance.ops.chat_draft import DRAFT, KEEP
from appliance.ops.chat_history import FOLLOW, HISTORY, STOP, session_key
from appliance.ops.chat_run import Answering, Terms
from appliance.ops.chat_run import Reply as Reply
from appliance.ops.core import Call, Change, Done, Operation, Prepared, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance

MESSAGE_LIMIT = 256 * 1024
TIMEOUT_LIMIT = 86_400.0


@dataclass(frozen=True)
class SendMessage:
    """What is said to whom."""

    agent: str = param("Id of the agent.")
    message: str = param("What to say.", private=True)
    session: str = param("A conversation of the agent; its main one when left out.", default="main")
    timeout: float = param(
        "Seconds until the agent counts as silent; the run is then stopped.", default=300.0
    )
    approvals: Literal["exit", "wait", "deny"] = param(
        "When a run needs an approval: end with code 8 and its id, wait for somebody, or deny.",
        default="exit",
    )
    keep: bool = param("Let the answer go on when this command is interrupted.", default=False)
    run: str = param(
        "A name of your own for the answer; a message sent twice under one name is said once.", default=""
    )


async def send(box: Appliance, params: SendMessage, call: Call) -> Prepared[Reply]:
    """Check that the agent exists and that the Gateway answers.

    Raises:
        NotFound: there is no such agent.
        Unreachable: the Gateway does not answer.
    """
    import asyncio

    from appliance.agents.roster import entry_of
    from appliance.gateway.probe import probe

    if not params.message.strip():
        raise Usage("There is nothing to say.", hint="Give it with --message.")
    if len(params.message) > MESSAGE_LIMIT:
        raise Usage(f"The message is longer than {MESSAGE_LIMIT // 1024} KB.")
    if not 0 < params.timeout <= TIMEOUT_LIMIT:  # also not a number at all (“nan”)
        raise Usage(
            f"An answer cannot be waited for {params.timeout:g} s.",
            hint=f"Give --timeout between 1 and {TIMEOUT_LIMIT:.0f} seconds.",
        )
    entry_of(box.config.read().value, params.agent, box.places)
    seen = await asyncio.to_thread(probe, box.endpoint())  # one that hangs must not hold up a screen
    if not seen.ready:
        raise Unreachable(f"The Gateway does not answer: {seen.problem}.", hint="lunatui gateway start")

    async def commit() -> Done[Reply]:
        return Done(await _converse(box, params, call))

    return Prepared((Change(params.agent, "send a message"),), commit)


async def _converse(box: Appliance, params: SendMessage, call: Call) -> Reply:
    from appliance.gateway.chat import run
    from appliance.gateway.handshake import APPROVAL_CAPS

    caps = () if params.approvals == "deny" else APPROVAL_CAPS
    key = session_key(params.agent, params.session)
    terms = Terms(params.agent, key, params.timeout, params.approvals, params.keep)
    async with box.gateway(caps=caps, keep=True) as client:
        return await Answering(client, terms, call).through(
            run(client, key, params.message, run_id=params.run)
        )


SEND = Operation(
    "chat.send",
    "Say something to an agent and read its answer",
    Risk.CHANGE,
    SendMessage,
    Reply,
    prepare=send,
    streams=True,
    no_undo="What was said cannot be taken back.",
)

OPERATIONS = (SEND, HISTORY, FOLLOW, STOP, DRAFT, KEEP)
