"""The practice model as a provider: its three faces, its faults, its keys, its end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from appliance.errors import Conflict, Refused
from appliance.practice.handler import PracticeRequest
from appliance.practice.server import PracticeServer
from tests.fakes.waiting import LIMIT_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = {"Authorization": "Bearer sk-any-key"}


@pytest.fixture
def server() -> Iterator[PracticeServer]:
    with PracticeServer(delay=0.01, pace=0) as running:
        yield running


def ask(server: PracticeServer, model: str = "practice", **more: Any) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "hello"}], **more}
    return httpx.post(f"{server.base_url}/chat/completions", headers=KEY, json=body, timeout=LIMIT_S)


def events(text: str) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def test_listens_on_this_machine_only() -> None:
    with pytest.raises(Refused) as caught:
        PracticeServer("0.0.0.0")  # noqa: S104 - the address that must be refused
    assert caught.value.code == "practice-not-loopback"


def test_says_which_port_is_taken(server: PracticeServer) -> None:
    with pytest.raises(Conflict, match=str(server.port)) as caught:
        PracticeServer(port=server.port)
    assert caught.value.code == "port-taken"


def test_answers_whole_and_says_it_is_practice(server: PracticeServer) -> None:
    answer = ask(server).json()
    text = answer["choices"][0]["message"]["content"]
    assert "Practice model “practice”, no real AI" in text
    assert answer["usage"]["total_tokens"] == sum(
        answer["usage"][name] for name in ("prompt_tokens", "completion_tokens")
    )


def test_streams_the_same_words_it_would_say_whole(server: PracticeServer) -> None:
    whole = ask(server).json()["choices"][0]["message"]["content"]
    got = events(ask(server, stream=True, stream_options={"include_usage": True}).text)
    assert got[-1] == "[DONE]"
    assert got[-2]["choices"] == []
    assert got[-2]["usage"]["completion_tokens"] > 0
    spoken = [event["choices"][0] for event in got[:-2]]
    assert "".join(choice["delta"].get("content", "") for choice in spoken) == whole
    assert [choice["finish_reason"] for choice in spoken if choice["finish_reason"]] == ["stop"]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 429, 500, 503])
def test_plays_http_faults_by_model_name(server: PracticeServer, status: int) -> None:
    answer = ask(server, f"practice-{status}")
    assert answer.status_code == status
    assert answer.json()["error"]["code"]


def test_an_unknown_model_is_not_found(server: PracticeServer) -> None:
    assert ask(server, "gpt-9").status_code == 404
    assert ask(server, "practice-unknown").status_code == 404
    assert ask(server, "practice-status").status_code == 404


def test_a_vendor_and_a_tag_around_the_name_do_not_matter(server: PracticeServer) -> None:
    assert ask(server, "lab/practice-402:latest").status_code == 402


def cut_off(server: PracticeServer, model: str, *, stream: bool) -> list[str]:
    """Ask, stop the server once it has the question; how that failed for the asker."""
    failed: list[str] = []

    def wait() -> None:
        try:
            ask(server, model, stream=stream)
        except httpx.HTTPError as error:
            failed.append(type(error).__name__)

    asker = threading.Thread(target=wait)
    asker.start()
    wait_until(lambda: server.requests)
    assert asker.is_alive()
    server.stop()
    asker.join(LIMIT_S)
    return failed


def test_slow_waits_before_the_first_word(server: PracticeServer) -> None:
    assert events(ask(server, "practice-slow", stream=True).text)[-1] == "[DONE]"
    with PracticeServer(delay=2 * LIMIT_S, pace=0) as slower:
        assert cut_off(slower, "practice-slow", stream=True) == ["RemoteProtocolError"]


@pytest.mark.parametrize("stream", [True, False])
def test_cut_breaks_off_in_the_middle(server: PracticeServer, stream: bool) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        ask(server, "practice-cut", stream=stream)


@pytest.mark.parametrize("stream", [True, False])
def test_garbage_is_not_json(server: PracticeServer, stream: bool) -> None:
    answer = ask(server, "practice-garbage", stream=stream)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(answer.text.removeprefix("data: "))


@pytest.mark.parametrize("stream", [True, False])
def test_silent_says_nothing_and_ends_with_the_server(server: PracticeServer, stream: bool) -> None:
    assert cut_off(server, "practice-silent", stream=stream) == ["RemoteProtocolError"]


def test_a_model_without_tools_refuses_them(server: PracticeServer) -> None:
    tools = [{"type": "function", "function": {"name": "read", "parameters": {}}}]
    assert ask(server, "practice-notools").status_code == 200
    refused = ask(server, "practice-notools", tools=tools)
    assert refused.status_code == 400
    assert "does not support tools" in refused.json()["error"]["message"]


def test_a_key_is_required_and_wrong_is_wrong(server: PracticeServer) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer"}):
        assert httpx.get(f"{server.base_url}/models", headers=headers).status_code == 401
    models = httpx.get(f"{server.base_url}/models", headers=KEY).json()["data"]
    assert "practice" in {row["id"] for row in models}


def test_a_server_with_a_key_of_its_own_takes_no_other() -> None:
    with PracticeServer(key="sk-only-this") as server:
        assert ask(server).status_code == 401
        right = {"Authorization": "Bearer sk-only-this"}
        assert httpx.get(f"{server.base_url}/models", headers=right).status_code == 200


def test_the_log_holds_what_was_asked_for_and_no_words(server: PracticeServer) -> None:
    ask(server)
    ask(server, "practice-429")
    path = "/v1/chat/completions"
    assert server.requests == (
        PracticeRequest("POST", path, "practice", 200),
        PracticeRequest("POST", path, "practice-429", 429),
    )


def test_a_body_that_is_not_an_object_is_refused(server: PracticeServer) -> None:
    url = f"{server.base_url}/chat/completions"
    for content in (b"[1]", b"{", b"\xff"):
        assert httpx.post(url, headers=KEY, content=content).status_code == 400


def test_ollama_lists_shows_and_streams(server: PracticeServer) -> None:
    names = [row["name"] for row in httpx.get(f"{server.origin}/api/tags").json()["models"]]
    assert "practice" in names
    shown = httpx.post(f"{server.origin}/api/show", json={"model": "practice"}).json()
    assert shown["capabilities"] == ["completion", "tools"]
    assert shown["model_info"]["practice.context_length"] == 131_072
    assert httpx.post(f"{server.origin}/api/show", json={"model": "x"}).status_code == 404
    body = {"model": "practice", "messages": [{"role": "user", "content": "hello"}]}
    lines = httpx.post(f"{server.origin}/api/chat", json=body).text.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["done"] for row in rows] == [False] * (len(rows) - 1) + [True]
    assert "no real AI" in "".join(row["message"]["content"] for row in rows)


def test_anthropic_streams_text_and_takes_its_own_key_header(server: PracticeServer) -> None:
    body = {"model": "practice", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
    url = f"{server.origin}/v1/messages"
    assert httpx.post(url, json=body).status_code == 401
    headers = {"x-api-key": "sk-ant-any"}
    whole = httpx.post(url, json=body, headers=headers).json()
    got = events(httpx.post(url, json={**body, "stream": True}, headers=headers).text)
    assert [got[0]["type"], got[-1]["type"]] == ["message_start", "message_stop"]
    spoken = [event["delta"]["text"] for event in got if event["type"] == "content_block_delta"]
    assert "".join(spoken) == whole["content"][0]["text"]


def test_responses_stream_numbers_its_events_and_completes(server: PracticeServer) -> None:
    body = {"model": "practice", "input": "hello"}
    url = f"{server.base_url}/responses"
    whole = httpx.post(url, json=body, headers=KEY).json()
    got = events(httpx.post(url, json={**body, "stream": True}, headers=KEY).text)
    assert [event["sequence_number"] for event in got] == list(range(len(got)))
    assert got[-1]["type"] == "response.completed"
    spoken = [event["delta"] for event in got if event["type"] == "response.output_text.delta"]
    assert "".join(spoken) == whole["output"][0]["content"][0]["text"]


def test_stopping_closes_the_port_and_kept_connections() -> None:
    server = PracticeServer().start()
    with httpx.Client() as client:
        client.get(f"{server.base_url}/models", headers=KEY)
        server.stop()
        with pytest.raises(httpx.HTTPError):
            client.get(f"{server.base_url}/models", headers=KEY)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", server.port)) != 0
    server.stop()


def start_process(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "appliance.practice", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def first_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert isinstance(said, dict)
    return said


def test_as_a_process_it_says_where_it_is_and_obeys_sigterm() -> None:
    with start_process("--port", "0") as process:
        said = first_line(process)
        assert httpx.get(f"{said['base_url']}/models", headers=KEY).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_as_a_process_it_ends_with_its_owner() -> None:
    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner,
        start_process("--owner-pid", str(owner.pid)) as process,
    ):
        first_line(process)
        assert process.poll() is None
        owner.kill()
        owner.wait()
        assert process.wait(LIMIT_S) == 0


def test_as_a_process_it_says_why_it_cannot_start(server: PracticeServer) -> None:
    with start_process("--port", str(server.port)) as process:
        assert process.wait(LIMIT_S) == 1
        assert process.stderr is not None
        assert str(server.port) in process.stderr.read()


def test_starts_without_the_heavy_libraries() -> None:
    code = "import sys, appliance.practice.server; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    loaded = set(done.stdout.split())
    assert done.returncode == 0
    assert not loaded & {"pydantic", "httpx", "websockets", "psutil", "jsonschema_rs", "nacl"}
