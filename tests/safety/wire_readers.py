"""Readers of what comes over the wire: frames, answers, handshakes, web pages, streams of a provider."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
import time
from pathlib import Path
from typing import Any

from appliance.errors import LunaError
from appliance.gateway.transport import TransportClosed
from appliance.qr.reading import PREFIX
from tests.fakes.gateway import endpoint
from tests.safety import wire_samples
from tests.safety.readers import reader


@reader("frame", wire_samples.frames)
def _frame(data: bytes, _folder: Path) -> object:
    from appliance.gateway.faults import from_fault
    from appliance.gateway.frames import Answer, decode

    frame = decode(_text(data))
    json.dumps(repr(frame)).encode()
    if isinstance(frame, Answer) and frame.fault is not None:
        refused = from_fault(frame.fault, "connect")
        return refused.retry_after, refused.hint
    return frame


@reader("answer", wire_samples.frames)
def _answer(data: bytes, _folder: Path) -> object:
    """The payload as every type that an answer can have: a gateway may mix them up."""
    from appliance.gateway import calls, channel_results, chat_results, cron, health_results, results
    from appliance.gateway.frames import Answer, decode
    from appliance.gateway.told import Told

    frame = decode(_text(data))
    payload = frame.payload if isinstance(frame, Answer) else getattr(frame, "payload", None)
    rows = payload if isinstance(payload, list) else [payload]
    found = []
    for module in (results, health_results, chat_results, channel_results, cron):
        for kind in vars(module).values():
            if not isinstance(kind, type) or kind.__module__ != module.__name__:
                continue
            read: Any = calls.read_told if issubclass(kind, Told) else calls.read
            for row in rows:
                with contextlib.suppress(LunaError):
                    found.append(repr(read(kind, row, "health")).encode("utf-8", "strict"))
    return found


@reader("asked", wire_samples.frames)
def _asked(data: bytes, _folder: Path) -> object:
    """What the dashboard, approvals and conversations make of an answer."""
    from appliance.gateway import calls, pairing_calls
    from appliance.gateway.frames import Answer, decode
    from appliance.health import ask
    from appliance.ops.approvals_inbox import _approval
    from appliance.ops.chat_history import talk_so_far
    from appliance.people.asking import asking
    from appliance.people.devices import waiting

    frame = decode(_text(data))
    payload = frame.payload if isinstance(frame, Answer) else getattr(frame, "payload", None)

    class Caller:
        async def call(self, *_args: Any, **_named: Any) -> Any:
            return payload

    async def all_of_it() -> list[object]:
        told: list[object] = []
        caller: Any = Caller()
        for question in (
            ask._talks(caller, 1.7e9, 1.8e9),
            ask._schedules(caller, 1.7e9),
            ask._waiting(caller),
            calls.approvals_pending(caller),
            pairing_calls.device_pairs(caller),
            pairing_calls.people_pairing(caller),
            pairing_calls.approval_history(caller, limit=1),
            calls.chat_history(caller, "agent:main:main"),
        ):
            with contextlib.suppress(LunaError):
                answer = await question
                told.append(answer)
                if isinstance(answer, list):
                    told += map(_approval, answer)
                elif hasattr(answer, "paired"):
                    told += waiting(answer)
                elif hasattr(answer, "requests"):
                    told += [asking(item, blocked=False) for item in answer.requests]
                elif hasattr(answer, "messages"):
                    told.append(talk_so_far(answer, "main", "agent:main:main"))
        return told

    return asyncio.run(all_of_it())


@reader("conversation", wire_samples.frames)
def _conversation(data: bytes, _folder: Path) -> object:
    """An event, taken by the run it may concern, by the queue and by the connection."""
    from appliance.gateway.chat_turn import Turn
    from appliance.gateway.frames import Event, decode
    from appliance.gateway.state import Counters
    from appliance.gateway.stream import Subscription, is_lossy

    frame = decode(_text(data))
    if not isinstance(frame, Event):
        return None
    turn = Turn(str(frame.payload.get("runId")), str(frame.payload.get("sessionKey")))
    parts = turn.take(frame) if turn.wants(frame) else []
    turn.quiet_cause()

    async def queued() -> bool:
        subscription = Subscription(Counters(), wanted=turn.wants)
        subscription.put(frame)
        return is_lossy(frame)

    return parts, asyncio.run(queued())


@reader("handshake", wire_samples.handshakes)
def _handshake(data: bytes, folder: Path) -> object:
    """A challenge and a hello, a line each; then the connection that begins with them."""
    from appliance.gateway.handshake import Login, log_in
    from appliance.gateway.identity import load_identity
    from appliance.gateway.link import Link
    from appliance.gateway.memory import memory_pair
    from appliance.gateway.release import lacks_scopes, learn
    from appliance.gateway.state import Counters

    class Sink:
        def took(self, event: object) -> None:
            repr(event)

        def silent(self, _seconds: float) -> None: ...

        def heard(self) -> None: ...

    async def talk() -> object:
        ours, theirs = memory_pair()
        for line in data.split(b"\n"):
            theirs.send_raw(_text(line))
        await theirs.close()
        hello = await log_in(Encoding(ours), Login(load_identity(folder / "identity"), "secret"))
        learn(hello)
        lacks_scopes(hello, ("operator.read",))
        load_identity(folder / "identity").keep_token("127.0.0.1:1", hello.device_token)
        return await Link(ours, hello, Counters(), Sink()).run()

    return asyncio.run(talk())


class Encoding:
    """A transport that, as a real one, turns what it sends into bytes."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.receive, self.close = inner.receive, inner.close

    async def send(self, text: str) -> None:
        await self._inner.send(text.encode().decode())


