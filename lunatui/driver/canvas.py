"""The screen as Textual wants it: a grid of cells, kept from the strips of each update."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import split_graphemes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.segment import Segment
    from textual._compositor import ChopsUpdate, LayoutUpdate

    from lunatui.driver.pens import Pen, Pens

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")


class Row(NamedTuple):
    """One line of the screen; never changed once it is on a canvas."""

    glyphs: list[str]
    """The text of each cell; the second cell of a wide glyph holds the empty string."""
    pens: list[Pen]
    """The look of each cell; blanks whose look is their background alone share one pen per background."""


class Canvas:
    """What the terminal is to show."""

    def __init__(self, pens: Pens) -> None:
        self._pens = pens
        self.width = 0
        self.rows: list[Row] = []
        """One for each line. An update replaces rows, so a copy of this list is a picture of a moment."""

    def take(self, update: LayoutUpdate | ChopsUpdate) -> None:
        """Put what the compositor would have written on the canvas."""
        from textual._compositor import LayoutUpdate

        if isinstance(update, LayoutUpdate):
            self._take_layout(update)
        else:
            self._take_chops(update)

    def _take_layout(self, update: LayoutUpdate) -> None:
        region = update.region
        self._fit(region.right, region.bottom)
        for y, strips in enumerate(update.strips, region.y):
            if y < len(self.rows):
                self._write(y, region.x, (segment for strip in strips for segment in strip))

    def _take_chops(self, update: ChopsUpdate) -> None:
        """Follows `ChopsUpdate.render_segments` of Textual 8.2.8 cut by cut."""
        for y, x1, x2 in update.spans:
            ends = update.chop_ends[y]
            self._fit(max(self.width, ends[-1]), max(len(self.rows), len(update.chops)))
            for end, (x, strip) in zip(ends, update.chops[y].items(), strict=True):
                if strip is None or x > x2 or end <= x1:
                    continue
                if x2 > x >= x1 and end <= x2:
                    self._write(y, x, strip)
                else:
                    self._write(y, x, strip.crop(0, min(end, x2) - x))

    def _fit(self, width: int, height: int) -> None:
        """Have this many cells; another width starts an empty canvas."""
        if width != self.width:
            self.width = width
            self.rows = []
        del self.rows[height:]
        default = self._pens.default
        while len(self.rows) < height:
            self.rows.append(Row([" "] * width, [default] * width))

    def _write(self, y: int, x: int, segments: Iterable[Segment]) -> None:
        glyphs: list[str] = []
        pens: list[Pen] = []
        for text, style, control in segments:
            if control:
                continue
            pen, blank = self._pens.of(style)
            marks, cells = ("", text) if text.isascii() and text.isprintable() else _cells(text)
            if marks and glyphs:
                lead = -2 if not glyphs[-1] and len(glyphs) > 1 else -1
                glyphs[lead] += marks
            glyphs.extend(cells)
            if pen is blank or " " not in text:
                pens.extend([pen] * len(cells))
            else:
                pens.extend([blank if glyph == " " else pen for glyph in cells])
        if glyphs and x < self.width:
            self.rows[y] = _with_cells(self.rows[y], x, glyphs, pens)


def _with_cells(old: Row, x: int, glyphs: list[str], pens: list[Pen]) -> Row:
    """`old` with cells from x on replaced; a wide glyph that loses one half leaves a blank."""
    room = len(old.glyphs) - x
    if len(glyphs) > room:
        halved = not glyphs[room]
        del glyphs[room:], pens[room:]
        if halved:
            glyphs[-1] = " "
    end = x + len(glyphs)
    row = Row(old.glyphs.copy(), old.pens.copy())
    if x and not row.glyphs[x]:
        row.glyphs[x - 1] = " "
    if end < len(row.glyphs) and not row.glyphs[end]:
        row.glyphs[end] = " "
    row.glyphs[x:end] = glyphs
    row.pens[x:end] = pens
    return row


@lru_cache(maxsize=4096)
def _cells(text: str) -> tuple[str, tuple[str, ...]]:
    """The marks that belong to the cell before `text`, and a glyph for each of its own cells.

    Controls have no cell and are left out: whatever a widget shows, its text cannot command the terminal.
    """
    text = _CONTROLS.sub("", text)
    marks, cells = "", []
    for start, end, width in split_graphemes(text)[0]:
        if width:
            cells.append(text[start:end])
            cells.extend([""] * (width - 1))
        else:
            marks += text[start:end]
    return marks, tuple(cells)
