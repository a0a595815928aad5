"""Every drawing that claims to scan is photographed from the terminal's cells and read by another decoder.

Between the text and the picture lies all that the program has: widget, frame, theme, filters, compositor, the
driver's differences and its colours, and a terminal. Decoder: OpenCV; the code is made by segno.
"""

from __future__ import annotations

from typing import Any

import pytest
from rich.color import ColorSystem

from appliance.qr.picture import Drawing, QrPicture, drawings
from lunatui.driver.terminal import Terminal as Abilities
from tests.fakes.scanner import BLACK, UPPER, WHITE, Painted, payloads, photographed, scanned
from tests.safety.chance import seeded
from tests.safety.scale import scale
from tests.unit.screens.widgets.qr_stage import DARK, LIGHT, PALETTES, SOLARIZED, QrStage, code

COUNT = scale(1, 5, 67)
"""Payloads for each of three colour systems: 201 at night."""
GAPS = scale((0, 4), (0, 1, 2, 3, 4), (0, 1, 2, 3, 4))  # type: ignore[arg-type]
"""Pixels that a line spacing adds."""
SIZE = (140, 71)
SHORT, SMALL = "2@" + "y" * 58, (84, 44)
"""A text whose code fits into a smaller window in every drawing, and that window."""
SYSTEMS = {
    "16": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "true": ColorSystem.TRUECOLOR,
}
THEMES = ("night", "day", "clear", "ansi", "mono")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("system", SYSTEMS)
async def test_every_drawing_is_read_from_the_terminal(system: str) -> None:
    app = QrStage(colours=SYSTEMS[system])
    unread, count = [], 0
    chance = seeded()
    async with app.run_test(size=SIZE) as pilot:
        for number, text in enumerate(payloads(chance.randrange(2**32), COUNT)):
            app.theme = THEMES[number % len(THEMES)] if number else "mono"
            app.widget.show(code(text))
            for drawing in Drawing:
                await pilot.pause()
                palette = chance.choice(PALETTES)
                lines = app.painted(palette)
                for gap in GAPS:
                    count += 1
                    if scanned(photographed(lines, gap=gap, around=palette.ground)) != text:
                        unread.append((len(text), app.theme, drawing, gap, palette))
                app.widget.action_next_drawing()
    print(f"figure codes read from a terminal of {system} colours: {count - len(unread)} of {count}")
    assert not unread


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("theme", THEMES)
async def test_both_colours_are_said_and_the_margin_and_the_polarity_are_right(
    system: str, theme: str
) -> None:
    app = QrStage(colours=SYSTEMS[system], theme=theme)
    async with app.run_test(size=SMALL) as pilot:
        app.widget.show(code(SHORT))
        for drawing in Drawing:
            await pilot.pause()
            cells = app.of_the_code()
            assert_said(cells, system, drawing)
            assert_margin_and_polarity(cells, QrPicture(code(SHORT).picture.modules, drawing))
            await pilot.press("c")


SAID = {"16": {"black", "brightwhite"}, "256": {"000000", "ffffff"}, "true": {"000000", "ffffff"}}


def assert_said(cells: list[list[Any]], system: str, drawing: Drawing) -> None:
    """No cell of the code is left to the terminal's own colours; where blanks will do there are no others."""
    for char in (char for line in cells for char in line):
        assert char.bg in SAID[system]
        assert not char.reverse
        assert char.data == " " or (char.data == UPPER and char.fg in SAID[system] - {char.bg})
        assert char.data == " " or drawing is not Drawing.BLOCKS


def assert_margin_and_polarity(cells: list[list[Any]], picture: QrPicture) -> None:
    """At least four modules on every side are white, and what is dark in the code is what is black."""
    black = [[(char.fg if char.data == UPPER else char.bg, char.bg) for char in line] for line in cells]
    halves = [[colours[half] in ("black", "000000") for colours in line] for line in black for half in (0, 1)]
    if picture.drawing is Drawing.BLOCKS:
        halves = [row[::2] for row in halves[::2]]
    dark = [(x, y) for y, row in enumerate(halves) for x, is_dark in enumerate(row) if is_dark]
    left, top = (min(place[axis] for place in dark) for axis in (0, 1))
    right, bottom = (max(place[axis] for place in dark) for axis in (0, 1))
    assert min(left, top, len(halves[0]) - 1 - right, len(halves) - 1 - bottom) >= 4
    found = tuple(tuple(row[left : right + 1]) for row in halves[top : bottom + 1])
    assert found == picture.modules


