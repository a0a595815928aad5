"""What is written for one change, and what never is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from lunatui.driver.canvas import Canvas
from lunatui.driver.painter import Painter
from lunatui.driver.pens import Pens
from lunatui.driver.terminal import Terminal as Abilities
from lunatui.driver.terminal import terminal_named

XTERM = Abilities(True, True)
BLUE = Style.parse("white on blue")


class Screen:
    """A canvas and a painter."""

    def __init__(self, width: int = 40, abilities: Abilities = XTERM) -> None:
        pens = Pens(ColorSystem.TRUECOLOR)
        self.width = width
        self.canvas = Canvas(pens)
        self.painter = Painter(pens, abilities)

    def show(self, *lines: list[Segment]) -> str:
        """The bytes for these lines, padded with blue."""
        strips = [[Strip(line).adjust_cell_length(self.width, BLUE)] for line in lines]
        self.canvas.take(LayoutUpdate(strips, Region(0, 0, self.width, len(lines))))  # type: ignore[arg-type]
        return self.painter.paint(list(self.canvas.rows), (0, 0))


def _line(text: str, style: str = "white on blue") -> list[Segment]:
    return [Segment(text, Style.parse(style))]


def test_the_same_screen_again_costs_nothing() -> None:
    screen = Screen()
    screen.show(_line("one"), _line("two"))
    assert screen.show(_line("one"), _line("two")) == ""


def test_one_cell_costs_a_move_and_the_cell() -> None:
    screen = Screen()
    screen.show(_line("count 1"), _line("two"))
    assert screen.show(_line("count 2"), _line("two")) == "\x1b[6C2\r"


def test_blanks_are_erased_only_where_erasing_keeps_the_background() -> None:
    for abilities, erases in ((Abilities(True, True), True), (Abilities(False, True), False)):
        screen = Screen(abilities=abilities)
        assert ("\x1b[2J" in screen.show(_line("one and more and more"))) is erases
        assert ("\x1b[K" in screen.show(_line("one"))) is erases
    assert terminal_named("xterm-256color").erases_with_background
    assert not terminal_named("screen.xterm-256color").erases_with_background
    assert not terminal_named("linux").erases_with_background
    assert terminal_named("never-heard-of") == Abilities(False, False)


@pytest.mark.parametrize("style", ["underline on blue", "reverse", "strike on blue"])
def test_blanks_that_show_ink_are_written(style: str) -> None:
    screen = Screen()
    assert " " * 30 in screen.show(_line(" " * 40, style))


def test_after_a_glyph_of_doubtful_width_the_cursor_is_placed_anew() -> None:
    text = Screen().show(_line("❤\ufe0fab👩\u200d🚀cd"))
    assert "❤\ufe0f\x1b[1;3Hab" in text
    assert "👩\u200d🚀\x1b[1;7Hcd" in text


def test_a_link_is_opened_and_closed_around_its_cells() -> None:
    text = Screen().show([Segment("site", Style(link="https://example.org")), Segment(" rest", None)])
    start, end = text.index("\x1b]8;id="), text.index("\x1b]8;;\x1b\\")
    assert start < text.index("site") < end
    assert "\x1b]8;id" not in Screen().show([Segment("x", Style(link="https://a\x1b\\\x1b]52;c;eA=="))])


@given(
    st.text(st.characters(exclude_categories=["C", "M"]), max_size=30),
    st.text("\x00\x1b\x07\x9b\x7f", min_size=1),
)
def test_controls_in_the_text_of_a_widget_never_reach_the_terminal(words: str, controls: str) -> None:
    hostile = f"{controls}]52;c;eA=={controls}{words}{controls}[31m"
    harmless = f"]52;c;eA=={words}[31m"
    assert Screen().show(_line(hostile)) == Screen().show(_line(harmless))
