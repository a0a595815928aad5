"""One answer of an agent from its first word to its end, told as events."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from appliance.errors import ApprovalPending, LunaError, Unreachable
from appliance.ops.core import Call, Event
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from appliance.gateway.chat_parts import ChatApproval, ChatFinal, ChatPart
    from appliance.gateway.client import GatewayClient

ABORT_SECONDS = 5.0
Approvals = Literal["exit", "wait", "deny"]


@dataclass(frozen=True)
class Reply:
    """The whole answer."""

    agent: str
    text: str
    session: str
    run_id: str
    first_word_seconds: float
    seconds: float


@dataclass(frozen=True)
class Terms:
    """How an answer is waited for."""

    agent: str
    session: str
    """`agent:<id>:<name>`."""
    timeout: float
    """Seconds until the agent counts as silent."""
    approvals: Approvals
    keep: bool
    """The answer goes on when nobody waits for it any more."""
    stops: bool = True
    """It is stopped when the time is over; whoever only looks on stops nothing."""


class Answering:
    """Follows the parts of one run."""

    def __init__(self, client: GatewayClient, terms: Terms, call: Call) -> None:
        self._client = client
        self._terms = terms
        self._call = call
        self._run_id = ""
        self._started = time.monotonic()
        self._first_word = 0.0

    async def through(self, parts: AsyncIterator[ChatPart]) -> Reply:
        """Tell of every part; returns the answer.

        Raises:
            Unreachable: `agent-silent`, nothing came in time and it was stopped; `agent-slow`, it may still
                come; or the connection ended.
            LunaError: the run failed or was stopped.
            ApprovalPending: it waits for a decision, and the terms say to leave then.
        """
        import asyncio

        try:
            async with asyncio.timeout(self._terms.timeout):
                async for part in parts:
                    if (reply := self._take(part)) is not None:
                        return reply
        except TimeoutError as error:
            stopped = self._terms.stops and await self._stop()
            end = "and was stopped" if stopped else "and may still go on"
            raise Unreachable(
                f"{self._terms.agent} did not finish within {self._terms.timeout:.0f} s {end}.",
                hint="lunatui providers test shows whether the model answers.",
                code="agent-silent" if stopped else "agent-slow",
            ) from error
        except asyncio.CancelledError:
            if not self._terms.keep:
                await asyncio.shield(self._stop())
            raise
        raise Unreachable("The connection ended before the answer did.", code="gateway-lost")

    def _take(self, part: ChatPart) -> Reply | None:
        from appliance.gateway import chat_parts as parts

        match part:
            case parts.ChatStarted():
                self._run_id = part.run_id
                self._say("started", "", run=part.run_id)
            case parts.ChatStatus():
                about = {"id": part.approval} if part.approval else {}
                self._say("status", part.detail or part.phase.replace("_", " "), phase=part.phase, **about)
            case parts.ChatDelta():
                self._first_word = self._first_word or time.monotonic()
                start = "\n" if part.replaced else ""
                self._say("delta", start + part.delta, text_so_far=part.text_so_far)
            case parts.ChatTool():
                self._say(
                    "tool", f"{part.title}: {part.status or part.phase.value}", id=part.id, name=part.name
                )
            case parts.ChatQuiet():
                self._say(
                    "slow",
                    f"No answer for {part.seconds:.0f} s: {part.cause}",
                    seconds=int(part.seconds),
                    cause=part.cause,
                )
            case parts.ChatApproval():
                self._approval(part)
            case parts.ChatFinal():
                return self._reply(part)
            case parts.ChatFailed():
                raise LunaError(
                    part.message, hint=_next_step(part.kind, part.detail), code=_failure(part.kind)
                )
            case parts.ChatAborted():
                raise LunaError("Somebody stopped the answer.", code="chat-stopped")
        return None

    def _approval(self, part: ChatApproval) -> None:
        words = f"The agent waits for an approval ({part.id}): {part.command}"
        self._say(
            "approval",
            words,
            id=part.id,
            approval_kind=part.kind,
            command=part.command,
            warning=part.warning,
            decisions=list(part.allowed_decisions),
            expires_at=part.expires_at_ms / 1000,
        )
        if self._terms.approvals == "exit":
            raise ApprovalPending(
                words, hint=f"lunatui approvals decide {part.id} deny", code="approval-pending"
            )

    def _reply(self, part: ChatFinal) -> Reply:
        now = time.monotonic()
        if not self._first_word:
            self._first_word = now
            self._say("delta", part.text, text_so_far=part.text)
        self._say("end", "")
        return Reply(
            self._terms.agent,
            part.text,
            self._terms.session,
            part.run_id or self._run_id,
            round(self._first_word - self._started, 3),
            round(now - self._started, 3),
        )

    def _say(self, kind: str, text: str, **data: object) -> None:
        self._call.emit(Event(kind, text, data))

    async def _stop(self) -> bool:
        """Stop the run, as far as the Gateway still listens; whether it was told to."""
        import asyncio

        from appliance.gateway.calls import chat_abort

        try:
            async with asyncio.timeout(ABORT_SECONDS):
                await chat_abort(self._client, self._terms.session, self._run_id or None)
        except (LunaError, TimeoutError) as error:
            self._say("note", f"The run could not be stopped: {error}")
            return False
        return True


def _failure(kind: str) -> str:
    return f"chat-{kind.replace('_', '-')}" if kind else "chat-failed"


def _next_step(kind: str, detail: str) -> str:
    if "auth" in (kind, detail):
        return "The key was refused: lunatui providers test"
    if "billing" in (kind, detail):
        return "The account of the provider has no credit left."
    if kind == "rate_limit":
        return "The provider asks to wait; try again in a minute."
    return "lunatui providers test shows whether the model answers."