@pytest.mark.parametrize("abilities", [Abilities(True, True), Abilities(False, False)], ids=["new", "old"])
async def test_a_new_code_leaves_nothing_of_the_last(abilities: Abilities) -> None:
    """The driver writes only what has changed; what stands on the terminal is then one code."""
    texts = payloads(8, 2)
    app = QrStage(abilities=abilities, colours=ColorSystem.EIGHT_BIT)
    async with app.run_test(size=(72, 38)) as pilot:
        for number, text in enumerate(texts):
            app.widget.show(code(text, until=60.0 + number))
            app.now = float(number)
            await pilot.pause()
            app.widget._tick()
            await pilot.pause()
            assert_margin_and_polarity(app.of_the_code(), code(text).picture)
            assert scanned(photographed(app.painted())) == text


async def test_no_cell_of_a_code_is_left_to_how_a_terminal_erases() -> None:
    """Not every terminal does what its name says, and a margin in its own colour is none."""
    app = QrStage(boasts=True)
    async with app.run_test(size=SMALL) as pilot:
        app.widget.show(code(SHORT))
        for drawing in Drawing:
            await pilot.pause()
            cells = app.of_the_code()
            assert_said(cells, "true", drawing)
            assert_margin_and_polarity(cells, QrPicture(code(SHORT).picture.modules, drawing))
            await pilot.press("c")


async def test_the_passing_of_time_touches_no_cell_of_the_code() -> None:
    app = QrStage()
    async with app.run_test(size=(100, 45)) as pilot:
        app.widget.show(code(payloads(4, 1)[0]))
        await pilot.pause()
        before = len(app.written)
        app.now = 7.0
        app.widget._tick()
        await pilot.pause()
        written = app.written[before:]
        assert "7 s old" in " ".join(app.terminal.display)
        assert UPPER not in written
        assert "48;2;255" not in written
        assert 0 < len(written) < 200


async def test_a_terminal_without_half_blocks_gets_blanks_that_scan() -> None:
    text = payloads(6, 1)[0]
    offered = drawings(half_blocks=False, colours=True)
    app = QrStage(offered=offered, charset="iso8859-1", colours=ColorSystem.STANDARD)
    async with app.run_test(size=SIZE) as pilot:
        app.widget.show(code(text))
        await pilot.pause()
        assert "?" not in app.written
        assert "▀" not in app.written
        assert scanned(photographed(app.painted(SOLARIZED), gap=4, around=BLACK)) == text


def drawn(text: str, drawing: Drawing, ink: Any = BLACK, ground: Any = WHITE) -> list[list[Painted]]:
    picture = QrPicture(code(text).picture.modules, drawing)
    tint = {True: ink, False: ground}
    return [[Painted(UPPER, tint[upper], tint[lower]) for upper, lower in line] for line in picture.cells()]


def test_what_does_not_scan_is_no_drawing_of_ours() -> None:
    """The camera can tell: light on dark, `##`, no margin, and cells without a background of their own."""
    text = payloads(9, 1)[0]
    assert scanned(photographed(drawn(text, Drawing.HALVES))) == text
    assert scanned(photographed(drawn(text, Drawing.HALVES, WHITE, BLACK))) == ""
    glyphs = [[cell._replace(glyph="#") for cell in line] for line in drawn(text, Drawing.BLOCKS)]
    assert (
        scanned(
            photographed([[cell._replace(ground=WHITE, ink=cell.ground) for cell in line] for line in glyphs])
        )
        == ""
    )
    bare = [line[4:-4] for line in drawn(text, Drawing.HALVES)[2:-3]]
    assert scanned(photographed(bare, around=BLACK)) == ""
    assert scanned(photographed(drawn(text, Drawing.HALVES), gap=4, gap_shows=DARK.ground)) == ""
    assert scanned(photographed(drawn(text, Drawing.HALVES), gap=4, around=LIGHT.ground)) == text
    assert {drawing.value for drawing in Drawing} == {"halves", "blocks", "roomy"}
    assert drawings(half_blocks=True, colours=False) == ()


@pytest.mark.parametrize("size", [(80, 24), (68, 60), (100, 33)])
async def test_a_code_that_does_not_fit_is_not_shown_in_part(size: tuple[int, int]) -> None:
    app = QrStage()
    async with app.run_test(size=size) as pilot:
        app.widget.show(code("2@" + "x" * 275))
        for _ in Drawing:
            await pilot.pause()
            assert UPPER not in "".join(app.terminal.display)
            assert app.widget.needs is not None
            await pilot.press("c")
