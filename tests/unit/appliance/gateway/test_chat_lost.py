"""One message over a connection that breaks: caught up, taken up again, sent once, or interrupted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from appliance.gateway.chat_parts import (
    ChatApproval,
    ChatDelta,
    ChatFailed,
    ChatFinal,
    ChatQuiet,
    ChatStatus,
)
from appliance.gateway.client import GatewayClient
from appliance.gateway.faults import GatewayUnreachable
from tests.fakes.gateway import NO_ANSWER, FakeGateway, endpoint
from tests.fakes.talk import KEY, RUN, Talk, answer_row, asked_row, pending
from tests.fakes.waiting import LIMIT_S


async def test_an_answer_goes_on_after_a_lost_connection(talk: Talk) -> None:
    task = await talk.started()
    await talk.chat("delta", seq=1, text="w0")
    await talk.until(ChatDelta)
    talk.fake._starts -= 1
    talk.history["inFlightRun"] = {"runId": RUN, "text": "w0 w1 w2"}
    await talk.connection.end.close(1006)
    await talk.until(ChatDelta, 2)
    await talk.chat("final", seq=9, text="w0 w1 w2 w3", stopReason="stop")
    await asyncio.wait_for(task, LIMIT_S)
    assert [part.phase for part in talk.parts if isinstance(part, ChatStatus)] == [
        "reconnecting",
        "reconnected",
    ]
    assert talk.parts[-2:] == [ChatDelta("w0 w1 w2", " w1 w2"), ChatFinal("w0 w1 w2 w3", "stop", RUN)]
    assert talk.connection.calls[0][0] == "sessions.messages.subscribe"
    assert len(talk.sent) == 1


async def test_an_answer_that_ended_meanwhile_is_read_from_the_history(talk: Talk) -> None:
    task = await talk.started()
    talk.history |= {
        "messages": [asked_row(), answer_row("all of it")],
        "sessionInfo": {"hasActiveRun": False},
    }
    await talk.connection.end.close(1006)
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.parts[-2:] == [ChatDelta("all of it", "all of it"), ChatFinal("all of it", "stop", RUN)]


async def test_half_an_answer_in_the_history_is_not_a_whole_one(talk: Talk) -> None:
    task = await talk.started(quiet=(0.05,))
    await talk.chat("delta", seq=1, text="half")
    await talk.until(ChatDelta)
    half = {**answer_row("half of"), "stopReason": "aborted"}
    talk.history |= {"messages": [asked_row(), half], "sessionInfo": {"hasActiveRun": False}}
    await talk.connection.end.close(1006)
    await asyncio.wait_for(task, LIMIT_S)
    assert ChatDelta("half of", " of") in talk.parts
    assert isinstance(talk.parts[-1], ChatFailed)
    assert (talk.parts[-1].kind, talk.parts[-1].text) == ("interrupted", "half of")


async def test_an_approval_asked_for_meanwhile_is_told(talk: Talk) -> None:
    task = await talk.started()
    talk.history["inFlightRun"] = {"runId": RUN, "text": ""}
    talk.approvals = [pending("ap-9"), pending("ap-8", "another run")]
    await talk.connection.end.close(1006)
    await talk.until(ChatApproval)
    await talk.chat("final", text="done")
    await asyncio.wait_for(task, LIMIT_S)
    assert [part.id for part in talk.parts if isinstance(part, ChatApproval)] == ["ap-9"]


async def test_a_message_that_never_arrived_is_sent_again_with_its_key(talk: Talk) -> None:
    task = await talk.started()
    talk.history |= {"messages": [], "sessionInfo": {"hasActiveRun": False}, "hasMore": False}
    await talk.connection.end.close(1006)
    await talk.fake.asked(await talk.fake.connection(2), 1, "chat.send")
    await talk.chat("final", text="done")
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.sent[0] == talk.sent[1]


async def test_a_run_that_a_restarted_gateway_takes_up_again_is_followed(talk: Talk) -> None:
    task = await talk.started()
    await talk.chat("delta", seq=50, text="w0 w1 w2")
    await talk.until(ChatDelta)
    talk.history |= {"messages": [asked_row()], "sessionInfo": {"hasActiveRun": False}}
    await talk.connection.end.close(1006)
    await talk.until(ChatStatus, 3)
    await talk.chat("delta", run_id="again", seq=3, text="w0")
    await talk.chat("final", run_id="again", seq=4, text="w0 w1", stopReason="stop")
    await asyncio.wait_for(task, LIMIT_S)
    assert [part.phase for part in talk.parts if isinstance(part, ChatStatus)][-1] == "recovering"
    assert talk.parts[-2:] == [ChatDelta("w0", "w0", replaced=True), ChatFinal("w0 w1", "stop", "again")]


async def test_a_run_that_nobody_takes_up_again_is_interrupted(talk: Talk) -> None:
    task = await talk.started(quiet=(0.05,))
    await talk.chat("delta", seq=50, text="half")
    await talk.until(ChatDelta)
    talk.history |= {"messages": [asked_row()], "sessionInfo": {"hasActiveRun": False}}
    await talk.connection.end.close(1006)
    await asyncio.wait_for(task, LIMIT_S)
    end = talk.parts[-1]
    assert isinstance(end, ChatFailed)
    assert (end.kind, end.text) == ("interrupted", "half")


async def test_a_gap_is_caught_up_from_the_history(talk: Talk) -> None:
    task = await talk.started()
    talk.history |= {"messages": [asked_row(), answer_row("whole")], "sessionInfo": {"hasActiveRun": False}}
    await talk.connection.event("tick", {})
    await talk.connection.event("tick", {}, skip=5)
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.parts[-1] == ChatFinal("whole", "stop", RUN)


async def test_a_lost_gateway_is_the_cause_of_silence(talk: Talk) -> None:
    task = await talk.started(quiet=(0.05,))
    talk.fake.up = False
    await talk.connection.end.close(1006)
    await talk.until(ChatQuiet)
    assert "gateway does not answer" in next(p.cause for p in talk.parts if isinstance(p, ChatQuiet))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_with_a_one_time_connection_a_loss_is_an_error(fake: FakeGateway) -> None:
    async with GatewayClient(endpoint(), opener=fake.opener) as client:
        talk = Talk(fake, client)
        task = await talk.started()
        await talk.connection.end.close(1006)
        with pytest.raises(GatewayUnreachable) as caught:
            await asyncio.wait_for(task, LIMIT_S)
    assert caught.value.code == "gateway-lost"


async def test_an_old_release_is_asked_without_subscribing(talk: Talk) -> None:
    talk.fake.methods = ["health"]
    await talk.connection.end.close(1006)
    await talk.fake.connection(2)
    await talk.client.connected(60)
    task = await talk.started()
    await talk.chat("final", text="done")
    await asyncio.wait_for(task, LIMIT_S)
    assert [method for method, _ in talk.connection.calls] == ["chat.send"]


async def test_a_run_that_failed_meanwhile_says_so(talk: Talk) -> None:
    task = await talk.started()
    failed = {"role": "assistant", "content": [], "errorMessage": "HTTP 401"}
    talk.history |= {"messages": [asked_row(), failed], "sessionInfo": {"hasActiveRun": False}}
    await talk.connection.end.close(1006)
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.parts[-1] == ChatFailed("HTTP 401", "unknown")


async def test_a_queued_message_is_waited_for(talk: Talk) -> None:
    task = await talk.started()
    waiting = {"items": [{"runId": RUN, "state": "queued"}], "total": 1}
    talk.history |= {"pendingInputs": waiting, "sessionInfo": {"hasActiveRun": False}}
    await talk.connection.end.close(1006)
    await talk.until(ChatStatus, 2)
    await talk.chat("final", text="at last")
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.parts[-1] == ChatFinal("at last", "", RUN)
    assert len(talk.sent) == 1


async def test_a_message_beyond_the_known_history_is_not_sent_twice(talk: Talk) -> None:
    task = await talk.started(quiet=(0.02,))
    talk.history |= {
        "messages": [answer_row("other")],
        "sessionInfo": {"hasActiveRun": False},
        "hasMore": True,
    }
    await talk.connection.end.close(1006)
    await asyncio.wait_for(task, LIMIT_S)
    end = talk.parts[-1]
    assert isinstance(end, ChatFailed)
    assert (end.kind, len(talk.sent)) == ("interrupted", 1)


async def test_sending_survives_a_connection_that_breaks_just_then(talk: Talk) -> None:
    plain_send = talk.fake.handlers["chat.send"]

    def break_off(params: dict[str, Any]) -> Any:
        talk.fake.handlers["chat.send"] = plain_send
        talk.fake._spawn(talk.connection.end.close(1006))
        return NO_ANSWER

    talk.fake.handlers["chat.send"] = break_off
    task = await talk.started()
    await talk.chat("final", text="done")
    await asyncio.wait_for(task, LIMIT_S)
    assert talk.sent == [{"sessionKey": KEY, "message": "hello", "idempotencyKey": RUN}]
