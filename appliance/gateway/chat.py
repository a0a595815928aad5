"""Say something to an agent and follow the answer to its end, over lost connections too (gateway-ops §1)."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from appliance.gateway import calls
from appliance.gateway.chat_parts import ChatFinal, ChatPart, ChatQuiet, ChatStarted, ChatStatus
from appliance.gateway.chat_turn import APPROVAL_EVENTS, Turn
from appliance.gateway.faults import GatewayUnreachable
from appliance.gateway.frames import Event
from appliance.gateway.state import State
from appliance.gateway.stream import CLOSED, CONNECTED, GAP, LOST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from appliance.gateway.client import GatewayClient
    from appliance.gateway.stream import Subscription

QUIET_SECONDS = (15.0, 60.0)
"""After so long without a word: say so; then name the likely cause. Repeated every minute."""
HISTORY_ROWS = 200


async def run(
    client: GatewayClient,
    session_key: str,
    message: str,
    *,
    run_id: str = "",
    thinking: str | None = None,
    quiet: Sequence[float] = QUIET_SECONDS,
) -> AsyncIterator[ChatPart]:
    """Send `message` and yield what happens until `ChatFinal`, `ChatFailed` or `ChatAborted`.

    Approvals come only (and are only possible) when the client connected with `APPROVAL_CAPS`. Stop a run
    with `calls.chat_abort`. A started client waits out a lost connection; one that connected once raises.

    Args:
        client: connected, or started.
        session_key: `agent:<id>:main` or another session of the agent.
        message: what the user says.
        run_id: an idempotency key of the caller; the same key never runs twice.
        thinking: a level the model offers.
        quiet: seconds of silence after which `ChatQuiet` comes.

    Raises:
        GatewayError: not accepted, or the connection ended for good.
    """
    turn = Turn(run_id or str(uuid.uuid4()), session_key)
    follower = _Follower(client, turn, message, thinking)
    with client.events(turn.wants) as events:
        for part in await follower.begin():
            yield part
        async for part in _followed(events, follower, quiet):
            yield part


async def follow(
    client: GatewayClient, session_key: str, run_id: str, *, quiet: Sequence[float] = QUIET_SECONDS
) -> AsyncIterator[ChatPart]:
    """Take up a run that somebody else began, from the text it has by now to its end.

    Args:
        run_id: from `chat.history` (`in_flight_run`).

    Raises:
        GatewayError: the connection ended for good.
    """
    turn = Turn(run_id, session_key)
    follower = _Follower(client, turn, "", None)
    with client.events(turn.wants) as events:
        for part in await follower.take_up():
            yield part
        async for part in _followed(events, follower, quiet):
            yield part


async def _followed(
    events: Subscription, follower: _Follower, quiet: Sequence[float]
) -> AsyncIterator[ChatPart]:
    turn = follower.turn
    loop = asyncio.get_running_loop()
    heard, said = loop.time(), 0
    while not turn.done:
        limit = quiet[said] if said < len(quiet) else quiet[-1] * (said - len(quiet) + 2) if quiet else None
        try:
            async with asyncio.timeout_at(None if limit is None else heard + limit):
                event = await anext(events)
        except TimeoutError:
            said += 1
            for part in await follower.after_silence():
                yield part
            if not turn.done:
                yield ChatQuiet(loop.time() - heard, follower.quiet_cause())
            continue
        except StopAsyncIteration:
            return
        for part in await follower.take(event):
            if not isinstance(part, ChatStatus):
                heard, said = loop.time(), 0
            yield part


class _Follower:
    """Keeps one run followed: subscribes, sends once, catches up after a gap or a new connection."""

    def __init__(self, client: GatewayClient, turn: Turn, message: str, thinking: str | None) -> None:
        self.turn = turn
        self._client = client
        self._message = message
        self._thinking = thinking
        self._boot_id = ""

    async def begin(self) -> list[ChatPart]:
        """Subscribe, send, and say so; after a lost connection the same key is sent again: it runs once."""
        while True:
            try:
                await self._subscribe()
                await self._send()
            except GatewayUnreachable:
                if not self._client.keeps_connected:
                    raise
                await self._client.connected()
            else:
                self._boot_id = self._client.hello.boot_id
                return [ChatStarted(self.turn.run_id)]

    async def take_up(self) -> list[ChatPart]:
        """Subscribe and read what was answered so far; nothing is sent."""
        await self._subscribe()
        self._boot_id = self._client.hello.boot_id
        return [ChatStarted(self.turn.run_id), *await self._catch_up(subscribe=False)]

    async def take(self, event: Event) -> list[ChatPart]:
        """The parts of one event, ours about the connection included."""
        if event.name == LOST:
            return [ChatStatus("reconnecting", str(event.payload.get("reason", "")))]
        if event.name == CONNECTED:
            return [ChatStatus("reconnected"), *await self._catch_up(subscribe=True)]
        if event.name == GAP:
            return await self._catch_up(subscribe=False)
        if event.name == CLOSED:
            words = str(event.payload.get("reason", "")) or "The connection was closed."
            raise GatewayUnreachable(words, code=str(event.payload.get("code", "")) or "gateway-lost")
        parts = self.turn.take(event)
        if any(isinstance(part, ChatStatus) and part.phase == "absorbed" for part in parts):
            parts += await self._catch_up(subscribe=False)
        return parts

    async def after_silence(self) -> list[ChatPart]:
        """Look once more at a run that a restarted gateway did not take up again."""
        return await self._catch_up(subscribe=False) if self.turn.recovering else []

    def quiet_cause(self) -> str:
        """The most likely reason for silence, in plain words."""
        if self._client.connection.state is not State.CONNECTED:
            return "The gateway does not answer; the connection is tried again."
        return self.turn.quiet_cause()

    async def _subscribe(self) -> None:
        if self._client.release.scoped_subscriptions:
            seen = await calls.messages_subscribe(self._client, self.turn.session_key)
            self.turn.session_key = seen.key or self.turn.session_key

    async def _send(self) -> None:
        turn = self.turn
        sent = await calls.chat_send(
            self._client, turn.session_key, self._message, turn.run_id, thinking=self._thinking
        )
        turn.run_id = sent.run_id

    async def _catch_up(self, *, subscribe: bool) -> list[ChatPart]:
        """Read what was missed; lost again meanwhile is fine, the next connection catches up."""
        try:
            if subscribe:
                await self._subscribe()
            history = await calls.chat_history(self._client, self.turn.session_key, limit=HISTORY_ROWS)
            boot_id = self._client.hello.boot_id
            restarted, self._boot_id = boot_id != self._boot_id, boot_id
            parts = self.turn.adopt(history, restarted=restarted)
            if self.turn.never_arrived:
                parts += await self._again()
            return [*parts, *await self._waiting()]
        except GatewayUnreachable:
            return []

    async def _again(self) -> list[ChatPart]:
        """Send what never arrived; somebody else's run that is not in the history any more is over."""
        self.turn.never_arrived = False
        if self._message:
            await self._send()
            return []
        self.turn.done = True
        return [ChatFinal(self.turn.text, "gone", self.turn.run_id)]

    async def _waiting(self) -> list[ChatPart]:
        """Approvals asked for while we were away."""
        parts: list[ChatPart] = []
        if self.turn.done or not self._client.can_approve:
            return parts
        for name in APPROVAL_EVENTS:
            rows = await self._client.call(name.replace(".requested", ".list"), {})
            events = (
                [Event(name, row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            )
            for event in filter(self.turn.wants, events):
                parts += self.turn.take(event)
        return parts
