"""A box with a fake Gateway that remembers secrets and has lines."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from appliance.gateway import probe
from appliance.ops import channels_save
from appliance.ops.core import Call, Event, Operation
from appliance.ops.dispatch import dispatch
from tests.fakes.box import make_box
from tests.fakes.channel_shapes import PLUGINS, TELEGRAM, status
from tests.fakes.gateway import TOKEN, FakeGateway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

    from appliance.api import Appliance


class Bench:
    """A box whose Gateway is a fake one that remembers secrets and has one Telegram line."""

    def __init__(self, box: Appliance, gateway: FakeGateway) -> None:
        self.box = box
        self.gateway = gateway
        self.secrets: dict[str, str] = {}
        self.line: dict[str, Any] = dict(TELEGRAM)
        self.said: list[Event] = []
        self.asked: list[str] = []
        self.started: list[dict[str, Any]] = []
        gateway.handlers |= {
            "secrets.store.set": self._set,
            "secrets.store.delete": self._delete,
            "channels.status": lambda _: status(telegram=self.line),
            "plugins.list": lambda _: PLUGINS,
            "channels.start": self._start,
            "channels.stop": lambda params: {**params, "stopped": True},
            "channels.logout": lambda params: {**params, "cleared": True, "loggedOut": True},
        }

    @property
    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.box.places.config_path.read_bytes())
        return found

    async def run(self, operation: Operation[Any, Any], params: Any) -> Any:
        async def yes(question: str) -> bool:
            self.asked.append(question)
            return True

        call = Call("human:rosa", "cli", emit=self.said.append, consent=yes)
        return await dispatch(self.box, operation, params, call)

    def _set(self, params: dict[str, Any]) -> dict[str, Any]:
        self.secrets[params["name"]] = params["value"]
        return {"ok": True}

    def _delete(self, params: dict[str, Any]) -> dict[str, Any]:
        self.secrets.pop(params["name"], None)
        return {"ok": True}

    def _start(self, params: dict[str, Any]) -> dict[str, Any]:
        self.started.append(params)
        self.line |= {"running": True, "connected": True, "lastError": None}
        return {**params, "started": True, "outcome": {"status": "handed-off"}}


@asynccontextmanager
async def bench_at(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """An empty box at a fake Gateway."""
    # The fake speaks WebSocket only; whether it is ready is asked over HTTP/1.0.
    monkeypatch.setattr(probe, "probe", lambda *_, **__: probe.Probe(True, True, True))
    for module, name in ((channels_save, "LOOK_SECONDS"), (channels_save, "START_AFTER_SECONDS")):
        monkeypatch.setattr(module, name, 0.01)
    gateway = FakeGateway()
    revisions = iter(range(10_000))

    def state(_: Any) -> dict[str, Any]:
        revision = str(next(revisions))
        return {"valid": True, "configRevisionHash": revision, "appliedConfigHash": revision, "issues": []}

    gateway.handlers["config.get"] = state
    async with gateway.listening() as port:
        config = {"gateway": {"port": port, "auth": {"mode": "token", "token": TOKEN}}}
        path = home / ".openclaw" / "openclaw.json"
        path.parent.mkdir(mode=0o700)
        path.touch(mode=0o600)
        path.write_text(json.dumps(config))
        yield Bench(make_box(home), gateway)
    await gateway.stop()
