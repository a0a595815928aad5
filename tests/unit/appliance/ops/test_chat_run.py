"""The parts of one answer, told as events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import pytest

from appliance.errors import LunaError
from appliance.gateway.chat_parts import ChatFinal, ChatPart, ChatStarted, ChatStatus
from appliance.gateway.client import GatewayClient
from appliance.gateway.faults import GatewayUnreachable
from appliance.ops.chat_run import Answering, Terms
from appliance.ops.core import Call, Event

TERMS = Terms("luna", "agent:luna:main", 10.0, "wait", keep=True)


async def said(*parts: ChatPart) -> list[Event]:
    """What is told of these parts."""

    async def come() -> AsyncIterator[ChatPart]:
        for part in parts:
            yield part

    events: list[Event] = []
    call = Call("human:test", "tui", emit=events.append)
    await Answering(cast("GatewayClient", None), TERMS, call).through(come())
    return events


async def test_whoever_may_want_to_stop_it_is_told_which_run_it_is() -> None:
    events = await said(ChatStarted("run-1"), ChatFinal("done", "", "run-1"))
    assert events[0] == Event("started", "", {"run": "run-1"})


async def test_a_decision_that_was_taken_is_named() -> None:
    events = await said(
        ChatStatus("thinking"), ChatStatus("approval-resolved", approval="ap-1"), ChatFinal("done")
    )
    assert [event.data for event in events[:2]] == [
        {"phase": "thinking"},
        {"phase": "approval-resolved", "id": "ap-1"},
    ]


class Listens:
    """A connection that notes what it is asked, or is gone."""

    def __init__(self, *, gone: bool = False) -> None:
        self.asked: list[str] = []
        self._gone = gone

    async def call(self, method: str, *_: object, **__: object) -> dict[str, object]:
        self.asked.append(method)
        if self._gone:
            raise GatewayUnreachable("gone")
        return {"ok": True, "aborted": True, "runIds": []}


async def too_late(client: Listens, terms: Terms) -> LunaError:
    """What is said when no answer comes in time."""

    async def never() -> AsyncIterator[ChatPart]:
        yield ChatStarted("run-1")
        await asyncio.Event().wait()

    answering = Answering(cast("GatewayClient", client), terms, Call("human:test", "tui"))
    with pytest.raises(LunaError) as caught:
        await answering.through(never())
    return caught.value


async def test_whoever_asked_stops_it_when_the_time_is_over() -> None:
    client = Listens()
    error = await too_late(client, replace(TERMS, timeout=0.01))
    assert (error.code, client.asked) == ("agent-silent", ["chat.abort"])
    assert "was stopped" in error.message


async def test_whoever_only_looks_on_stops_nothing() -> None:
    client = Listens()
    error = await too_late(client, replace(TERMS, timeout=0.01, stops=False))
    assert (error.code, client.asked) == ("agent-slow", [])


async def test_what_could_not_be_stopped_is_not_said_to_be() -> None:
    error = await too_late(Listens(gone=True), replace(TERMS, timeout=0.01))
    assert error.code == "agent-slow"
    assert "stopped" not in error.message
