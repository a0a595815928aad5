"""Our own test of a provider: every way it can fail is named, and the key never shows."""

from __future__ import annotations

import datetime
import json
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from appliance.practice.server import PracticeServer
from appliance.providers.causes import CAUSES, cause_of_status
from appliance.providers.probe import ProbeResult, ProbeTarget, probe
from tests.unit.appliance.providers.certificates import certificate, server_context
from tests.unit.appliance.providers.raw_server import http_answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.providers.catalog import Api
    from tests.unit.appliance.providers.raw_server import RawServer

KEY = "sk-planted-0123456789abcdefghij"
CHAT: Api = "openai-completions"


async def tried(url: str, model: str = "practice", api: Api = CHAT, key: str = KEY) -> ProbeResult:
    result = await probe(ProbeTarget(url, api, key, model, answer_seconds=3))
    assert KEY not in repr(result)
    return result


def states(result: ProbeResult) -> dict[str, str]:
    return {step.name: step.code or step.state for step in result.steps}


def code(result: ProbeResult) -> str:
    assert not result.ok
    assert result.trouble is not None
    assert result.trouble.cause
    assert result.trouble.hint
    return result.trouble.code


@pytest.mark.parametrize("api", ["openai-completions", "openai-responses", "anthropic-messages", "ollama"])
async def test_a_good_provider_passes_every_step(practice: PracticeServer, api: Api) -> None:
    url = practice.base_url if api.startswith("openai") else practice.origin
    result = await tried(url, api=api)
    assert result.ok
    assert [step.state for step in result.steps][:4] == ["ok"] * 4
    assert "practice-tool" in {row.id for row in result.models}
    assert result.trouble is None


async def test_the_first_listed_model_is_asked_when_none_is_named(practice: PracticeServer) -> None:
    result = await tried(practice.base_url, "")
    assert (result.ok, result.model) == (True, "practice")


async def test_a_forgotten_v1_is_found_and_reported(practice: PracticeServer) -> None:
    result = await tried(practice.origin)
    assert (result.ok, result.base_url) == (True, practice.base_url)


async def test_a_wrong_key_stops_at_the_sign_in(practice: PracticeServer) -> None:
    result = await tried(practice.base_url, key="wrong")
    assert states(result) == {
        "reach": "ok",
        "auth": "wrong-key",
        "completion": "skipped",
        "tool": "skipped",
    }
    assert code(await tried(practice.base_url, key="")) == "key-missing"
    assert code(await tried(practice.base_url, "practice-401")) == "wrong-key"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("practice-400", "bad-request"),
        ("practice-402", "no-credit"),
        ("practice-403", "not-allowed"),
        ("practice-404", "model-not-found"),
        ("practice-408", "provider-timeout"),
        ("practice-429", "rate-limit"),
        ("practice-500", "provider-down"),
        ("practice-503", "provider-down"),
        ("practice-cut", "cut"),
        ("practice-garbage", "not-json"),
        ("practice-notools", "no-tools"),
        ("gpt-9", "model-not-found"),
    ],
)
async def test_each_fault_has_its_own_words(practice: PracticeServer, model: str, expected: str) -> None:
    assert code(await tried(practice.base_url, model)) == expected


@pytest.mark.parametrize("model", ["practice-402", "practice-404", "practice-cut", "practice-notools"])
async def test_ollamas_faults_too(practice: PracticeServer, model: str) -> None:
    expected = {
        "practice-402": "no-credit",
        "practice-404": "model-not-found",
        "practice-cut": "cut",
        "practice-notools": "no-tools",
    }
    result = await tried(practice.origin, model, "ollama", key="")
    assert code(result) == expected[model]
    assert result.context_window == 131_072


async def test_silence_ends_after_the_time_given(practice: PracticeServer) -> None:
    target = ProbeTarget(practice.base_url, CHAT, KEY, "practice-silent", answer_seconds=0.3)
    result = await probe(target)
    assert code(result) == "timeout"


async def test_nobody_listening_and_no_such_name() -> None:
    with PracticeServer() as gone:
        url = gone.base_url
    assert code(await tried(url)) == "refused"
    assert code(await tried("http://no-such-host.invalid/v1")) == "dns"


async def test_https_where_there_is_none(practice: PracticeServer) -> None:
    assert code(await tried(practice.base_url.replace("http:", "https:"))) == "not-https"


