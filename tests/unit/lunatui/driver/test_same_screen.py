"""Random sessions end with the same cells on the screen, frame by frame, as with the stock driver's bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate

from lunatui.driver.canvas import Canvas
from lunatui.driver.painter import Painter
from lunatui.driver.pens import Pens
from lunatui.driver.terminal import Terminal as Abilities
from tests.safety.scale import scale
from tests.unit.lunatui.driver.emulator import Terminal
from tests.unit.lunatui.driver.sessions import (
    WORDS,
    Action,
    Session,
    ask,
    notify,
    press,
    resize,
    say,
    switch,
    update_cell,
    wear,
)  # fmt: skip

KEYS = ("down", "up", "pagedown", "end", "home", "tab", "shift+tab", "enter", "a", "left", "right")
THEMES = ("textual-dark", "textual-light", "nord", "ansi-dark", "solarized-light")
SIZES = st.tuples(st.integers(30, 70), st.integers(6, 18))
words = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["C", "M", "Z"]), max_size=40)
actions: st.SearchStrategy[Action] = st.one_of(
    st.sampled_from(KEYS).map(press),
    st.builds(update_cell, st.integers(0, 99), words),
    words.map(say),
    words.map(ask),
    st.just(switch),
    st.sampled_from(THEMES).map(wear),
    SIZES.map(lambda size: resize(*size)),
    words.map(notify),
)
ABILITIES = [Abilities(True, True), Abilities(False, True), Abilities(False, False)]


class Twin(Session):
    """Feeds each frame to two terminals, the stock way and ours, and compares them."""

    def __init__(self, abilities: Abilities, colors: ColorSystem, drops: Sequence[bool] = ()) -> None:
        super().__init__()
        self.console._color_system = colors
        self._abilities = abilities
        self._pens = Pens(colors)
        self._canvas = Canvas(self._pens)
        self._painter = Painter(self._pens, abilities)
        self._drops = list(drops)
        self._terminals = self._new_terminals((1, 1))
        self._is_whole = False
        self.frames = 0
        self.difference: object = None

    def _new_terminals(self, size: tuple[int, int]) -> tuple[Terminal, Terminal]:
        ours = Terminal(*size, erases_with_background=self._abilities.erases_with_background)
        for y in range(size[1]):  # what stood on a terminal before is nothing to build on
            ours.buffer[y].update({x: ours.default_char._replace(data="#") for x in range(size[0])})
        self._painter.forget()
        return Terminal(*size), ours

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        if self._batch_count or not isinstance(renderable, LayoutUpdate | ChopsUpdate):
            return
        if (self._terminals[0].columns, self._terminals[0].lines) != tuple(self.size):
            self._terminals = self._new_terminals(self.size)
            self._is_whole = False
        if isinstance(renderable, LayoutUpdate):
            self._is_whole = tuple(renderable.region.size) == tuple(self.size)
        self._canvas.take(renderable)
        if not self._is_whole:
            return  # a leftover of the old size, on a terminal that nobody has drawn yet
        stock, ours = self._terminals
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        _without_caches(renderable)
        stock.feed(renderable.render_segments(self.console) + f"\x1b[{cursor.y + 1};{cursor.x + 1}H")
        if self._drops and self._drops.pop():
            return
        ours.feed(self._painter.paint(list(self._canvas.rows), (cursor.x, cursor.y)))
        self.frames += 1
        self.difference = self.difference or _difference(stock, ours)


def _without_caches(update: LayoutUpdate | ChopsUpdate) -> None:
    """Styles and strips remember their text across apps, whatever the next one's colour system is."""
    lines = update.strips if isinstance(update, LayoutUpdate) else [chop.values() for chop in update.chops]
    for strip in (strip for line in lines for strip in line if strip is not None):
        strip._render_cache = None
        for _, style, _ in strip:
            if style is not None:
                style._ansi = None


def _difference(stock: Terminal, ours: Terminal) -> object:
    """The first cell that is not the same, of the lines either has touched since the last look."""
    for y in sorted(stock.dirty | ours.dirty):
        for x, (a, b) in enumerate(zip(stock.line(y), ours.line(y), strict=True)):
            if a != b:
                return f"line {y}, column {x}: stock {a}, ours {b}"
    stock.dirty.clear()
    ours.dirty.clear()
    if (stock.cursor.x, stock.cursor.y) != (ours.cursor.x, ours.cursor.y):
        return "the cursor"
    return None


async def _play(app: Twin, size: tuple[int, int], acts: Sequence[Action]) -> None:
    async with app.run_test(size=size) as pilot:
        for act in acts:
            await act(pilot)
            await pilot.pause()
            assert app.difference is None
    assert app.frames


@pytest.mark.parametrize("abilities", ABILITIES, ids=["xterm", "screen", "unknown"])
@settings(max_examples=scale(5, 40, 600), suppress_health_check=list(HealthCheck))
@given(
    size=SIZES,
    acts=st.lists(actions, min_size=1, max_size=8),
    colors=st.sampled_from([ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT, ColorSystem.STANDARD]),
    drops=st.lists(st.booleans(), max_size=12),
)
def test_every_frame_of_a_random_session_shows_what_the_stock_driver_shows(
    abilities: Abilities, size: tuple[int, int], acts: list[Action], colors: ColorSystem, drops: list[bool]
) -> None:
    asyncio.run(_play(Twin(abilities, colors, drops), size, acts))
