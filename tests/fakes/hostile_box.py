"""A home whose files, and a gateway whose every word, are hostile; what reads them is the real program."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.places import Places
from tests.fakes.gateway import TOKEN, FakeGateway, LoopbackEnd, WireError
from tests.fakes.hostile import corpus, everything
from tests.fakes.waiting import LIMIT_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

AGENTS = len(corpus())
SOME = 40
"""Texts where there is room for a few: options of a question, providers."""


def text(number: int) -> str:
    """One of the texts, with its number in front."""
    return f"{number:04} {corpus()[number % AGENTS].text}"


def our_folder(home: Path) -> Path:
    """Where our own files of this home stand."""
    return Places.from_environment({"HOME": str(home)}).home


def write_home(home: Path, port: int) -> None:
    """OpenClaw's configuration, workspaces and our own files, all of them valid and all of them hostile."""
    entries = {}
    for number in range(AGENTS):
        entries[f"a{number:04}"] = {
            "name": text(number),
            "description": text(number + 1),
            "identity": {"name": text(number + 2), "emoji": corpus()[number].text[:40]},
            "model": f"p{text(number + 3)}/m{text(number + 4)}",
        }
    first = corpus()[0].text
    config = {
        "gateway": {"mode": "local", "port": port, "auth": {"mode": "token", "token": TOKEN}},
        "models": {
            "providers": {
                f"p{text(number)}": {
                    "baseUrl": f"http://127.0.0.1/{corpus()[number].text}",
                    "apiKey": {"source": "store", "id": corpus()[number].text},
                    "models": [{"id": text(number + more)} for more in range(3)],
                }
                for number in range(0, AGENTS, AGENTS // SOME)
            }
        },
        "channels": {text(number): {"enabled": True} for number in range(0, AGENTS, AGENTS // SOME)},
        "bindings": [
            {"agentId": f"a{number:04}", "match": {"channel": text(number)}} for number in range(0, AGENTS, 7)
        ],
        "agents": {"defaults": {"model": {"primary": f"p{text(0)}/{first}"}}, "entries": entries},
        "wizard": {"lastRunAt": text(3)},
    }
    _private(home / ".openclaw" / "openclaw.json", json.dumps(config).encode())
    for number in range(3):
        for name in ("IDENTITY.md", "SOUL.md", "AGENTS.md", "USER.md", "FACTS.md"):
            raw = everything().encode("utf-8", "surrogatepass") + b"\xff\xfe\x9b31m\xc0\xaf\n"
            _private(home / ".openclaw" / f"workspace-a{number:04}" / name, raw)
    _private(home / ".openclaw" / "workspace" / "SOUL.md", everything().encode("utf-8", "surrogatepass"))
    ours = our_folder(home) / "profiles"
    _private(ours / "business.toml", _toml(name=_line(), what=_line(40), owner=_line(80), hours=_line(120)))


def write_draft(home: Path, stage: str, field: str) -> None:
    """The wizard's draft, left at a page."""
    answers = _toml(
        stage=stage, field=field, name=_line(), what=_line(40), hours=_line(80), tone=_line(120),
        owner=_line(160), kind="custom", base_url=f"http://127.0.0.1:9/{_line(200)}", model=_line(240),
        language="English",
    )  # fmt: skip
    _private(our_folder(home) / "profiles" / "draft.toml", answers)


def write_broken(home: Path) -> None:
    """Files that cannot be read, with hostile text where the reader stumbles."""
    broken = ('{"gateway": ' + everything(60)).encode("utf-8", "surrogatepass")
    _private(home / ".openclaw" / "openclaw.json", broken)
    ours = our_folder(home) / "profiles"
    _private(
        ours / "business.toml", ("name = \x1b]0;x\x07 " + everything(20)).encode("utf-8", "surrogatepass")
    )
    _private(ours / "draft.toml", ("stage = " + everything(20)).encode("utf-8", "surrogatepass"))


class HostileGateway(FakeGateway):
    """Answers every question, and never with a decent word."""

    def __init__(self) -> None:
        super().__init__()
        bad = everything(120)
        self.handlers |= {
            "health": lambda _: {"ok": True, "status": bad},
            "sessions.list": lambda _: {
                "sessions": [{"key": bad, "displayName": bad, "lastInteractionAt": 1}]
            },
            "cron.list": lambda _: {"jobs": [{"name": bad, "enabled": True, "state": {"lastStatus": bad}}]},
            "exec.approval.list": lambda _: [],
            "plugin.approval.list": lambda _: [],
            "models.probe": lambda _: {"status": bad[:200], "error": bad},
            "openclaw.setup.verify": lambda _: {"ok": False, "status": "x", "error": bad, "modelRef": bad},
            "config.get": self._refuses,
            "chat.send": self._chat,
            "chat.abort": lambda _: {"ok": True, "aborted": True},
            "chat.history": lambda _: {"messages": [], "sessionInfo": {"hasActiveRun": True}},
            "sessions.messages.subscribe": lambda params: {"subscribed": True, "key": params["key"]},
        }
        self._talks: set[asyncio.Task[None]] = set()
        self.fails = False
        """The next answer is an error."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """With the two pages that say that a gateway is there."""
        from websockets.asyncio.server import ServerConnection, serve
        from websockets.datastructures import Headers
        from websockets.http11 import Request, Response

        def pages(_connection: ServerConnection, request: Request) -> Response | None:
            if request.path not in ("/health", "/ready"):
                return None
            told = {
                "ok": True,
                "ready": True,
                "uptimeMs": 4000,
                "failing": [everything(20)],
                "note": everything(20),
            }
            body = json.dumps(told).encode()
            return Response(
                200, "OK", Headers({"Content-Length": str(len(body)), "Connection": "close"}), body
            )

        async def handle(connection: Any) -> None:
            await self.serve(LoopbackEnd(connection))

        async with serve(handle, "127.0.0.1", 0, compression=None, process_request=pages) as server:
            yield next(iter(server.sockets)).getsockname()[1]

    def _refuses(self, _params: dict[str, Any]) -> None:
        raise WireError(everything(10), everything(60), details={"code": everything(10)})

    def _hello(self, seen: Any) -> dict[str, Any]:
        hello = super()._hello(seen)
        hello["server"]["version"] = f"2026.9.6{corpus()[0].text}"
        return hello

    def _chat(self, params: dict[str, Any]) -> dict[str, Any]:
        task = asyncio.get_running_loop().create_task(
            self._talk(params["sessionKey"], params["idempotencyKey"])
        )
        self._talks.add(task)
        task.add_done_callback(self._talks.discard)
        return {"runId": params["idempotencyKey"], "status": "started"}

    async def _talk(self, session: str, run: str) -> None:
        """Status, tools, approvals, and the whole corpus in pieces that cut sequences in two."""
        seen = self.connections[-1]
        base = {"runId": run, "sessionKey": session}

        async def chat(state: str, seq: int, **more: Any) -> None:
            await seen.event("chat", {**base, "state": state, "seq": seq, **more})

        async def agent(stream: str, **data: Any) -> None:
            await seen.event("agent", {**base, "stream": stream, "data": data})

        await chat("status", 1, phase=everything(30))
        for number in range(0, AGENTS, AGENTS // SOME):
            bad = text(number)
            tool = {
                "kind": "tool",
                "phase": "start",
                "title": bad,
                "name": bad,
                "toolCallId": bad,
                "status": bad,
            }
            await agent("item", **tool)
            await agent("lifecycle", phase="finishing", error={"message": bad})
            request = {"command": bad, "sessionKey": session, "runId": run, "warningText": bad}
            await seen.event("exec.approval.requested", {"id": bad, "request": request})
            await agent("lifecycle", phase="approval-resolved", approvalId=bad)
        whole, seq = everything(), 2
        for end in range(0, len(whole), 701):
            await chat("delta", seq, message=_message(whole[:end]))
            seq += 1
        if self.fails:
            await chat("error", seq, errorMessage=everything(60), errorKind=everything(5))
        else:
            await chat("final", seq, message=_message(f"{whole}\nTHE END"), stopReason=everything(3))


@contextmanager
def listening(gateway: FakeGateway) -> Iterator[int]:
    """The gateway on a loopback port, in a thread of its own."""
    port: list[int] = []
    ready, over = threading.Event(), threading.Event()

    async def run() -> None:
        async with gateway.listening() as found:
            port.append(found)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="hostile-gateway")
    thread.start()
    try:
        assert ready.wait(LIMIT_S)
        yield port[0]
    finally:
        over.set()
        thread.join(30)


def _message(words: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "text", "text": words}]}


def _line(first: int = 0) -> str:
    """Some texts on one line; TOML and the wizard take no lone surrogates."""
    joined = " ".join(item.text for item in corpus()[first : first + 12])
    return joined.encode("utf-8", "replace").decode()


def _toml(**values: str) -> bytes:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()).encode()


def _private(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
