"""A code on the real frame of the program, written by the real driver's painter to an emulated terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import ComposeResult
from textual.screen import Screen

import screens
from appliance.api import Appliance
from appliance.places import Places
from appliance.qr.encoding import modules_of, png_of
from appliance.qr.picture import Drawing, QrPicture, Room
from appliance.qr.reading import Code
from lunatui.attire import AttiredApp
from lunatui.driver.canvas import Canvas
from lunatui.driver.charset import ERRORS
from lunatui.driver.painter import Painter
from lunatui.driver.pens import Pens
from lunatui.driver.terminal import Terminal as Abilities
from screens.desk import Desk
from screens.widgets.qr_code import QrCode
from screens.words import Words
from tests.fakes.scanner import BLACK, WHITE, Colour, Lines, Painted
from tests.unit.lunatui.driver.emulator import Terminal

GOOD_FOR = 60.0
FRAME = [Path(screens.__file__).parent / "frame.tcss"]


class Palette(NamedTuple):
    """The colours of a terminal that a program cannot choose."""

    ink: Colour
    ground: Colour
    first: dict[str, Colour]
    """What stands for the two of the 16 that a code is drawn in where there are no others."""


DARK = Palette((216, 220, 234), (18, 20, 31), {"black": BLACK, "brightwhite": WHITE})
LIGHT = Palette((34, 37, 47), (255, 255, 255), {"black": BLACK, "brightwhite": WHITE})
SOLARIZED = Palette((131, 148, 150), (0, 43, 54), {"black": (7, 54, 66), "brightwhite": (253, 246, 227)})
PALETTES = (DARK, LIGHT, SOLARIZED)


def code(text: str, *, until: float = GOOD_FOR) -> Code:
    """One that was received at 0."""
    return Code(QrPicture(modules_of(text)), png_of(text), 0.0, until)


class Linking(Screen[None]):
    """Nothing but the code."""

    def __init__(self, widget: QrCode) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget


class QrStage(AttiredApp):
    """Wears every theme, `mono` too; what it shows is on `terminal`."""

    CSS_PATH: ClassVar = FRAME

    def __init__(
        self,
        *,
        offered: Sequence[Drawing] = tuple(Drawing),
        colours: ColorSystem = ColorSystem.TRUECOLOR,
        theme: str = "night",
        charset: str = "utf-8",
        abilities: Abilities = Abilities(True, True),  # noqa: B008 - frozen
        boasts: bool = False,
    ) -> None:
        """`boasts`: the terminal has none of the colours that its name says it erases with."""
        environment = {"HOME": "/nonexistent"}
        box = Appliance(Places.from_environment(environment), environment)
        super().__init__(Desk(box, "human:test", Words()), theme=theme)
        self.now = 0.0
        self.widget = QrCode(self.desk.words, offered, clock=lambda: self.now)
        self.heard: list[QrCode.Fitted] = []
        self._charset = charset
        self._erases_with_background = abilities.erases_with_background and not boasts
        self._pens = Pens(colours)
        self._canvas = Canvas(self._pens)
        self._painter = Painter(self._pens, abilities)
        self.terminal = Terminal(1, 1)
        self.written = ""
        """All that the terminal got since it has its size."""

    def on_mount(self) -> None:
        self.push_screen(Linking(self.widget))

    def on_qr_code_fitted(self, message: QrCode.Fitted) -> None:
        self.heard.append(message)

    def reopen(self) -> None:
        raise NotImplementedError

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        if self._batch_count or not isinstance(renderable, LayoutUpdate | ChopsUpdate):
            return
        self._canvas.take(renderable)
        if (self.terminal.columns, self.terminal.lines) != tuple(self.size):
            self.terminal = Terminal(*self.size, erases_with_background=self._erases_with_background)
            self._painter.forget()
            self.written = ""
        rows = self._canvas.rows
        if len(rows) == self.size.height and self._canvas.width == self.size.width:
            text = self._painter.paint(list(rows), None)
            text = text.encode(self._charset, ERRORS).decode(self._charset)
            self.written += text
            self.terminal.feed(text)

    def painted(self, palette: Palette = DARK) -> Lines:
        """Every cell of the terminal."""
        return painted_on(self.terminal, palette)

    def of_the_code(self) -> list[list[Any]]:
        """What the terminal keeps for the cells of the code."""
        top, lines = self.widget._lines()
        room = self.widget._code.picture.drawn(self.widget._offered[self.widget._chosen]).room  # type: ignore[union-attr]
        assert len(lines) == room.lines
        left = (self.size.width - room.columns) // 2
        rows = range(top, top + room.lines)
        return [[self.terminal.buffer[y][x] for x in range(left, left + room.columns)] for y in rows]


def painted_on(terminal: Terminal, palette: Palette) -> Lines:
    """Every cell of a terminal as an eye sees it."""
    columns, lines = range(terminal.columns), range(terminal.lines)
    return [[_painted(terminal.buffer[y][x], palette) for x in columns] for y in lines]


def room_on(terminal: Terminal) -> Room:
    """The cells from the first to the last that were told to be white: a code, whose corners are."""
    columns, lines = range(terminal.columns), range(terminal.lines)
    white = [(x, y) for y in lines for x in columns if terminal.buffer[y][x].bg in ("ffffff", "brightwhite")]
    if not white:
        return Room(0, 0)
    spans = [[place[axis] for place in white] for axis in (0, 1)]
    return Room(*(max(span) - min(span) + 1 for span in spans))


def _painted(char: Any, palette: Palette) -> Painted:
    ink, ground = _colour(char.fg, palette.ink, palette), _colour(char.bg, palette.ground, palette)
    return Painted(char.data, *((ground, ink) if char.reverse else (ink, ground)))


def _colour(name: str, own: Colour, palette: Palette) -> Colour:
    """Of pyte's names: `default`, one of the 16, or six hex digits."""
    if name == "default":
        return own
    if len(name) == 6 and all(digit in "0123456789abcdef" for digit in name):
        return int(name[:2], 16), int(name[2:4], 16), int(name[4:], 16)
    return palette.first.get(name, own)
