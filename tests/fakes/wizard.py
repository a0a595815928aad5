"""The wizard on a real box in a throw-away home; a test answers only for the network and the engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from appliance.errors import LunaError
from appliance.ops.chat_history import Said, Stopped, TalkSoFar
from appliance.ops.core import Call, Event, Operation
from appliance.ops.dispatch import dispatch
from appliance.ops.setup_brain import Brain, BrainModel, Brains, BrainTrial
from appliance.secret import Secret
from lunatui.tui import LunaApp
from screens.desk import Desk
from screens.wizard.questions import Question
from screens.wizard.screen import WizardScreen
from screens.words import Words
from tests.fakes.box import make_box
from tests.fakes.shop import shown, until

BRAINS = Brains(
    (
        Brain("openai", "OpenAI", "required", "https://platform.openai.com/api-keys", True,
              (BrainModel("gpt-6-sol", "GPT-6 Sol", ""), BrainModel("gpt-6-luna", "GPT-6 Luna", ""))),
        Brain("ollama", "Ollama", "optional", "", True, (BrainModel("qwen", "qwen", ""),), found=True),
        Brain("custom", "Another address", "optional", "", False, ()),
        Brain("practice", "Practice", "optional", "", False, (BrainModel("practice", "Practice", ""),)),
    )
)  # fmt: skip
FAKED = ("setup.try-brain", "setup.apply", "chat.send", "chat.follow")


class Outside:
    """What the network and the engine answer: when the test says, and as it says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.brains = BRAINS
        self.said: tuple[Said, ...] = ()
        """What was said to Luna before."""
        self.run = ""
        """The answer of hers that is under way."""
        self.recalls: asyncio.Event | None = None
        """What was said before comes when this is set."""
        self.broken: dict[str, LunaError] = {}
        """Operations that fail for now, by name."""
        self.stopped: list[str] = []
        self._calls: list[tuple[Call, asyncio.Future[Any]]] = []

    async def dispatch(self, box: Any, operation: Operation[Any, Any], params: Any, call: Call) -> Any:
        """In place of the door, which everything else goes through."""
        if operation.name in self.broken:
            raise self.broken[operation.name]
        if operation.name == "setup.brains":
            return self.brains
        if operation.name == "chat.stop":
            self.stopped.append(params.run)
            return Stopped(stopped=True)
        if operation.name == "chat.history":
            if self.recalls is not None:
                await self.recalls.wait()
            key = "agent:luna:main"
            return TalkSoFar("luna", key, self.said, has_more=False, run_id=self.run, text_so_far="")
        if operation.name not in FAKED:
            return await dispatch(box, operation, params, call)
        self.asked.append((operation.name, params))
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._calls.append((call, future))
        return await future

    def emit(self, kind: str, text: str = "", **data: Any) -> None:
        """An event of the newest operation."""
        self._calls[-1][0].emit(Event(kind, text, data))

    def finish(self, result: Any) -> None:
        """The newest operation ends well."""
        self._calls[-1][1].set_result(result)

    def fail(self, error: Exception) -> None:
        """The newest operation fails, or has a bug."""
        self._calls[-1][1].set_exception(error)


def trial(model: str = "gpt-6-sol", models: tuple[str, ...] = (), base_url: str = "") -> BrainTrial:
    """A brain that answered."""
    return BrainTrial("OpenAI", base_url, model, models, ())


@asynccontextmanager
async def setting_up(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    outside: Outside,
    *,
    size: tuple[int, int] = (80, 24),
    key: Secret | None = None,
) -> AsyncIterator[tuple[LunaApp, Pilot[None]]]:
    """The wizard at the page it was left at."""
    monkeypatch.setattr("screens.operation_screen.dispatch", outside.dispatch)
    app = LunaApp(Desk(make_box(home), "human:test", Words()), first="wizard", key=key)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: page_of(app))
        yield app, pilot


def page_of(app: LunaApp) -> str:
    """Stage and question that are on the screen; empty until they are painted."""
    screen = app.screen
    if not isinstance(screen, WizardScreen) or screen.page is None or not screen.query(Question):
        return ""
    question, field = screen.query_one(Question), screen.page.field
    if question.key != field and (field, question.key) not in (("key", "trial"), ("address", "ollama")):
        return ""
    return f"{screen.page.stage}/{field}" if question._say("title") in shown(app) else ""
