"""The parts of one answer, told as events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

from appliance.gateway.chat_parts import ChatFinal, ChatPart, ChatStarted, ChatStatus
from appliance.gateway.client import GatewayClient
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
