"""A Gateway with a secret store, as far as moving a key needs one."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from appliance.gateway import probe
from tests.fakes.gateway import TOKEN, FakeGateway
from tests.unit.appliance.hygiene.boxes import settings, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

READY = probe.Probe(True, True, True)


class KeyStore(FakeGateway):
    """Keeps what it is given; reads every reference of the configuration anew when asked to."""

    def __init__(self, config: Path) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}
        self.warnings = 0
        self._config = config
        self._revision = 0
        self.handlers |= {
            "config.get": self._state,
            "secrets.store.set": self._set,
            "secrets.reload": lambda _: {"ok": True, "warningCount": self.warnings},
        }

    def _set(self, params: dict[str, Any]) -> dict[str, Any]:
        self.kept[params["name"]] = params["value"]
        return {"ok": True}

    def _state(self, _: object) -> dict[str, Any]:
        self._revision += 1
        revision = str(self._revision)
        return {"valid": True, "configRevisionHash": revision, "appliedConfigHash": revision, "issues": []}


@contextmanager
def key_store(home: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyStore]:
    """One that listens in a thread of its own, and a configuration in `home` that names its port."""
    # The fake speaks WebSocket only; whether it is ready is asked over HTTP/1.0.
    monkeypatch.setattr(probe, "probe", lambda *_, **__: READY)
    path = home / ".openclaw" / "openclaw.json"
    store = KeyStore(path)
    listens, ends = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with store.listening() as port:
            value = settings(key)
            value["gateway"] = {"mode": "local", "port": port, "auth": {"mode": "token", "token": TOKEN}}
            write(path, json.dumps(value, indent=2))
            listens.set()
            await ends.wait()
        await store.stop()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert listens.wait(30)
        yield store
    finally:
        loop.call_soon_threadsafe(ends.set)
        thread.join(30)
        loop.close()
