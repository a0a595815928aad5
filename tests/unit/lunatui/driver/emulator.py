"""A terminal emulator to compare screens with: pyte, and what it leaves out that a real one does."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pyte
from rich.cells import split_graphemes

_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[<>]\d*u|\x1b\[\?\d+\$p")
"""Pyte draws the end of these instead of ignoring them."""


class Cell(NamedTuple):
    """What an eye sees in one cell."""

    text: str
    background: str
    ink: tuple[Any, ...]
    """Colour and attributes that show; on a blank only those that a blank shows."""


class Terminal(pyte.Screen):
    """Glyphs have the widths Textual counts with, and half a wide glyph does not stay."""

    def __init__(self, width: int, height: int, *, erases_with_background: bool = True) -> None:
        super().__init__(width, height)
        self.erases_with_background = erases_with_background
        self.bytes = 0
        self.replies: list[str] = []
        self._stream = pyte.Stream(self)
        self._stream.use_utf8 = True

    def feed(self, text: str) -> None:
        """Take what a program wrote; its line feeds pass a tty that turns them into CR LF."""
        self.bytes += len(text.encode())
        self._stream.feed(_UNKNOWN_TO_PYTE.sub("", text).replace("\n", "\r\n"))

    def write_process_input(self, data: str) -> None:
        """The answer to a question the program asked."""
        self.replies.append(data)

    def draw(self, data: str) -> None:
        """Put glyphs at the cursor; without auto-wrap the last column takes them all."""
        self.dirty.add(self.cursor.y)
        glyphs = [(x, x + 1, 1) for x in range(len(data))] if data.isascii() else split_graphemes(data)[0]
        for start, end, width in glyphs:
            line, x = self.buffer[self.cursor.y], min(self.cursor.x, self.columns - max(width, 1))
            if not width:
                if self.cursor.x:
                    before = line[self.cursor.x - 1]
                    line[self.cursor.x - 1] = before._replace(data=before.data + data[start:end])
                continue
            self._unpair(x, width)
            line[x] = self.cursor.attrs._replace(data=data[start:end])
            for extra in range(1, width):
                line[x + extra] = self.cursor.attrs._replace(data="")
            self.cursor.x = x + width

    def erase_characters(self, count: int | None = None) -> None:
        """Erase without moving; what is erased has the background, or nothing at all."""
        self.dirty.add(self.cursor.y)
        self._unpair(self.cursor.x, count or 1)
        line = self.buffer[self.cursor.y]
        for x in range(self.cursor.x, min(self.cursor.x + (count or 1), self.columns)):
            line[x] = self._erased()

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:  # noqa: ARG002 - as in pyte
        """Erase to the end of the line (all that is used)."""
        assert how == 0
        self.erase_characters(self.columns - self.cursor.x)

    def erase_in_display(self, how: int = 0, *_: Any, **__: Any) -> None:
        """Erase everything (all that is used); the cursor stays."""
        assert how == 2
        self.dirty.update(range(self.lines))
        for y in range(self.lines):
            for x in range(self.columns):
                self.buffer[y][x] = self._erased()

    def select_graphic_rendition(self, *attrs: int) -> None:
        """Dim, which pyte does not know, is kept as its blinking, which no style here uses."""
        known: list[int] = []
        rest = iter(attrs)
        for code in rest:
            if code in (38, 48):
                kind = next(rest)
                known += [code, kind, *(next(rest) for _ in range(3 if kind == 2 else 1))]
            else:
                known += {2: [5], 22: [22, 25]}.get(code, [code])
        super().select_graphic_rendition(*known)

    def line(self, y: int) -> list[Cell]:
        """A line as seen."""
        return [_seen(self.buffer[y][x]) for x in range(self.columns)]

    def _erased(self) -> Any:
        attrs = self.cursor.attrs
        leaves_a_trace = attrs.underscore or attrs.strikethrough or attrs.reverse
        assert not leaves_a_trace
        return self.default_char._replace(bg=attrs.bg) if self.erases_with_background else self.default_char

    def _unpair(self, x: int, width: int) -> None:
        line = self.buffer[self.cursor.y]
        if x and not line[x].data:
            line[x - 1] = line[x - 1]._replace(data=" ")
        if x + width < self.columns and not line[x + width].data:
            line[x + width] = line[x + width]._replace(data=" ")


def _seen(char: Any) -> Cell:
    plain = not (char.underscore or char.strikethrough or char.reverse)
    if char.data == " " and plain:
        return Cell(" ", char.bg, ())
    return Cell(char.data, char.bg, tuple(char[1:]))
