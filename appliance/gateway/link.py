"""One open, logged-in connection: questions and answers by id, events to a sink, a watchdog on silence."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from appliance.gateway.faults import GatewayError, GatewayUnreachable, Misbehaved, from_fault, lost, stalled
from appliance.gateway.frames import (
    HARD_LIMIT,
    LARGE_LIMIT,
    USUAL_LIMIT,
    Answer,
    Event,
    Unknown,
    decode,
    encode_request,
)
from appliance.gateway.handshake import closed_error
from appliance.gateway.stream import GAP
from appliance.gateway.transport import SILENT, TransportClosed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from appliance.gateway.hello import Hello
    from appliance.gateway.state import Counters
    from appliance.gateway.transport import Transport

    class Sink(Protocol):
        """Who is told what one connection hears."""

        def took(self, event: Event) -> None: ...
        def silent(self, seconds: float) -> None: ...
        def heard(self) -> None: ...


CALLS_IN_FLIGHT = 32
"""The gateway refuses bursts above about 250 (gateway-ops §0.10)."""
CALL_SECONDS = 30.0
LONGEST_TICK = 120.0
STUCK_TICKS = 1.5
"""Silent for so many ticks: what we show is old."""
DEAD_TICKS = 2.0
"""Silent for so many ticks: give the connection up, as the reference client does."""
_FRAMES_PER_TURN = 64


class Link:
    """One connection from its hello to its end."""

    def __init__(self, transport: Transport, hello: Hello, counters: Counters, sink: Sink) -> None:
        self.hello = hello
        self._transport = transport
        self._counters = counters
        self._sink = sink
        self._limit = min(HARD_LIMIT, hello.max_payload or HARD_LIMIT)
        self._open_calls: dict[str, asyncio.Future[Answer]] = {}
        self._slots = asyncio.Semaphore(CALLS_IN_FLIGHT)
        self._next_id = 0
        self._last_seq: int | None = None
        self._heard_at = asyncio.get_running_loop().time()
        self.last_heard = time.time()
        """When the gateway was last heard, in Unix seconds."""
        self._is_silent = False
        self._ending: GatewayUnreachable | None = None

    async def call(
        self, method: str, params: Mapping[str, Any] | None, seconds: float, *, large: bool
    ) -> Any:
        """Ask one question and wait for its answer.

        Raises:
            GatewayError: the gateway refused, did not answer within `seconds`, or went away.
        """
        try:
            async with asyncio.timeout(seconds), self._slots:
                answer = await self._ask(method, params or {})
        except TimeoutError as error:
            raise stalled(f"`{method}`", seconds) from error
        limit = LARGE_LIMIT if large else USUAL_LIMIT
        if answer.size > limit:
            self._counters.oversize += 1
            raise GatewayError(
                f"The answer to `{method}` is too large ({answer.size} characters).", code="answer-size"
            )
        if answer.fault is not None:
            raise from_fault(answer.fault, method)
        return answer.payload

    async def _ask(self, method: str, params: Mapping[str, Any]) -> Answer:
        if self._ending is not None:
            raise self._ending
        self._next_id += 1
        request_id = str(self._next_id)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._open_calls[request_id] = answer
        try:
            await self._transport.send(encode_request(request_id, method, params))
            return await answer
        except TransportClosed as closed:
            raise lost(f"closed with {closed.code}") from closed
        finally:
            self._open_calls.pop(request_id, None)

    async def run(self) -> GatewayUnreachable:
        """Read until the connection ends and say why; every open question fails with that."""
        watchdog = asyncio.create_task(self._watch())
        ending: GatewayUnreachable = lost("closed by us")
        try:
            await self._read()
        except TransportClosed as closed:
            ending = self._ending or closed_error(closed)
        except Misbehaved as misbehaved:
            ending = misbehaved
        finally:
            self._ending = ending
            watchdog.cancel()
            for answer in self._open_calls.values():
                if not answer.done():
                    answer.set_exception(_question_lost(ending))
                    answer.exception()
            await self._transport.close()
        return ending

    async def close(self) -> None:
        """End the connection."""
        await self._transport.close()

    async def _read(self) -> None:
        taken = 0
        while True:
            raw = await self._transport.receive()
            self._heard_at = asyncio.get_running_loop().time()
            self.last_heard = time.time()
            self._counters.frames += 1
            self._counters.characters += len(raw)
            if self._is_silent:
                self._is_silent = False
                self._sink.heard()
            self._take(raw)
            taken += 1
            if taken % _FRAMES_PER_TURN == 0:
                await asyncio.sleep(0)

    def _take(self, raw: str | bytes) -> None:
        frame = decode(raw, limit=self._limit)
        if isinstance(frame, Answer):
            waiting = self._open_calls.get(frame.id)
            if waiting is None or waiting.done():
                self._counters.unknown += 1
            else:
                waiting.set_result(frame)
        elif isinstance(frame, Unknown):
            self._counters.unknown += 1
        elif len(raw) > LARGE_LIMIT:
            self._counters.oversize += 1
        else:
            self._take_event(frame)

    def _take_event(self, event: Event) -> None:
        self._counters.events += 1
        if event.seq is not None:
            if self._last_seq is not None and event.seq > self._last_seq + 1:
                missed = event.seq - self._last_seq - 1
                self._counters.gaps += missed
                self._sink.took(Event(GAP, {"missed": missed}))
            self._last_seq = event.seq
        self._sink.took(event)

    async def _watch(self) -> None:
        tick = min(self.hello.tick_ms / 1000, LONGEST_TICK)
        loop = asyncio.get_running_loop()
        while True:
            silence = loop.time() - self._heard_at
            if silence >= tick * DEAD_TICKS:
                self._ending = stalled("for two ticks, not even its own,", silence)
                await self._transport.close(SILENT)
                return
            if silence >= tick * STUCK_TICKS and not self._is_silent:
                self._is_silent = True
                self._sink.silent(silence)
            border = DEAD_TICKS if silence >= tick * STUCK_TICKS else STUCK_TICKS
            await asyncio.sleep(max(0.001, tick * border - silence))


def _question_lost(ending: GatewayUnreachable) -> GatewayUnreachable:
    return ending if isinstance(ending, Misbehaved) else lost(ending.message.rstrip("."))
