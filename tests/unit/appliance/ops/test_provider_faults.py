"""Every fault of a provider, produced on this machine: named, blamed on the right one, and within 12 s."""

from __future__ import annotations

import datetime
import json
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from appliance.ops.core import Call, Verdict
from appliance.ops.dispatch import dispatch
from appliance.ops.provider_test import TEST, ProviderTest, TestProvider
from appliance.practice.server import PracticeServer
from tests.fakes.box import make_box
from tests.unit.appliance.providers.certificates import certificate, server_context
from tests.unit.appliance.providers.raw_server import RawServer, http_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEY = "sk-planted-0123456789abcdefghij"
LIMIT_S = 12.0


@dataclass
class Stand:
    """Where faults are made."""

    folder: Path
    env: pytest.MonkeyPatch
    running: ExitStack

    def raw(self, answer: bytes, **ways: Any) -> str:
        """The address of a server that answers with these bytes."""
        return self.running.enter_context(RawServer(answer, **ways)).url

    def proxied(self, answer: bytes) -> None:
        """Everything but this machine goes through a proxy that answers with these bytes."""
        self.by_proxy(self.running.enter_context(RawServer(answer)).port)

    def by_proxy(self, port: int) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            self.env.setenv(name, f"http://127.0.0.1:{port}")


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with ExitStack() as running:
        yield Stand(tmp_path, monkeypatch, running)


@pytest.fixture(scope="module")
def practice() -> Iterator[PracticeServer]:
    with PracticeServer(pace=0) as server:
        yield server


async def tried(stand: Stand, url: str, model: str = "m", key: str = KEY) -> tuple[ProviderTest, float]:
    """A box with this provider and no Gateway, tested; and how long that took."""
    port = free_port()
    entry = {
        "baseUrl": url,
        "api": "openai-completions",
        "apiKey": key,
        "models": [{"id": model, "name": model}],
    }
    config = {"gateway": {"port": port}, "models": {"providers": {"office": entry}}}
    path = stand.folder / ".openclaw" / "openclaw.json"
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    path.write_text(json.dumps(config))
    started = time.monotonic()
    result = await dispatch(make_box(stand.folder), TEST, TestProvider("office"), Call("human:rosa", "cli"))
    spent = time.monotonic() - started
    assert KEY not in repr(result)
    return result, spent


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def listed(**row: Any) -> bytes:
    """A provider that answers everything at once: its list, and a tool called."""
    answer = {
        "data": [{"id": "m", **row}],
        "choices": [{"message": {"tool_calls": [{"id": "1"}]}, "finish_reason": "stop"}],
    }
    return http_answer(200, json.dumps(answer).encode())


STATUSES = [
    ("practice-400", "bad-request", "provider"),
    ("practice-401", "wrong-key", "key"),
    ("practice-402", "no-credit", "account"),
    ("practice-403", "not-allowed", "account"),
    ("practice-404", "model-not-found", "model"),
    ("practice-408", "provider-timeout", "provider"),
    ("practice-429", "rate-limit", "account"),
    ("practice-500", "provider-down", "provider"),
    ("practice-503", "provider-down", "provider"),
    ("practice-504", "provider-down", "provider"),
    ("practice-notools", "no-tools", "model"),
    ("practice-silent", "timeout", "provider"),
    ("practice-cut", "cut", "provider"),
    ("practice-garbage", "not-json", "provider"),
]


@pytest.mark.parametrize(("model", "code", "blame"), STATUSES, ids=[row[0] for row in STATUSES])
async def test_what_a_model_can_answer(
    stand: Stand, practice: PracticeServer, model: str, code: str, blame: str
) -> None:
    named(await tried(stand, practice.base_url, model), code, blame)


def _refusing_key(stand: Stand) -> str:
    return stand.raw(http_answer(401, b"{}"))


def _wrong_clock(stand: Stand) -> str:
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    return stand.raw(http_answer(401, b"{}", f"Date: {format_datetime(yesterday, usegmt=True)}"))


def _self_signed(stand: Stand) -> str:
    path = certificate(stand.folder, days_from=-1, days_to=1)
    return stand.raw(b"", context=server_context(path))


def _run_out(stand: Stand) -> str:
    path = certificate(stand.folder, days_from=-9, days_to=-1)
    stand.env.setenv("SSL_CERT_FILE", str(path))
    return stand.raw(b"", context=server_context(path))


def _not_yet(stand: Stand) -> str:
    path = certificate(stand.folder, days_from=1, days_to=9)
    stand.env.setenv("SSL_CERT_FILE", str(path))
    return stand.raw(b"", context=server_context(path))


