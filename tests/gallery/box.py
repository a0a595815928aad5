"""In the place of the door to all operations: each answers what its scene says, at once or when it says."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import screens
from appliance.errors import LunaError
from appliance.ops import dispatch as door
from appliance.ops.core import Event, Plan
from tests.gallery.scene import Waits

if TYPE_CHECKING:
    from appliance.ops.core import Call, Operation
    from tests.gallery.clock import Clock


class GalleryBox:
    """What the operations of one scene answer."""

    def __init__(self, answers: Mapping[str, Any], plans: Mapping[str, Any]) -> None:
        self.answers = dict(answers)
        self.plans = dict(plans)
        self.missing: list[str] = []
        """Operations that were asked and have no answer: the scene is not whole."""
        self._waiting: list[tuple[Call, asyncio.Future[Any]]] = []

    async def dispatch(self, _box: Any, operation: Operation[Any, Any], params: Any, call: Call) -> Any:
        """In the place of `dispatch`."""
        return await self._given(operation.name, self.answers, params, call)

    async def plan(self, _box: Any, operation: Operation[Any, Any], params: Any, call: Call) -> Plan:
        """In the place of `plan`."""
        found: Plan = await self._given(operation.name, self.plans, params, call)
        return found

    def say(self, kind: str, text: str, data: Mapping[str, Any]) -> None:
        """The newest operation that waits says something."""
        self._waiting[-1][0].emit(Event(kind, text, data))

    def end(self, result: Any) -> None:
        """The newest operation that waits ends."""
        _call, future = self._waiting.pop()
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    async def _given(self, name: str, answers: Mapping[str, Any], params: Any, call: Call) -> Any:
        if name not in answers:
            self.missing.append(name)
            raise LunaError(f"the gallery has no answer for {name}")
        answer = answers[name]
        if isinstance(answer, Waits):
            future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            self._waiting.append((call, future))
            return await future
        if callable(answer):
            answer = answer(params)
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def in_place(box: GalleryBox, clock: Clock) -> Iterator[None]:
    """Every screen asks `box` and reads `clock` inside this."""
    _load_screens()
    theirs = {"dispatch": door.dispatch, "plan": door.plan, "time": time}
    ours = {"dispatch": box.dispatch, "plan": box.plan, "time": clock}
    changed = _exchange(theirs, ours)
    try:
        yield
    finally:
        for module, name in changed:
            setattr(module, name, theirs[name])


def _exchange(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> list[tuple[Any, str]]:
    changed = []
    for path, module in list(sys.modules.items()):
        if path.split(".")[0] == "screens" or path == "lunatui.tui":
            for name, value in theirs.items():
                if vars(module).get(name) is value:
                    setattr(module, name, ours[name])
                    changed.append((module, name))
    return changed


def _load_screens() -> None:
    for found in pkgutil.walk_packages(screens.__path__, "screens."):
        importlib.import_module(found.name)
