"""One message to its end over a fake gateway: streams, tools, approvals, absorbed, quiet, refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from appliance.gateway.chat_parts import (
    ChatAborted,
    ChatApproval,
    ChatDelta,
    ChatFailed,
    ChatFinal,
    ChatQuiet,
    ChatStarted,
    ChatStatus,
    ChatTool,
    ToolPhase,
)
from appliance.gateway.chat_turn import Turn
from appliance.gateway.faults import GatewayMissing
from appliance.gateway.frames import Event
from tests.fakes.gateway import WireError
from tests.fakes.talk import KEY, RUN, Talk, asked_row, pending
from tests.fakes.waiting import LIMIT_S


async def test_an_answer_streams_to_its_end(talk: Talk) -> None:
    task = await talk.started()
    await talk.chat("status", seq=1, phase="preparing_workspace")
    await talk.chat("status", seq=4, phase="starting_model")
    await talk.chat("delta", seq=6, text="w0", deltaText="w0")
    await talk.chat("delta", seq=9, text="w0 w1", deltaText=" w1")
    await talk.chat("final", seq=12, text="w0 w1", stopReason="stop")
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.parts == [
        ChatStarted(RUN),
        ChatStatus("preparing_workspace"),
        ChatStatus("starting_model"),
        ChatDelta("w0", "w0"),
        ChatDelta("w0 w1", " w1"),
        ChatFinal("w0 w1", "stop", RUN),
    ]
    methods = [method for method, _ in talk.connection.calls]
    assert methods == ["sessions.messages.subscribe", "chat.send"]
    assert talk.sent[0] == {"sessionKey": KEY, "message": "hello", "idempotencyKey": RUN}


async def test_stale_foreign_and_repeated_events_change_nothing(talk: Talk) -> None:
    task = await talk.started()
    await talk.chat("delta", seq=6, text="w0 w1")
    await talk.chat("delta", seq=5, text="w0")
    await talk.chat("delta", seq=7, text="w0 w1")
    await talk.chat("delta", run_id="another", seq=8, text="not ours")
    await talk.connection.event("chat", {"runId": RUN, "sessionKey": "agent:x:main", "state": "final"})
    await talk.chat("final", text="w0 w1")
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.kinds() == ["ChatStarted", "ChatDelta", "ChatFinal"]


async def test_a_rewritten_answer_replaces_the_text(talk: Talk) -> None:
    task = await talk.started()
    await talk.chat("delta", seq=1, text="wrong way")
    await talk.chat("delta", seq=2, text="right")
    await talk.chat("final", text="right")
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.parts[2] == ChatDelta("right", "right", replaced=True)


async def test_tools_are_told_with_their_titles(talk: Talk) -> None:
    task = await talk.started()
    title = {"kind": "tool", "name": "exec", "title": "Exec print text", "toolCallId": "call_1"}
    await talk.agent("item", **title, phase="start", status="running")
    await talk.agent("item", **title, phase="end", status="failed", error="exec denied: no")
    await talk.agent("item", kind="preamble", title="Preamble", phase="update")
    await talk.agent("item", **title, phase="odd")
    await talk.chat("final", text="done")
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.parts[1:3] == [
        ChatTool("call_1", "exec", "Exec print text", ToolPhase.START, "running"),
        ChatTool("call_1", "exec", "Exec print text", ToolPhase.END, "failed", "exec denied: no"),
    ]
    assert len(talk.parts) == 4


async def test_an_approval_is_told_once_with_its_decisions(talk: Talk) -> None:
    task = await talk.started()
    await talk.approval()
    await talk.approval()
    await talk.approval("ap-2", run_id="another")
    await talk.agent("lifecycle", phase="approval-resolved", approvalId="ap-1")
    await talk.chat("final", text="done")
    await asyncio.wait_for(task, LIMIT_S)
    asked = ChatApproval("ap-1", "exec", "touch ~/x1", ("allow-once", "deny"), 1795165250351)
    assert talk.parts[1:] == [
        asked,
        ChatStatus("approval-resolved", approval="ap-1"),
        ChatFinal("done", "", RUN),
    ]


@pytest.mark.parametrize(
    ("expires", "read"),
    [(5, 5), (5.0, 5), (5.5, 0), (10**400, 0), (1e308, 0), (True, 0), ("5", 0), (None, 0)],
)
def test_a_time_that_no_engine_counts_to_is_none(expires: object, read: int) -> None:
    event = Event("exec.approval.requested", pending("ap-1") | {"expiresAtMs": expires})
    (part,) = Turn(RUN, KEY).take(event)
    assert isinstance(part, ChatApproval)
    assert part.expires_at_ms == read


async def test_a_failure_has_words_and_a_class(talk: Talk) -> None:
    task = await talk.started()
    words = "⚠️ fake/test-model request failed (authentication failed, HTTP 401)."
    await talk.agent("lifecycle", phase="finishing", error=words)
    await talk.chat("error", errorMessage=words, errorKind="unknown", errorDetail={"failoverReason": "auth"})
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.parts[1:] == [ChatStatus("provider-error", words), ChatFailed(words, "unknown", "auth")]


async def test_a_stopped_run_keeps_its_partial_text(talk: Talk) -> None:
    task = await talk.started()
    await talk.chat("delta", seq=1, text="half")
    await talk.chat("aborted", stopReason="rpc")
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.parts[-1] == ChatAborted("half", "rpc")


async def test_an_absorbed_message_is_answered_by_the_other_run(talk: Talk) -> None:
    talk.history["inFlightRun"] = {"runId": "other", "text": "w0"}
    task = await talk.started()
    await talk.chat("final", seq=1)
    await talk.until(ChatDelta)
    await talk.chat("delta", run_id="other", seq=40, text="w0 w1")
    await talk.chat("final", run_id="other", seq=41, text="w0 w1", stopReason="stop")
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.kinds() == ["ChatStarted", "ChatStatus", "ChatDelta", "ChatDelta", "ChatFinal"]
    assert talk.parts[-1] == ChatFinal("w0 w1", "stop", "other")


async def test_an_absorbed_message_without_any_answer_ends_silently(talk: Talk) -> None:
    talk.history |= {"messages": [asked_row()], "sessionInfo": {"hasActiveRun": False}}
    task = await talk.started()
    await talk.chat("final", seq=1)
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.parts[-1] == ChatFinal("", "silent", RUN)


async def test_silence_is_said_and_its_cause_named(talk: Talk) -> None:
    task = await talk.started(quiet=(0.02, 0.05))
    await talk.until(ChatQuiet)
    await talk.chat("status", seq=1, phase="starting_model")
    await talk.until(ChatQuiet, 2)
    await talk.approval()
    await talk.until(ChatQuiet, 3)
    await talk.chat("final", text="done")
    await asyncio.wait_for(task, LIMIT_S)
    quiet = [part for part in talk.parts if isinstance(part, ChatQuiet)]
    assert [part.cause for part in quiet][:3] == [
        "OpenClaw is still preparing the run.",
        "The AI model was asked and has not answered yet.",
        "It waits for an approval: touch ~/x1",
    ]
    assert quiet[0].seconds >= 0.02
    assert quiet[1].seconds >= 0.05


async def test_a_refused_message_raises(talk: Talk) -> None:
    def refuse(_: Any) -> None:
        raise WireError("INVALID_REQUEST", 'Agent "luna" no longer exists in configuration')

    talk.fake.handlers["chat.send"] = refuse
    with pytest.raises(GatewayMissing):
        await talk.begin()


async def test_trouble_and_tools_are_causes_of_silence(talk: Talk) -> None:
    task = await talk.started(quiet=(0.03,))
    await talk.agent("lifecycle", phase="finishing", error={"message": "HTTP 429"})
    await talk.until(ChatQuiet)
    await talk.chat("delta", seq=1, text="half")
    await talk.until(ChatQuiet, 2)
    await talk.agent("item", kind="tool", title="Exec sleep", phase="start", itemId="t")
    await talk.until(ChatQuiet, 3)
    await talk.chat("final", text="half")
    await asyncio.wait_for(task, LIMIT_S)
    causes = [part.cause for part in talk.parts if isinstance(part, ChatQuiet)]
    assert "tries again: HTTP 429" in causes[0]
    assert "stopped in the middle" in causes[1]
    assert "still working: Exec sleep" in causes[-1]


async def test_leaving_early_stops_listening(talk: Talk) -> None:
    task = await talk.started()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert talk.client._subscriptions == set()