def _no_name(_stand: Stand) -> str:
    return "http://no-such-host.invalid/v1"


def _nobody(_stand: Stand) -> str:
    return f"http://127.0.0.1:{free_port()}/v1"


def _never_picks_up(stand: Stand) -> str:
    """A listener whose queue is full: the next connection waits for ever."""
    listener = stand.running.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(4):
        waiting = stand.running.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
    return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def _never_says_a_word(stand: Stand) -> str:
    listener = stand.running.enter_context(socket.create_server(("127.0.0.1", 0)))
    return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def _small_memory(stand: Stand) -> str:
    return stand.raw(listed(context_length=8_192))


def _proxy_wants_a_name(stand: Stand) -> str:
    stand.proxied(http_answer(407, b""))
    return "http://provider.invalid/v1"


def _proxy_refuses_the_tunnel(stand: Stand) -> str:
    stand.proxied(http_answer(403, b"no"))
    return "https://provider.invalid/v1"


def _proxy_is_gone(stand: Stand) -> str:
    stand.by_proxy(free_port())
    return "https://provider.invalid/v1"


def _no_provider_there(stand: Stand) -> str:
    return stand.raw(http_answer(404, b"nothing here"))


def _elsewhere(stand: Stand) -> str:
    return stand.raw(http_answer(302, b"", "Location: http://127.0.0.1:1/v1"))


def _in_the_open(stand: Stand) -> str:
    server = stand.running.enter_context(PracticeServer())
    return server.base_url.replace("http:", "https:")


ROADS: list[tuple[Any, str, str]] = [
    (_refusing_key, "wrong-key", "key"),
    (_wrong_clock, "clock", "clock"),
    (_self_signed, "tls", "network"),
    (_run_out, "tls-clock", "clock"),
    (_not_yet, "tls-clock", "clock"),
    (_no_name, "dns", "network"),
    (_nobody, "refused", "network"),
    (_never_picks_up, "connect-timeout", "network"),
    (_never_says_a_word, "timeout", "provider"),
    (_small_memory, "small-context", "model"),
    (_proxy_wants_a_name, "proxy", "proxy"),
    (_proxy_refuses_the_tunnel, "proxy", "proxy"),
    (_proxy_is_gone, "proxy", "proxy"),
    (_no_provider_there, "wrong-path", "provider"),
    (_elsewhere, "redirect", "provider"),
    (_in_the_open, "not-https", "network"),
]


@pytest.mark.parametrize(("fault", "code", "blame"), ROADS, ids=[row[0].__name__[1:] for row in ROADS])
async def test_what_can_happen_on_the_way(
    stand: Stand, fault: Callable[[Stand], str], code: str, blame: str
) -> None:
    named(await tried(stand, fault(stand)), code, blame)


def named(found: tuple[ProviderTest, float], code: str, blame: str) -> None:
    result, spent = found
    assert (result.ok, result.code, result.blame) == (False, code, blame)
    assert result.words.endswith(".")
    assert result.hint.endswith(".")
    assert spent < LIMIT_S
    assert TEST.verdict(result) is Verdict.FINDINGS
    last = result.steps[-1]
    assert (last.name, last.code) == ("openclaw", "not-asked")


async def test_one_that_works_is_measured_and_remembered(stand: Stand) -> None:
    from appliance.ops.core import Nothing
    from appliance.ops.providers import LIST

    result, _ = await tried(stand, stand.raw(listed(context_length=32_768)))
    assert (result.ok, result.code, result.blame) == (True, "", "")
    assert result.milliseconds >= result.first_milliseconds > 0
    assert (result.context_window, result.tools, result.model) == (32_768, True, "m")
    (row,) = (await dispatch(make_box(stand.folder), LIST, Nothing(), Call("human:rosa", "cli"))).providers
    assert row.tested is not None
    assert row.tested.ok
    assert row.tested.context_window == 32_768
    noted = b"".join(path.read_bytes() for path in (stand.folder).rglob("office"))
    assert KEY.encode() not in noted
    assert b"32768" in noted


async def test_a_look_that_may_write_nothing_leaves_no_note(stand: Stand) -> None:
    await tried(stand, stand.raw(http_answer(401, b"{}")))
    box = make_box(stand.folder)
    before = sorted(box.places.home.rglob("*"))
    call = Call("human:rosa", "cli", read_only=True)
    for path in (box.places.home / "untested").iterdir():
        path.unlink()
    await dispatch(box, TEST, TestProvider("office"), call)
    assert not list((box.places.home / "untested").iterdir())
    assert len(before) > 0
