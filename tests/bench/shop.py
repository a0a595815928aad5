"""A set-up shop with twenty on the staff in a throw-away home, and a Gateway that answers for it."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from appliance.agents.business import BusinessProfile
from appliance.api import Appliance
from appliance.health.models import Glance, Staff, Today
from appliance.health.snapshot import keep
from appliance.ops.agents import CREATE, CreateAgent
from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch
from appliance.places import Places
from appliance.profile.business import write_business
from tests.e2e.conftest import free_port
from tests.fakes.gateway import TOKEN, FakeGateway, LoopbackEnd

STAFF = 20
LAST = f"Assistant {STAFF:02}"
"""The name of the last on the list: when it is on the screen, all are."""
NAME = "Café Rosa"
SETUP_AT = "2026-11-20T09:00:00.000Z"


def staffed(home: Path, *, port: int = 0) -> dict[str, str]:
    """Set up a shop in an empty home; the environment of its user. `port`: of its Gateway, if it has one."""
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LUNATUI")},
        "HOME": str(home),
        "LUNATUI_CACHE": str(home / "cache"),
    }
    env.pop("NO_COLOR", None)
    places = Places.from_environment(env)
    places.state_dir.mkdir(mode=0o700)
    places.config_path.touch(mode=0o600)
    places.config_path.write_text(json.dumps(_config(port or free_port()), indent=2))
    box = Appliance(places, env)
    asyncio.run(_hire(box))
    write_business(places, BusinessProfile(name=NAME, what="A café.", language="English"))
    keep(places, _last_look())
    return env


def _last_look() -> Glance:
    now = time.time()
    return Glance(
        state="open",
        since=now,
        business=NAME,
        agents=tuple(Staff(f"assistant-{n:02}", f"Assistant {n:02}") for n in range(1, STAFF + 1)),
        channels=("whatsapp",),
        engine="2026.9.6",
        up_since=now,
        model="practice/practice",
        provider="practice",
        last_change=now,
        last_backup=now,
        trouble=None,
        today=Today(time.strftime("%Y-%m-%d"), 3, 2, 0, None, 0),
        checked_at=now,
    )


async def _hire(box: Appliance) -> None:
    for number in range(1, STAFF + 1):
        params = CreateAgent(
            f"Assistant {number:02}", id=f"assistant-{number:02}", template="sales-assistant"
        )
        await dispatch(box, CREATE, params, Call("provisioner:bench", "cli"))


def _config(port: int) -> dict[str, object]:
    model = {"id": "practice", "name": "practice", "contextWindow": 128000, "maxTokens": 4096}
    provider = {"baseUrl": "http://127.0.0.1:9/v1", "api": "openai-completions", "models": [model]}
    return {
        "gateway": {
            "mode": "local", "port": port, "bind": "loopback", "auth": {"mode": "token", "token": TOKEN},
        },
        "models": {"providers": {"practice": provider}},
        "agents": {"defaults": {"model": {"primary": "practice/practice"}}},
        "wizard": {"lastRunAt": SETUP_AT, "lastRunCommand": "lunatui", "lastRunMode": "local"},
    }  # fmt: skip


ANSWERS: Mapping[str, Callable[[dict[str, Any]], Any]] = {
    "sessions.list": lambda _: {"sessions": []},
    "cron.list": lambda _: {"jobs": []},
    "exec.approval.list": lambda _: [],
    "plugin.approval.list": lambda _: [],
}


class LiveGateway:
    """The tests' Gateway on a port, with the HTTP answers of a started one; it has a thread of its own."""

    def __init__(self) -> None:
        self.fake = FakeGateway()
        self.fake.handlers |= ANSWERS
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="bench-gateway")

    def start(self) -> None:
        """Returns when it listens."""
        self._thread.start()
        self._listening.wait()

    def stop(self) -> None:
        """Returns when it has ended."""
        self.loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with _listening(self.fake) as self.port:
            self._listening.set()
            await self._end.wait()


@asynccontextmanager
async def _listening(fake: FakeGateway) -> AsyncIterator[int]:
    from websockets.asyncio.server import serve

    started = time.monotonic()

    def over_http(connection: Any, request: Any) -> Any:
        if request.headers.get("Upgrade"):
            return None
        up = int((time.monotonic() - started) * 1000)
        answer = {"ok": True} if request.path == "/health" else {"ready": True, "failing": [], "uptimeMs": up}
        return connection.respond(200, json.dumps(answer))

    async def handle(connection: Any) -> None:
        await fake.serve(LoopbackEnd(connection))

    async with serve(handle, "127.0.0.1", 0, compression=None, process_request=over_http) as server:
        yield int(next(iter(server.sockets)).getsockname()[1])


@contextmanager
def live_gateway() -> Iterator[LiveGateway]:
    """One for the time of a bench."""
    gateway = LiveGateway()
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()