async def test_a_program_that_is_no_provider(raw: Callable[..., RawServer]) -> None:
    assert code(await tried(raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n").url)) == "protocol"
    page = http_answer(200, b"<html>hello</html>", "Content-Type: text/html")
    assert code(await tried(raw(page).url)) == "not-json"
    assert code(await tried(raw(http_answer(404, b"nothing here")).url)) == "wrong-path"


async def test_a_redirect_is_not_followed(raw: Callable[..., RawServer]) -> None:
    elsewhere = raw(http_answer(200, b"{}"))
    moved = raw(http_answer(302, b"", f"Location: {elsewhere.url}/models"))
    assert code(await tried(moved.url)) == "redirect"
    assert elsewhere.asked == []


async def test_an_endless_answer_is_cut_at_a_mebibyte(raw: Callable[..., RawServer]) -> None:
    flood = raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"data: {}\n\n" * 300_000)
    assert code(await tried(flood.url)) == "too-large"


async def test_an_error_inside_the_stream(raw: Callable[..., RawServer]) -> None:
    body = b'data: {"error": {"message": "boom"}}\n\ndata: [DONE]\n\n'
    assert code(await tried(raw(http_answer(200, body)).url)) == "provider-error"


async def test_an_answer_without_an_end(raw: Callable[..., RawServer]) -> None:
    body = b'data: {"choices": [{"delta": {"content": "O"}}]}\n\n'
    assert code(await tried(raw(http_answer(200, body)).url)) == "cut"


async def test_a_server_that_drops_connections_between_answers_is_not_cut(
    raw: Callable[..., RawServer],
) -> None:
    body = b'{"choices": [{"message": {"content": "OK"}, "finish_reason": "stop"}]}'
    answer = http_answer(200, body).replace(b"Connection: close", b"Connection: keep-alive")
    assert (await tried(raw(answer, hangs_up_when_asked_again=True).url)).ok


async def test_words_instead_of_a_tool_call_are_a_warning(raw: Callable[..., RawServer]) -> None:
    body = b'{"choices": [{"message": {"content": "OK"}, "finish_reason": "stop"}]}'
    result = await tried(raw(http_answer(200, body)).url)
    assert result.ok
    assert states(result)["tool"] == "tool-not-called"


async def test_a_small_context_fails(raw: Callable[..., RawServer]) -> None:
    answer = {
        "data": [{"id": "tiny", "max_model_len": 8_192}],
        "choices": [{"message": {"tool_calls": [{"id": "1"}]}, "finish_reason": "stop"}],
    }
    result = await tried(raw(http_answer(200, json.dumps(answer).encode())).url, "tiny")
    assert code(result) == "small-context"
    assert result.context_window == 8_192


async def test_a_wrong_clock_is_named_with_the_refused_key(raw: Callable[..., RawServer]) -> None:
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    refused = http_answer(401, b"{}", f"Date: {format_datetime(yesterday, usegmt=True)}")
    assert code(await tried(raw(refused).url)) == "clock"


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 418, 429, 500])
async def test_a_provider_that_repeats_the_key_does_not_get_it_shown(
    raw: Callable[..., RawServer], status: int
) -> None:
    body = json.dumps({"error": {"message": f"Incorrect key {KEY}", "param": KEY}}).encode()
    server = raw(http_answer(status, body, f"Location: http://x/{KEY}"))
    code(await tried(server.url))
    assert KEY.encode() in server.asked[0]


@pytest.mark.parametrize("key", [f"{KEY}\r\nX-Evil: 1", f"{KEY}ä", f"{KEY}\x00"])
async def test_a_key_that_cannot_travel_is_never_sent(practice: PracticeServer, key: str) -> None:
    assert code(await tried(practice.base_url, key=key)) == "bad-key"
    assert practice.requests == ()
    assert KEY not in repr(ProbeTarget(practice.base_url, CHAT, key))


async def test_a_proxy_is_used_for_the_world_and_never_for_this_machine(
    raw: Callable[..., RawServer], practice: PracticeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = raw(http_answer(407, b""))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert (await tried(practice.base_url)).ok
    assert proxy.asked == []
    assert code(await tried("http://provider.invalid/v1")) == "proxy"
    assert proxy.asked[0].startswith(b"GET http://provider.invalid/v1/models")


async def test_an_unknown_certificate_is_not_trusted(raw: Callable[..., RawServer], tmp_path: Path) -> None:
    path = certificate(tmp_path, days_from=-1, days_to=1)
    server = raw(http_answer(200, b"{}"), server_context(path))
    assert code(await tried(server.url)) == "tls"
    assert server.asked == []


@pytest.mark.parametrize("days", [(-9, -1), (1, 9)])
async def test_a_certificate_outside_its_dates_points_at_the_clock(
    raw: Callable[..., RawServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: tuple[int, int]
) -> None:
    path = certificate(tmp_path, days_from=days[0], days_to=days[1])
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    server = raw(http_answer(200, b"{}"), server_context(path))
    assert code(await tried(server.url)) == "tls-clock"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, b'{"error": {"code": "insufficient_quota"}}', "no-credit"),
        (400, b"Your credit balance is too low", "no-credit"),
        (400, b"model m does not support tools", "no-tools"),
        (404, b"No endpoints found that support tool use", "no-tools"),
        (400, b"The model `m` does not exist", "model-not-found"),
        (422, b"", "bad-request"),
        (405, b"", "wrong-path"),
        (418, b"", "unexpected-status"),
        (529, b"overloaded", "provider-down"),
        (308, b"", "redirect"),
    ],
)
def test_a_status_and_its_body_decide_the_cause(status: int, body: bytes, expected: str) -> None:
    assert cause_of_status(status, body).code == expected


def test_every_cause_has_words_and_a_next_step() -> None:
    for key, cause in CAUSES.items():
        parts: list[Any] = [cause.code == key, cause.words.endswith("."), cause.hint.endswith(".")]
        assert all(parts), key


async def test_no_model_to_ask_and_a_list_that_is_none(raw: Callable[..., RawServer]) -> None:
    assert code(await tried(raw(http_answer(200, b'{"data": []}')).url, "")) == "no-model"
    assert code(await tried(raw(http_answer(200, b"[" * 100_000)).url)) == "not-json"


async def test_a_list_of_nonsense_rows_is_taken_for_what_it_is_worth(raw: Callable[..., RawServer]) -> None:
    rows = [7, {}, {"id": ""}, {"id": "a\x1bb"}, {"id": "x" * 300}, {"id": "good", "context_length": -1}]
    body = json.dumps({"data": rows * 2_000}).encode()[: 2**20]
    result = await tried(raw(http_answer(200, body)).url)
    assert {row.id for row in result.models} <= {"good"}
    small = await tried(raw(http_answer(200, json.dumps({"data": rows}).encode())).url)
    assert [(row.id, row.context_window) for row in small.models] == [("good", None)]


async def test_a_line_that_hangs_up_at_once(raw: Callable[..., RawServer]) -> None:
    assert code(await tried(raw(b"").url)) == "cut"
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"
    assert code(await tried(raw(half).url)) == "cut"
