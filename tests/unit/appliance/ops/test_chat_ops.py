"""Conversations that go on without us, unsent messages, and decisions: on a box with a fake Gateway."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.api import Appliance
from appliance.errors import LunaError, NotFound, Refused, Usage
from appliance.ops.approvals import DECIDE, LIST, Decide, arguments_of, hidden_in
from appliance.ops.chat import SEND, SendMessage
from appliance.ops.chat_draft import DRAFT, KEEP, KeepDraft, MessageDraft, WhoseDraft
from appliance.ops.chat_history import HISTORY, STOP, Said, StopTalk, WhichTalk
from appliance.ops.core import Call, Nothing
from appliance.ops.dispatch import dispatch
from tests.fakes.box import Consent, make_box, tree
from tests.fakes.gateway import TOKEN, FakeGateway
from tests.fakes.talk import answer_row, asked_row, pending

CALL = Call("human:test", "tui")


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[FakeGateway]:
    gateway = FakeGateway()
    async with gateway.listening() as port:
        config = {
            "gateway": {"mode": "local", "port": port, "auth": {"mode": "token", "token": TOKEN}},
            "agents": {"entries": {"luna": {"name": "Luna"}}},
        }
        path = make_box(tmp_path).places.config_path
        path.parent.mkdir(mode=0o700)
        path.touch(mode=0o600)
        path.write_text(json.dumps(config))
        yield gateway
        await gateway.stop()


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    return make_box(tmp_path)


async def test_a_history_is_what_people_said_and_heard(box: Appliance, fake: FakeGateway) -> None:
    failed = {"role": "assistant", "content": [], "errorMessage": "quota"}
    own = {"role": "user", "content": "[System] Your previous turn was interrupted by a gateway restart."}
    tool = {"role": "toolResult", "content": [{"type": "text", "text": "secret file"}]}
    fake.handlers["chat.history"] = lambda _: {
        "sessionKey": "agent:luna:main",
        "messages": [asked_row(), tool, own, answer_row("Hello!"), failed],
        "inFlightRun": {"runId": "run-9", "text": "Half"},
        "hasMore": True,
    }
    found = await dispatch(box, HISTORY, WhichTalk("luna"), CALL)
    assert found.lines == (
        Said("person", "hello", 0.0),
        Said("agent", "Hello!", 0.0),
        Said("agent", "", 0.0, "quota"),
    )
    assert (found.run_id, found.text_so_far, found.has_more) == ("run-9", "Half", True)
    assert fake.connections[0].calls == [("chat.history", {"sessionKey": "agent:luna:main", "limit": 100})]
    with pytest.raises(NotFound):
        await dispatch(box, HISTORY, WhichTalk("nobody"), CALL)
    with pytest.raises(Usage):
        await dispatch(box, HISTORY, WhichTalk("luna", rows=0), CALL)


async def test_an_answer_is_stopped(box: Appliance, fake: FakeGateway) -> None:
    fake.handlers["chat.abort"] = lambda _: {"ok": True, "aborted": True, "runIds": ["r"]}
    assert (await dispatch(box, STOP, StopTalk("luna"), CALL)).stopped
    assert (await dispatch(box, STOP, StopTalk("luna", run="r"), CALL)).stopped
    assert [connection.calls for connection in fake.connections] == [
        [("chat.abort", {"sessionKey": "agent:luna:main"})],
        [("chat.abort", {"sessionKey": "agent:luna:main", "runId": "r"})],
    ]


async def test_an_unsent_message_is_kept_for_each_person_and_agent(box: Appliance) -> None:
    before = tree(box.places.home) if box.places.home.exists() else {}
    assert await dispatch(box, DRAFT, WhoseDraft("luna"), CALL) == MessageDraft("luna", "", kept=True)
    await dispatch(box, KEEP, KeepDraft("luna", "Half a sen\ud800tence\n"), CALL)
    assert (await dispatch(box, DRAFT, WhoseDraft("luna"), CALL)).text == "Half a sen\\ud800tence\n"
    assert (await dispatch(box, DRAFT, WhoseDraft("hr/../x"), CALL)).text == ""
    other = replace(CALL, actor="support:ann")
    assert (await dispatch(box, DRAFT, WhoseDraft("luna"), other)).text == ""
    (path,) = (box.places.home / "drafts").rglob("*.txt")
    assert path.stat().st_mode & 0o777 == 0o600
    await dispatch(box, KEEP, KeepDraft("luna", ""), CALL)
    assert not path.exists()
    assert not box.places.audit_dir.exists() or tree(box.places.audit_dir) == before


async def test_an_unsent_message_with_a_key_is_not_written_down(box: Appliance) -> None:
    key = "sk-proj-" + "Ab3" * 14
    kept = await dispatch(box, KEEP, KeepDraft("luna", f"use {key}"), CALL)
    assert kept == MessageDraft("luna", "", kept=False)
    assert not any(key in path.read_text() for path in box.places.home.rglob("*.txt"))


async def test_what_was_said_is_in_no_record(box: Appliance, fake: FakeGateway) -> None:
    text = "My mother's maiden name is Rossi"
    with pytest.raises(LunaError):
        await dispatch(box, SEND, SendMessage("luna", text), CALL)
    fake.handlers |= {
        "sessions.messages.subscribe": lambda params: {"subscribed": True, "key": params["key"]},
        "chat.send": lambda params: {"runId": params["idempotencyKey"], "status": "started"},
    }
    params = await _recorded(box, text)
    assert params["message"]["length"] == len(text)
    assert params["message"]["fingerprint"].startswith("fp:")
    assert params["agent"] == "luna"
    assert text not in "".join(path.read_text() for path in box.places.home.rglob("*.json*"))


async def _recorded(box: Appliance, text: str) -> dict[str, Any]:
    from appliance.ops.plain import to_plain

    plain: dict[str, Any] = to_plain(SendMessage("luna", text), secret_key=box.fingerprint_key)
    assert plain == to_plain(SendMessage("luna", text), secret_key=box.fingerprint_key)
    assert plain != to_plain(SendMessage("luna", text + "!"), secret_key=box.fingerprint_key)
    return plain


def waiting(fake: FakeGateway) -> None:
    row = pending("ap-1")
    row["request"] |= {"agentId": "luna", "command": "rm -r 'my files'", "warningText": "It deletes."}
    fake.handlers |= {
        "exec.approval.list": lambda _: [row],
        "plugin.approval.list": lambda _: [],
        "approval.resolve": lambda params: {
            "applied": True,
            "approval": {"id": params["id"], "status": "allowed", "decision": params["decision"]},
        },
    }


async def test_what_waits_is_listed_with_the_answers_that_count(box: Appliance, fake: FakeGateway) -> None:
    waiting(fake)
    (found,) = (await dispatch(box, LIST, Nothing(), CALL)).decisions
    assert found.arguments == ("rm", "-r", "my files")
    assert found.answers == ("deny", "allow-once")
    assert (found.agent, found.hidden, found.warning) == ("luna", 0, "It deletes.")
    assert found.expires_at == pytest.approx(1795165250.351)


async def test_a_yes_needs_a_person_and_a_no_does_not(box: Appliance, fake: FakeGateway) -> None:
    waiting(fake)
    with pytest.raises(Refused):
        await dispatch(box, DECIDE, Decide("ap-1", "allow-once"), CALL)
    asked = Consent()
    agreeing = replace(CALL, consent=asked)
    done = await dispatch(box, DECIDE, Decide("ap-1", "allow-once"), agreeing)
    assert (done.applied, done.answer) == (True, "allow-once")
    assert "rm -r 'my files'" in asked.asked[0]
    await dispatch(box, DECIDE, Decide("ap-1", "deny"), CALL)
    with pytest.raises(Usage) as odd:
        await dispatch(box, DECIDE, Decide("ap-1", "allow-always"), agreeing)
    assert odd.value.code == "approval-answer"
    with pytest.raises(NotFound) as gone:
        await dispatch(box, DECIDE, Decide("ap-2", "deny"), CALL)
    assert gone.value.code == "approval-gone"
    with pytest.raises(Refused):
        await dispatch(box, DECIDE, Decide("ap-1", "deny"), replace(CALL, actor="agent:luna"))


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("touch 'a b'", ("touch", "a b")),
        ("echo hi | sh", ("echo hi | sh",)),
        ("echo 'open", ("echo 'open",)),
        ("", ("",)),
    ],
)
def test_arguments_are_taken_apart_only_where_it_is_certain(command: str, arguments: tuple[str, ...]) -> None:
    assert arguments_of(command) == arguments


def test_hidden_characters_are_counted() -> None:
    assert hidden_in("rm\u202e \u200bfile\x1b\n") == 3
