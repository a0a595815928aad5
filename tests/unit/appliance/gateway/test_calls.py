"""Typed calls: exactly the parameters the gateway knows, and answers as captured from OpenClaw 2026.9.6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from appliance.gateway import calls
from appliance.gateway.faults import GatewayError
from appliance.gateway.oneshot import run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping


class Answering:
    """A caller with one fixed answer per method; remembers what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self._answers = {name.replace("__", "."): answer for name, answer in answers.items()}
        self.asked: list[tuple[str, dict[str, Any], float | None, bool]] = []

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - part of the question
        large: bool = False,
    ) -> Any:
        self.asked.append((method, dict(params or {}), timeout, large))
        return self._answers[method]


REQUESTS: list[tuple[Callable[[Any], Coroutine[Any, Any, Any]], str, dict[str, Any]]] = [
    (lambda c: calls.config_state(c), "config.get", {}),
    (lambda c: calls.agents_list(c), "agents.list", {}),
    (lambda c: calls.models_list(c), "models.list", {}),
    (lambda c: calls.models_list(c, view="all"), "models.list", {"view": "all"}),
    (lambda c: calls.models_list(c, refresh=True), "models.list", {"refresh": True}),
    (lambda c: calls.models_probe(c, "fake"), "models.probe", {"provider": "fake", "timeoutMs": 15000}),
    (lambda c: calls.models_auth_status(c), "models.authStatus", {}),
    (lambda c: calls.secrets_list(c), "secrets.store.list", {}),
    (lambda c: calls.secrets_set(c, "K", "v"), "secrets.store.set",
     {"name": "K", "value": "v", "kind": "secret"}),
    (lambda c: calls.secrets_delete(c, "K"), "secrets.store.delete", {"name": "K"}),
    (lambda c: calls.secrets_reload(c), "secrets.reload", {}),
    (lambda c: calls.health(c), "health", {}),
    (lambda c: calls.status(c), "status", {}),
    (lambda c: calls.system_info(c), "system.info", {}),
    (lambda c: calls.setup_verify(c, agent_id="luna"), "openclaw.setup.verify", {"agentId": "luna"}),
    (lambda c: calls.restart_preflight(c), "gateway.restart.preflight", {}),
    (lambda c: calls.restart_request(c), "gateway.restart.request", {}),
    (lambda c: calls.restart_request(c, reason="update"), "gateway.restart.request", {"reason": "update"}),
    (lambda c: calls.chat_abort(c, "k"), "chat.abort", {"sessionKey": "k"}),
    (lambda c: calls.chat_abort(c, "k", "r"), "chat.abort", {"sessionKey": "k", "runId": "r"}),
    (lambda c: calls.chat_history(c, "k", limit=2), "chat.history", {"sessionKey": "k", "limit": 2}),
    (lambda c: calls.messages_subscribe(c, "k"), "sessions.messages.subscribe", {"key": "k"}),
    (lambda c: calls.messages_subscribe(c, "k", approvals=True), "sessions.messages.subscribe",
     {"key": "k", "includeApprovals": True}),
    (lambda c: calls.messages_unsubscribe(c, "k"), "sessions.messages.unsubscribe", {"key": "k"}),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "method", "params"), REQUESTS)
def test_a_call_sends_its_known_parameters_and_reads_the_least_answer(
    ask: Callable[[Any], Coroutine[Any, Any, Any]], method: str, params: dict[str, Any]
) -> None:
    caller = Answering(**{method.replace(".", "__"): {"unknownToUs": {"deep": [1]}}})
    run(ask(caller))
    assert caller.asked[0][:2] == (method, params)


def test_a_probe_has_its_own_long_deadline() -> None:
    caller = Answering(models__probe={"provider": "dead", "status": "timeout", "latencyMs": 85809})
    probed = run(calls.models_probe(caller, "dead"))
    assert (caller.asked[0][2], probed.ok, probed.status, probed.latency_ms) == (
        100.0,
        False,
        "timeout",
        85_809,
    )


def test_config_state_keeps_hashes_and_drops_every_text() -> None:
    answer = {
        "path": "/home/o/.openclaw/openclaw.json", "exists": True, "valid": True, "raw": "{secret}",
        "parsed": {"gateway": {"auth": {"token": "__OPENCLAW_REDACTED__"}}}, "hash": "h", "issues": [],
        "warnings": [{"path": "a", "message": "Missing env var"}], "configRevisionHash": "r",
        "appliedConfigHash": "r",
    }  # fmt: skip
    state = run(calls.config_state(Answering(config__get=answer)))
    assert state.in_use
    assert state.warnings[0].message == "Missing env var"
    assert "secret" not in repr(state)
    assert "REDACTED" not in repr(state)
    pending = run(calls.config_state(Answering(config__get={**answer, "appliedConfigHash": "older"})))
    assert not pending.in_use
    broken = run(calls.config_state(Answering(config__get={**answer, "valid": False})))
    assert not broken.in_use


