"""The widget of a code: whole or not at all, always the newest, and in words why there is none."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from appliance.qr.picture import Drawing, Room
from lunatui.driver.terminal import code_drawings
from screens.widgets.qr_code import UPPER
from tests.fakes.scanner import payloads
from tests.unit.screens.widgets.qr_stage import GOOD_FOR, QrStage, code

LONG = "2@" + "x" * 275
"""As long as WhatsApp's: 69 by 35 cells."""


def shown(app: QrStage) -> str:
    return " ".join(" ".join(app.terminal.display).split())


async def test_the_age_and_the_time_left_stand_below_it() -> None:
    app = QrStage()
    async with app.run_test(size=(72, 38)) as pilot:
        await pilot.pause()
        assert shown(app) == "The code is on its way."
        app.now = 12.0
        app.widget.show(code(LONG))
        await pilot.pause()
        assert "12 s old · good for 48 s · a new one comes by itself" in shown(app)
        assert UPPER in shown(app)
        app.widget.show(None)
        await pilot.pause()
        assert shown(app) == "The code is on its way."


@pytest.mark.parametrize("theme", ["night", "day", "ansi"])
@pytest.mark.parametrize("size", [(72, 40), (60, 20)])
async def test_what_stands_around_wears_the_theme(theme: str, size: tuple[int, int]) -> None:
    app = QrStage(theme=theme)
    async with app.run_test(size=size) as pilot:
        app.widget.show(code(LONG))
        await pilot.pause()
        inside = [[None]] if app.widget.needs else app.of_the_code()
        cells = [char for y in range(size[1]) for char in app.terminal.buffer[y].values()]
        grounds = Counter(char.bg for char in cells)
        grounds.subtract(char.bg for line in inside for char in line if char)
        ground = "default" if theme == "ansi" else app.current_theme.background[1:].lower()  # type: ignore[index]
        assert {colour for colour, count in grounds.items() if count} == {ground}


async def test_what_has_run_out_is_not_shown_any_longer() -> None:
    app = QrStage()
    async with app.run_test(size=(72, 38)) as pilot:
        app.widget.show(code(LONG))
        await pilot.pause()
        app.now = GOOD_FOR
        app.widget._tick()
        await pilot.pause()
        assert shown(app) == "This code has run out. A new one comes by itself."
        app.widget.show(code(LONG, until=2 * GOOD_FOR))
        await pilot.pause()
        assert UPPER in shown(app)


async def test_a_window_that_is_too_small_is_told_how_large_it_has_to_be() -> None:
    app = QrStage()
    async with app.run_test(size=(68, 24)) as pilot:
        app.widget.show(code(LONG))
        await pilot.pause()
        assert "needs 69 columns and 36 lines; this window has 68 and 24" in shown(app)
        assert "c shows it in another way" in shown(app)
        await pilot.press("c")
        await pilot.pause()
        assert "needs 138 columns and 70 lines" in shown(app)
        await pilot.press("c", "c")
        await pilot.resize_terminal(69, 36)
        await pilot.pause()
        assert UPPER in shown(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "needs 80 columns and 36 lines; this window has 80 and 24" in shown(app)
        assert UPPER not in shown(app)
        app.widget.show(None)
        await pilot.pause()
    needed = [message.needs for message in app.heard]
    assert needed == [Room(69, 36), Room(138, 70), Room(77, 40), Room(69, 36), None, Room(80, 36), None]


async def test_the_key_goes_through_what_scans_here() -> None:
    app = QrStage()
    async with app.run_test(size=(140, 71)) as pilot:
        assert "qr.drawing" not in alive(app)
        app.widget.show(code(LONG))
        rooms = []
        for _ in range(4):
            await pilot.pause()
            rooms.append((len(app.of_the_code()[0]), len(app.of_the_code())))
            assert "qr.drawing" in alive(app)
            await pilot.press("c")
    assert rooms == [(69, 35), (138, 69), (77, 39), (69, 35)]


@pytest.mark.parametrize("offered", [(), (Drawing.BLOCKS,)])
async def test_there_is_no_key_where_there_is_no_choice(offered: Any) -> None:
    app = QrStage(offered=offered)
    async with app.run_test(size=(140, 71)) as pilot:
        app.widget.show(code(LONG))
        await pilot.pause()
        assert "qr.drawing" not in alive(app)
        if not offered:
            assert "no code can be scanned from it" in shown(app)
            assert app.widget.needs is None


def alive(app: QrStage) -> set[str | None]:
    return {item.binding.id for item in app.screen.active_bindings.values()}


async def test_nothing_of_it_can_be_selected_or_copied() -> None:
    app = QrStage()
    async with app.run_test(size=(72, 38)) as pilot:
        app.widget.show(code(payloads(1, 1)[0]))
        await pilot.pause()
        before = app.painted()
        app.screen.text_select_all()
        await pilot.pause()
        assert app.painted() == before
        assert not app.screen.get_selected_text()


@pytest.mark.parametrize(
    ("env", "offered"),
    [
        ({"TERM": "xterm-256color", "LANG": "de_DE.UTF-8"}, tuple(Drawing)),
        ({"TERM": "xterm-256color", "LANG": "C"}, tuple(Drawing)),
        ({"TERM": "linux", "LANG": "de_DE.UTF-8", "NO_COLOR": "1"}, tuple(Drawing)),
        ({"TERM": "xterm", "LANG": "de_DE.ISO8859-1"}, (Drawing.BLOCKS,)),
        ({"TERM": "vt100", "LANG": "de_DE.UTF-8"}, ()),
        ({"TERM": "vt220"}, ()),
        ({"TERM": "xterm-mono"}, ()),
        ({"TERM": "vte-256color"}, tuple(Drawing)),
    ],
    ids=str,
)
def test_a_terminal_is_offered_what_scans_on_it(env: dict[str, str], offered: tuple[Drawing, ...]) -> None:
    assert code_drawings(env, 0) == offered
