"""A desk whose operations answer as a test wants, and an app with one screen on it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App

import screens
from appliance.api import Appliance
from appliance.ops.core import Plan
from appliance.places import Places
from screens.desk import Desk
from screens.theme import NIGHT
from screens.words import Words
from tests.fakes.shop import shown as visible
from tests.fakes.shop import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from appliance.ops.core import Call, Operation


__all__ = ["Answers", "OneScreen", "until", "visible"]


class Answers:
    """Stands where `dispatch` and `plan` stand; keeps what was asked."""

    def __init__(self, answers: dict[str, Any], plans: dict[str, Any] | None = None) -> None:
        self.answers = answers
        self.plans = plans or {}
        self.asked: list[tuple[str, Any]] = []
        self.planned: list[tuple[str, Any]] = []

    async def dispatch(
        self, _box: Appliance, operation: Operation[Any, Any], params: Any, _call: Call
    ) -> Any:
        self.asked.append((operation.name, params))
        return await self._given(self.answers[operation.name])

    async def plan(self, _box: Appliance, operation: Operation[Any, Any], params: Any, _call: Call) -> Plan:
        self.planned.append((operation.name, params))
        found = await self._given(self.plans.get(operation.name, Plan(operation.name, ())))
        assert isinstance(found, Plan)
        return found

    def params_of(self, name: str) -> list[Any]:
        """Every set of parameters an operation was run with."""
        return [params for operation, params in self.asked if operation == name]

    async def _given(self, answer: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, asyncio.Event):
            await answer.wait()
        return answer


class OneScreen(App[None]):
    """Shows one screen; remembers where it was asked to go and whom to talk to."""

    CSS_PATH: ClassVar = [Path(screens.__file__).parent / "frame.tcss"]

    def __init__(self, make: Callable[[Desk], Screen[None]], home: Path) -> None:
        super().__init__()
        self.register_theme(NIGHT.theme)
        self.theme = NIGHT.name
        environment = {"HOME": str(home)}
        self.desk = Desk(Appliance(Places.from_environment(environment), environment), "human:test", Words())
        self._make = make
        self.talked: list[str] = []

    def on_mount(self) -> None:
        self.push_screen(self._make(self.desk))

    def action_talk(self, agent_id: str = "luna") -> None:
        self.talked.append(agent_id)