def test_agents_as_listed() -> None:
    row = {
        "id": "sales-desk", "kind": "agent", "name": "Sales Desk",
        "identity": {"name": "Sales Desk", "emoji": "🛒"}, "workspace": "/w",
        "model": {"primary": "fake/second-model"}, "createdVia": "operator",
    }  # fmt: skip
    answer = {
        "defaultId": "luna",
        "ownership": "explicit",
        "agents": [row, {"id": "luna", "model": "fake/m"}],
    }
    listed = run(calls.agents_list(Answering(agents__list=answer)))
    assert (listed.default_id, [agent.id for agent in listed.agents]) == ("luna", ["sales-desk", "luna"])
    model = listed.agents[0].model
    assert not isinstance(model, str | None)
    assert model.primary == "fake/second-model"
    assert listed.agents[1].model == "fake/m"
    assert listed.agents[0].identity.emoji == "🛒"


def test_models_have_the_reference_that_configs_use() -> None:
    answer = {
        "models": [{"id": "llama3.2:3b", "provider": "ollama", "contextWindow": 131072, "available": True}]
    }
    assert run(calls.models_list(Answering(models__list=answer))).models[0].ref == "ollama/llama3.2:3b"


def test_history_reads_strings_blocks_and_marks() -> None:
    answer = {
        "sessionKey": "agent:luna:main",
        "messages": [
            {"role": "user", "content": "hello", "__openclaw": {"idempotencyKey": "r1:user", "id": "a"}},
            {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "toolCall", "id": "t"},
                                              {"type": "text", "text": "b"}], "stopReason": "stop"},
        ],
        "inFlightRun": {"runId": "r2", "text": "w0"},
        "pendingInputs": {"items": [{"id": "p", "runId": "r3", "state": "queued"}], "total": 1},
        "sessionInfo": {"key": "agent:luna:main", "hasActiveRun": True},
    }  # fmt: skip
    history = run(calls.chat_history(Answering(chat__history=answer), "agent:luna:main"))
    assert [message.text for message in history.messages] == ["hello", "ab"]
    assert history.messages[0].mark.idempotency_key == "r1:user"
    assert history.in_flight_run is not None
    assert (history.in_flight_run.text, history.session_info.has_active_run) == ("w0", True)
    assert history.pending_inputs.items[0].run_id == "r3"


def test_sending_needs_a_key_of_its_own_and_waits_long() -> None:
    caller = Answering(chat__send={"runId": "r1", "status": "started"})
    assert run(calls.chat_send(caller, "k", "hi", "r1")).run_id == "r1"
    assert caller.asked == [
        ("chat.send", {"sessionKey": "k", "message": "hi", "idempotencyKey": "r1"}, 90.0, False)
    ]


def test_waiting_approvals_of_both_kinds_are_one_list() -> None:
    execs = [{"id": "e1", "request": {"command": "touch x", "allowedDecisions": ["allow-once", "deny"]}}]
    plugins = [{"id": "plugin:1", "approvalKind": "plugin", "request": {"title": "Send mail"}}]
    caller = Answering(exec__approval__list=execs, plugin__approval__list=plugins)
    waiting = run(calls.approvals_pending(caller))
    assert [(row.id, row.approval_kind) for row in waiting] == [("e1", "exec"), ("plugin:1", "plugin")]
    assert waiting[0].request.allowed_decisions == ("allow-once", "deny")


@pytest.mark.parametrize("answer", [None, {}, {"approvals": []}, [None], [{"id": 1}]])
def test_waiting_approvals_in_a_form_we_do_not_know_are_not_taken_for_none(answer: Any) -> None:
    caller = Answering(exec__approval__list=[], plugin__approval__list=answer)
    with pytest.raises(GatewayError) as caught:
        run(calls.approvals_pending(caller))
    assert caught.value.code == "gateway-answer"
    assert "`plugin.approval.list`" in caught.value.message


def test_a_decision_says_what_was_recorded() -> None:
    answer = {
        "applied": False,
        "approval": {"id": "e1", "status": "denied", "decision": "deny", "reason": "user"},
    }
    caller = Answering(approval__resolve=answer)
    done = run(calls.approval_resolve(caller, "e1", "allow-once"))
    assert caller.asked[0][1] == {"id": "e1", "kind": "exec", "decision": "allow-once"}
    assert (done.applied, done.approval.status) == (False, "denied")


@pytest.mark.parametrize("answer", [None, [], "text", {"agents": [{}]}, {"agents": "none"}])
def test_an_answer_of_another_shape_is_named_without_its_content(answer: Any) -> None:
    with pytest.raises(GatewayError) as caught:
        run(calls.agents_list(Answering(agents__list=answer)))
    assert caught.value.code == "gateway-answer"
    assert "`agents.list`" in caught.value.message


def test_an_odd_answer_to_a_secret_call_never_repeats_the_value() -> None:
    with pytest.raises(GatewayError) as caught:
        run(calls.secrets_set(Answering(secrets__store__set={"ok": {"value": "planted"}}), "K", "planted"))
    assert "planted" not in str(caught.value) + caught.value.hint
    assert caught.value.__cause__ is None
