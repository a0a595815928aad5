"""The program with a scene on it: opened, played to its state, and still."""

from __future__ import annotations

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import events
from textual._styles_cache import StylesCache
from textual.command import CommandPalette
from textual.keys import _character_to_key
from textual.widgets import Input
from textual.worker import WorkerState

from lunatui.tui import LunaApp
from screens.desk import Desk
from screens.notices import Notices
from screens.words import Words
from tests.fakes.box import make_box
from tests.gallery.box import GalleryBox, in_place
from tests.gallery.cafe import ANSWERS, PLANS
from tests.gallery.clock import Clock
from tests.gallery.frames import cells_of

if TYPE_CHECKING:
    from textual.message_pump import MessagePump
    from textual.pilot import Pilot
    from textual.timer import Timer

    from tests.gallery.frames import Cell
    from tests.gallery.scene import Scene

DEADLINE_S = 15.0
LEAST_LOOKS = 5_000
"""A machine that was busy with something else has not waited for us: so often we have looked at least."""
SOON_S = 0.5
"""A picture waits for what the program has put off once for less than this,"""
NEXT_S = 0.03
"""and for whatever is due within this time."""
PAUSE_S = 0.004
STILL = 3
"""How often in a row there has to be nothing to do."""
_TO_COME = ("_layout_required", "_dirty_widgets", "_callbacks")
"""What a screen has put off until its next paint."""


@dataclass(frozen=True)
class Stage:
    """A program that a scene plays on."""

    app: LunaApp
    pilot: Pilot[None]
    box: GalleryBox
    clock: Clock

    async def play(self, scene: Scene) -> None:
        """All steps, each from a still screen."""
        await self.settle()
        for step in scene.play:
            if isinstance(step, str):
                self.press(step)
            else:
                await step(self)
            await self.settle()
        if self.box.missing:
            raise LookupError(f"{scene.name}: tests/gallery/cafe.py has no answer for {self.box.missing}")

    def press(self, key: str) -> None:
        """A key, by its name or as a character."""
        name = _character_to_key(key) if len(key) == 1 else key
        character = key if len(key) == 1 else " " if key == "space" else None
        event = events.Key(name, character)
        event.set_sender(self.app)
        self.app.post_message(event)

    async def settle(self) -> None:
        """Wait until the program has nothing to do, and nothing it has put off for a moment."""
        loop = asyncio.get_running_loop()
        deadline, looks, still = loop.time() + DEADLINE_S, 0, 0
        while still < STILL:
            looks += 1
            if looks > LEAST_LOOKS and loop.time() > deadline:
                raise TimeoutError(f"the screen does not come to rest: {'; '.join(self._unrest(loop))}")
            if loop._ready or self._hurry():  # type: ignore[attr-defined]
                still = 0
                await asyncio.sleep(0)
            elif self._unrest(loop):
                still = 0
                await asyncio.sleep(PAUSE_S)
            else:
                still += 1
                await asyncio.sleep(0)

    async def wear(self, theme: str) -> None:
        """The same in other colours."""
        if self.app.theme != theme:
            self.app.theme = theme
            await self.settle()

    def pass_(self, seconds: float) -> None:
        """Time goes by; what was put off for less happens, and what happens again and again happens once."""
        self.clock.pass_(seconds)
        for node, timer in list(self._timers()):
            if timer._callback is None or not timer._active.is_set() or timer._task is None:
                continue
            if timer._repeat is None:
                node.call_later(timer._callback)
            elif timer._interval <= seconds:
                timer.stop()
                node.call_later(timer._callback)

    def _hurry(self) -> bool:
        """What was put off for a moment happens now; False when nothing was."""
        hurried = False
        for node, timer in list(self._timers()):
            waits = timer._task is not None and not timer._task.done() and timer._active.is_set()
            if waits and timer._callback is not None and timer._repeat == 0 and timer._interval <= SOON_S:
                timer.stop()
                node.call_later(timer._callback)
                hurried = True
        return hurried

    def _unrest(self, loop: Any) -> list[str]:
        """What ends by itself and has not: messages, work about to begin, a search, a paint, what is due."""
        screen = self.app.screen
        soon = loop.time() + NEXT_S
        found = [f"to be run: {handle}" for handle in loop._ready]
        found += [f"due: {each}" for each in loop._scheduled if not each._cancelled and each._when < soon]
        found += [f"{name} of {screen}" for name in _TO_COME if getattr(screen, name)]
        found += [f"messages for {node}" for node in self._nodes() if node.message_queue_size]
        for worker in self.app.workers:
            searches = worker.state is WorkerState.RUNNING and isinstance(worker.node, CommandPalette)
            if searches or worker.state is WorkerState.PENDING:
                found.append(f"{worker}")
        return found

    def _timers(self) -> Iterator[tuple[MessagePump, Timer]]:
        for node in self._nodes():
            for timer in list(node._timers):
                yield node, timer

    def _nodes(self) -> list[Any]:
        """Everything that can be sent something."""
        screens = self.app.screen_stack
        return [self.app, *(node for screen in screens for node in screen.walk_children(with_self=True))]


@asynccontextmanager
async def staged(scene: Scene, size: tuple[int, int], theme: str = "night") -> AsyncIterator[Stage]:
    """The program at this size in the scene's state."""
    clock = Clock()
    box = GalleryBox({**ANSWERS, **scene.answers, "health.glance": scene.glance}, {**PLANS, **scene.plans})
    blink = Input.cursor_blink._default
    Input.cursor_blink._default = False
    gc.disable()  # a program is one big cycle: looking for it again and again costs as much as all pictures
    try:
        with tempfile.TemporaryDirectory() as home, in_place(box, clock):
            desk = Desk(
                make_box(Path(home)),
                "human:rosa",
                Words(scene.words),
                read_only=scene.read_only,
                choices=scene.choices,
                brand=scene.brand,
                notices=Notices(clock.time),
            )
            app = LunaApp(desk, theme=theme, first=scene.first, key=scene.key)
            async with app.run_test(size=size, notifications=True) as pilot:
                stage = Stage(app, pilot, box, clock)
                await stage.play(scene)
                yield stage
    finally:
        Input.cursor_blink._default = blink
        StylesCache.get_inner_outer.cache_clear()  # it would keep this program for a thousand more
        gc.enable()
        gc.collect()


async def shown(
    scene: Scene, size: tuple[int, int], themes: Sequence[str]
) -> AsyncIterator[tuple[str, list[list[Cell]]]]:
    """The screen in each theme, on one stage where that is possible."""
    together = [[theme] for theme in themes] if scene.afresh else [list(themes)]
    for worn in together:
        async with staged(scene, size, worn[0]) as stage:
            for theme in worn:
                await stage.wear(theme)
                yield theme, cells_of(stage.app)