@reader("raw-socket", wire_samples.socket_streams, "bytes")
def _raw_socket(data: bytes, _folder: Path) -> object:
    """What a gateway sends over an open connection, cut off at the end."""
    from appliance.gateway.rawsocket import RawSocket

    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data[:60_000])
        theirs.shutdown(socket.SHUT_WR)
        # Nobody takes the pongs, so a flood of pings ends with the time there is for the question.
        connection = RawSocket(ours, b"", time.monotonic() + 1)

        async def messages() -> list[str | bytes]:
            found = []
            with contextlib.suppress(TransportClosed, TimeoutError):
                while True:
                    found.append(await connection.receive())
            return found

        return asyncio.run(messages())


@reader("upgrade", wire_samples.upgrades, "bytes")
def _upgrade(data: bytes, _folder: Path) -> object:
    """The head of the answer that opens a connection."""
    from appliance.gateway import rawsocket

    head, _, _ = data.partition(b"\r\n\r\n")
    return rawsocket._check_upgrade(head, b"key", endpoint())


@reader("probe", wire_samples.http_answers, "bytes")
def _probe(data: bytes, _folder: Path) -> object:
    """The two pages that say that a gateway is there."""
    from appliance.gateway import probe

    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data[:60_000])
        theirs.shutdown(socket.SHUT_WR)
        try:
            value = json.loads(probe._body(ours, time.monotonic() + 20))
        except (OSError, ValueError, RecursionError):
            return None
    return probe._readiness(value if isinstance(value, dict) else None, is_live=True)


@reader("provider", wire_samples.provider_answers, "bytes")
def _provider(data: bytes, _folder: Path) -> object:
    from typing import get_args

    from appliance.providers import dialects
    from appliance.providers.catalog import Api

    answers = [dialects.read_answer(api, data) for api in get_args(Api)]
    shown = dialects.read_ollama_context(data), dialects.read_ollama_tools(data)
    return dialects.read_models(data), shown, answers


@reader("code", wire_samples.codes, "bytes")
def _code(data: bytes, _folder: Path) -> object:
    """A picture of a code, unpacked here instead of in its child."""
    from appliance.qr import child, reading

    try:
        return child.text_in(reading.png_in(_text(data)))
    except ValueError as error:
        raise reading.unreadable("no code") from error


@reader("picture", wire_samples.pictures, "bytes")
def _picture(data: bytes, _folder: Path) -> object:
    """The same, changed below its base64."""
    return _code((PREFIX + base64.b64encode(data).decode()).encode(), _folder)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
