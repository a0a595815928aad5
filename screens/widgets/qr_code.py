"""The code a phone is pointed at, black on white whatever the theme, with its age and the time it has left.

For a screen that links an account:

    yield QrCode(desk.words, desk.drawings)     # as high and wide as the place it is given
    self.query_one(QrCode).show(code)           # `appliance.qr.reading.Code`, whenever the Gateway sends one
    @on(QrCode.Fitted)                          # `needs`: the window it takes; offer the other ways then

It shows a code whole or not at all: one that is cut, or has run out, does not scan.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from appliance.qr.picture import QrPicture, Room
from screens.theme import CODE_DARK, CODE_LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.binding import BindingType
    from textual.selection import Selection

    from appliance.qr.picture import Cell, Drawing
    from appliance.qr.reading import Code
    from screens.words import Words

UPPER = "▀"
TIME_LINES = 1
WIDEST_TEXT = 76
"""Cells of a line of text that stands in place of a code."""


class QrCode(Widget, can_focus=True):
    """Takes whatever place it is given."""

    ALLOW_SELECT = False
    """What is selected changes its colours; and a code is not for the clipboard."""
    COMPONENT_CLASSES: ClassVar[set[str]] = {"qr--time", "qr--said"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "next_drawing", "other drawing", id="qr.drawing", tooltip="The code in another size")
    ]

    class Fitted(Message):
        """Whether the code can be seen has changed."""

        def __init__(self, needs: Room | None) -> None:
            """`needs`: the window that the code takes as it is drawn; None where it can be seen."""
            super().__init__()
            self.needs = needs

    def __init__(
        self,
        words: Words,
        offered: Sequence[Drawing],
        *,
        clock: Callable[[], float] = time.time,
        id: str | None = None,  # noqa: A002 - Textual's
    ) -> None:
        """`offered`: the drawings that scan on this terminal, best first (`Desk.drawings`).

        `clock`: seconds since 1970, as in `Code`.
        """
        super().__init__(id=id)
        self._words = words
        self._offered = tuple(offered)
        self._clock = clock
        self._code: Code | None = None
        self._chosen = 0
        self._needs: Room | None = None
        self._was_good = False
        self._kept: tuple[object, int, list[Strip]] = (None, 0, [])

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    def show(self, code: Code | None) -> None:
        """Show this one in place of any other; None while there is none."""
        self._code = code
        self._anew()

    @property
    def needs(self) -> Room | None:
        """The window that the code takes as it is drawn; None where it can be seen, or there is none."""
        return self._needs

    def action_next_drawing(self) -> None:
        """Draw it in the next way that scans on this terminal."""
        self._chosen = (self._chosen + 1) % len(self._offered)
        self._anew()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key where there is nothing to choose between."""
        if action == "next_drawing":
            return self._code is not None and len(self._offered) > 1
        return super().check_action(action, parameters)

    def get_selection(self, _selection: Selection) -> None:
        """Nothing goes to the clipboard."""

    def on_resize(self) -> None:
        self._fit()

    def render_line(self, y: int) -> Strip:
        top, lines = self._lines()
        if y == top + len(lines) and self._is_seen():
            return self._centred(self._time(), "qr--time")
        return (
            lines[y - top]
            if 0 <= y - top < len(lines)
            else Strip.blank(self.content_size.width, self.rich_style)
        )

    def _lines(self) -> tuple[int, list[Strip]]:
        """The first line of what is shown without the time, and its lines; kept, for they seldom change."""
        theme = self.app.theme
        key = (self._code, self._chosen, self._was_good, self.content_size, self.app.size, theme)
        if self._kept[0] != key:
            picture = self._picture()
            if picture is not None and self._is_seen():
                lines = [self._padded(_strip(cells)) for cells in picture.cells()]
            else:
                lines = [self._centred(line, "qr--said") for line in self._instead()]
            height = len(lines) + (TIME_LINES if self._is_seen() else 0)
            self._kept = (key, max(0, self.content_size.height - height) // 2, lines)
        return self._kept[1:]

    def _picture(self) -> QrPicture | None:
        if self._code is None or not self._offered:
            return None
        return self._code.picture.drawn(self._offered[self._chosen])

    def _is_good(self) -> bool:
        return self._code is not None and self._code.left(self._clock()) > 0

    def _is_seen(self) -> bool:
        picture = self._picture()
        width, height = self.content_size
        return picture is not None and self._was_good and picture.fits(width, height - TIME_LINES)

    def _instead(self) -> list[str]:
        """What is said where there is no code to be seen."""
        words = self._words
        if not self._offered:
            said = [words("qr.cannot")]
        elif self._code is None:
            said = [words("qr.coming")]
        elif not self._was_good:
            said = [words("qr.run-out")]
        else:
            said = self._too_small()
        width = max(1, min(WIDEST_TEXT, self.content_size.width))
        return [line.plain for text in said for line in Content(text).wrap(width)]

    def _too_small(self) -> list[str]:
        needs, has = self._window(), self.app.size
        if needs is None:
            return []
        room = {"columns": needs.columns, "lines": needs.lines, "wide": has.width, "high": has.height}
        said = [self._words("qr.too-small", **room), self._words("qr.enlarge")]
        return [*said, self._words("qr.another")] if len(self._offered) > 1 else said

    def _window(self) -> Room | None:
        """The window in which the code would fit into the place that this widget has in it."""
        picture = self._picture()
        if picture is None:
            return None
        room, window, place = picture.room, self.app.size, self.content_size
        return Room(
            window.width + max(0, room.columns - place.width),
            window.height + max(0, room.lines + TIME_LINES - place.height),
        )

    def _time(self) -> str:
        if self._code is None:
            return ""
        now = self._clock()
        return self._words("qr.time", age=int(self._code.age(now)), left=int(self._code.left(now)))

    def _tick(self) -> None:
        """Only the line of the time is drawn again, so that no cell of the code is touched."""
        if self._code is None:
            return
        if self._is_good() != self._was_good:
            self._anew()
        elif self._is_seen():
            top, lines = self._lines()
            self.refresh(Region(0, top + len(lines), self.content_size.width, TIME_LINES))

    def _anew(self) -> None:
        self._was_good = self._is_good()
        self._fit()
        self.refresh()
        self.refresh_bindings()

    def _fit(self) -> None:
        hidden = self._was_good and not self._is_seen()
        needs = self._window() if hidden and self.content_size.width else None
        if needs != self._needs:
            self._needs = needs
            self.post_message(self.Fitted(needs))

    def _padded(self, strip: Strip) -> Strip:
        """In the middle of the line, whatever stands around it outside of its quiet zone."""
        left, ground = (self.content_size.width - strip.cell_length) // 2, self.rich_style
        moved = Strip([Segment(" " * left, ground), *strip], left + strip.cell_length)
        return moved.adjust_cell_length(self.content_size.width, ground)

    def _centred(self, text: str, name: str) -> Strip:
        style = self.get_component_rich_style(name)
        line = Content(text).truncate(max(1, self.content_size.width), ellipsis=True).plain
        return self._padded(Strip([Segment(line, style)]))


_STYLES = {
    (upper, lower): Style(
        color=CODE_DARK if upper else CODE_LIGHT, bgcolor=CODE_DARK if lower else CODE_LIGHT
    )
    for upper in (True, False)
    for lower in (True, False)
}
"""Both colours in every cell: what a terminal paints between two lines is the background of one of them."""


def _strip(cells: Sequence[Cell]) -> Strip:
    """A line of the code; halves that are alike are a blank, which no font can draw too small."""
    return Strip(
        [Segment(" " if cell[0] == cell[1] else UPPER, _STYLES[cell]) for cell in cells], len(cells)
    ).simplify()
