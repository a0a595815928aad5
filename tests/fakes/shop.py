"""A shop on the screen without a box: the look and every operation answer as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from appliance.errors import LunaError
from appliance.health.models import Glance, Staff, Today, Trouble
from appliance.ops.chat_draft import MessageDraft
from appliance.ops.chat_history import Stopped, TalkSoFar
from appliance.ops.core import Call, Event, Operation
from lunatui.tui import LunaApp
from screens.desk import Desk
from screens.words import Words
from tests.fakes.box import make_box
from tests.fakes.waiting import LIMIT_S, LOOK_S

OPEN = Glance(
    "open", 1_700_000_000.0, "Café Rosa", (Staff("luna", "Luna"), Staff("hr", "HR")), ("whatsapp",),
    "2026.9.6", 1_700_000_000.0, "openai/gpt", "OpenAI", 1_700_000_000.0, 1_700_000_000.0, None,
    Today("2026-11-20", 3, 2, 0, 1_800_000_000.0, 0), 1_900_000_000.0,
)  # fmt: skip
STOPPED = replace(
    OPEN,
    state="closed",
    trouble=Trouble("stopped", "The Gateway does not run.", "lunatui gateway start", "gateway.start"),
    last_open=1_700_000_000.0,
)
NEW = replace(
    OPEN, state="new", agents=(), model="", today=None, trouble=Trouble("not-set-up", "New.", "Set it up.")
)
ASIDE = ("chat.history", "chat.draft", "chat.keep", "chat.stop")
"""Answered at once and not counted among what was asked."""


class Shop:
    """What the fakes answer, and what was asked of them."""

    def __init__(self) -> None:
        self.glance: Glance | Exception | None = OPEN
        """None: the look takes for ever."""
        self.looks = 0
        """How many have begun: the one before has been told when the next begins."""
        self.asked: list[tuple[str, Any]] = []
        self.talk: TalkSoFar | LunaError = TalkSoFar(
            "luna", "agent:luna:main", (), has_more=False, run_id="", text_so_far=""
        )
        """What was said before."""
        self.draft = ""
        """What was written and not sent."""
        self.stopped: list[str] = []
        self.stop: Stopped | LunaError = Stopped(stopped=True)
        """What the engine says when an answer is to end."""
        self.stopping: asyncio.Event | None = None
        """It says so when this is set."""
        self.cancelled: list[str] = []
        self._calls: list[tuple[Call, asyncio.Future[Any]]] = []

    async def dispatch(self, _box: Any, operation: Operation[Any, Any], params: Any, call: Call) -> Any:
        """In place of the door: the look answers at once, everything else when the test says."""
        if operation.name == "health.glance":
            self.looks += 1
            if self.glance is None:
                await asyncio.Event().wait()
            if isinstance(self.glance, Exception):
                raise self.glance
            return self.glance
        if operation.name == "chat.stop" and self.stopping is not None:
            await self.stopping.wait()
        if operation.name in ASIDE:
            return self._aside(operation.name, params)
        self.asked.append((operation.name, params))
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._calls.append((call, future))
        try:
            return await future
        except asyncio.CancelledError:
            self.cancelled.append(operation.name)
            raise

    def _aside(self, name: str, params: Any) -> Any:
        if name == "chat.history":
            if isinstance(self.talk, LunaError):
                raise self.talk
            return self.talk
        if name == "chat.keep":
            self.draft = params.text
        if name == "chat.stop":
            self.stopped.append(params.agent)
            if isinstance(self.stop, LunaError):
                raise self.stop
            return self.stop
        return MessageDraft(params.agent, self.draft, kept=True)

    def emit(self, kind: str, text: str = "", **data: Any) -> None:
        """An event of the newest operation."""
        self._calls[-1][0].emit(Event(kind, text, data))

    def finish(self, result: Any) -> None:
        """The newest operation ends well."""
        self._calls[-1][1].set_result(result)

    def fail(self, error: Exception) -> None:
        """The newest operation fails, or has a bug."""
        self._calls[-1][1].set_exception(error)


@asynccontextmanager
async def opened(
    shop: Shop, home: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[LunaApp, Pilot[None]]]:
    """The program at this size, on the dashboard, after its first look."""
    monkeypatch.setattr("screens.operation_screen.dispatch", shop.dispatch)
    monkeypatch.setattr("screens.lookout.dispatch", shop.dispatch)
    app = LunaApp(Desk(make_box(home), "human:test", Words()), first="dashboard")
    async with app.run_test(size=size) as pilot:
        if shop.glance is not None:
            await until(pilot, lambda: app.desk.lookout.sight.glance or app.desk.lookout.sight.problem)
        await pilot.pause()
        yield app, pilot


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Wait until something is so; a test that waits in vain tells what stands on the screen."""
    end = asyncio.get_running_loop().time() + LIMIT_S
    while not condition():
        assert asyncio.get_running_loop().time() < end, shown(pilot.app)
        await pilot.pause(LOOK_S)


def shown(app: App[Any]) -> str:
    """The text on the screen, line by line."""
    width = app.size.width
    lines = [
        "".join(segment.text for segment in strip)[:width].rstrip()
        for strip in app.screen._compositor.render_strips()
    ]
    return "\n".join(lines)


async def read(pilot: Pilot[Any]) -> None:
    """Take the time to see the question on the screen: from here on a key is its answer."""
    await until(pilot, lambda: pilot.app.screen.grace.is_over)  # type: ignore[attr-defined]  # it asks one
