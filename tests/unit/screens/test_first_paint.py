"""The first paint of a screen waits for its first look, but not for long."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Label

from screens import first_paint
from screens.first_paint import PatientScreen
from tests.fakes.waiting import LIMIT_S


class Looking(PatientScreen):
    """Shows what it is told."""

    def compose(self) -> ComposeResult:
        yield Label("nothing yet")

    def on_mount(self) -> None:
        self.await_first_look()

    def found(self) -> None:
        """The look has brought something."""
        self.query_one(Label).update("found")
        self.show_at_last()


class Painted(App[None]):
    """Keeps what was on the screen at each paint of a `Looking`."""

    def __init__(self) -> None:
        super().__init__()
        self.paints: list[str] = []
        self.painted = asyncio.Condition()

    def on_mount(self) -> None:
        self.push_screen(Looking())

    def _display(self, screen: Any, renderable: Any) -> None:
        if isinstance(screen, Looking) and renderable is not None:
            lines = screen._compositor.render_strips()
            self.paints.append("".join(segment.text for segment in lines[0]).strip())
            self.call_next(self._tell)
        super()._display(screen, renderable)

    async def _tell(self) -> None:
        async with self.painted:
            self.painted.notify_all()


async def until(app: Painted, count: int) -> None:
    async with asyncio.timeout(LIMIT_S), app.painted:
        await app.painted.wait_for(lambda: len(app.paints) >= count)


async def test_one_paint_with_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_paint, "PATIENCE_S", 60.0)
    app = Painted()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.paints == []
        screen = app.screen
        assert isinstance(screen, Looking)
        screen.found()
        await until(app, 1)
        assert set(app.paints) == {"found"}


async def test_a_long_look_shows_the_empty_frame_first_and_later_ones_hold_nothing_back() -> None:
    app = Painted()
    async with app.run_test():
        await until(app, 1)
        assert app.paints[0] == "nothing yet"
        screen = app.screen
        assert isinstance(screen, Looking)
        before = len(app.paints)
        screen.await_first_look()
        screen.query_one(Label).update("changed")
        await until(app, before + 1)
        assert app.paints[-1] == "changed"
