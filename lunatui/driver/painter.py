"""The shortest text that turns what a terminal shows into what it is to show."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from lunatui.driver.canvas import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lunatui.driver.pens import Pen, Pens
    from lunatui.driver.terminal import Terminal

_SETTLED = (
    " \u02ff", "\u0370\u0482", "\u2010\u2027", "\u2190\u2193", "\u2500\u25fc", "\u2713\u2713", "\u2717\u2717",
    "\u2800\u28ff", "\u3041\u30ff", "\u4e00\u9fff", "\uac00\ud7a3", "\uff01\uff60",
)  # fmt: skip
"""Glyphs of one code point on whose width all terminals agree (as far as the columns after them go)."""
_BRIDGE = 4
"""Cells that stand between two changes and are cheaper written again than jumped over."""
_ERASE_LINE_FROM = 4
_ERASE_FROM = 11
"""Blanks from which erasing (`CSI n X`, then a move) costs less than writing them."""
_ERASE_LAST_FROM = 6
"""The same where nothing is written behind them."""


class Painter:
    """Knows what the terminal shows, where its cursor stands and which pen is in force."""

    def __init__(self, pens: Pens, terminal: Terminal) -> None:
        self._pens = pens
        self._terminal = terminal
        self._shown: Sequence[Row | None] = ()
        self._pen: Pen | None = None
        self._x: int | None = None
        self._y: int | None = None
        self._out: list[str] = []

    def forget(self) -> None:
        """Nothing on the terminal can be relied on: the next `paint` writes every cell."""
        self._shown = ()
        self.lose_place()

    def lose_place(self) -> None:
        """The cursor may be anywhere and any pen may be in force; the cells still stand."""
        self._pen = self._x = self._y = None

    def rest(self) -> str:
        """What takes the pen in force back to the terminal's own look."""
        if self._pen is None:
            return ""
        before, self._pen = self._pen, self._pens.default
        return self._pens.change(before, self._pen)

    def paint(self, rows: Sequence[Row], cursor: tuple[int, int] | None) -> str:
        """What to write so that `rows` are shown and the cursor is at `cursor` (column, line)."""
        shown = self._shown
        self._out = []
        if len(shown) != len(rows) or (shown and _width(shown[0]) != _width(rows[0])):
            shown = self._cleared(rows)
        for y, (old, new) in enumerate(zip(shown, rows, strict=True)):
            if old is not new and old != new:
                self._paint_row(y, old, new)
        self._shown = rows
        if cursor is not None and (self._x, self._y) != cursor:
            self._out.append(self._jump(*cursor))
            self._x, self._y = cursor
        return "".join(self._out)

    def _cleared(self, rows: Sequence[Row]) -> Sequence[Row | None]:
        """Clear the terminal to the background that most blanks of `rows` have; what it shows then."""
        blanks = Counter(pen for row in rows for glyph, pen in zip(*row, strict=True) if glyph == " ")
        pen = max((pen for pen in blanks if pen.plain), key=blanks.__getitem__, default=None)
        if pen is None or not self._terminal.erases_with_background:
            return [None] * len(rows)
        self._take_blank_pen(pen)
        self._out.append("\x1b[2J")
        width = _width(rows[0])
        return [Row([" "] * width, [pen] * width)] * len(rows)

    def _paint_row(self, y: int, old: Row | None, new: Row) -> None:
        changed = _changed(old, new)
        x = changed.find(1)
        while x >= 0:
            if new.glyphs[x] == " " and (end := self._erased_to(x, y, new, changed)):
                x = end
            else:
                x = self._write(x, y, new, changed)
            x = changed.find(1, x)

    def _erased_to(self, x: int, y: int, new: Row, changed: bytearray) -> int:
        """The column up to which blanks from x on were erased; 0 if writing them costs less."""
        pen, width = new.pens[x], len(new.glyphs)
        if not pen.plain or (pen.background and not self._terminal.erases_with_background):
            return 0
        end = _blank_end(x, new)
        last = changed.rfind(1, x, end)
        count = last + 1 - x
        worth = _ERASE_FROM if changed.find(1, end) >= 0 else _ERASE_LAST_FROM
        if end == width and count >= _ERASE_LINE_FROM:
            erase = "\x1b[K"
        elif self._terminal.erases_characters and count >= worth:
            erase, end = f"\x1b[{count}X", last + 1
        else:
            return 0
        self._go(x, y, new)
        self._take_blank_pen(pen)
        self._out.append(erase)
        return end

    def _write(self, x: int, y: int, new: Row, changed: bytearray) -> int:
        """Write the glyph at x; the column behind it."""
        glyph, pen = new.glyphs[x], new.pens[x]
        self._go(x, y, new)
        if glyph == " " and pen.plain:
            end = _blank_end(x, new)
            ahead = new.pens[end] if changed[end] else pen
            fits = ahead.plain and ahead.background == pen.background
            self._take_blank_pen(pen, ahead if fits and ahead is not pen else None)
        else:
            self._take(pen)
            if (end := _run_end(x, new, changed)) > x + 1:
                self._out.append("".join(new.glyphs[x:end]))
                self._x = end if end < len(new.glyphs) else None
                return end
        width = len(new.glyphs)
        end = x + 1
        while end < width and not new.glyphs[end]:
            end += 1
        settled = _settled(glyph)
        if not settled and end > x + 1 and self._can_erase(pen):
            # A terminal that takes the glyph for a narrower one must not leave what stood there before.
            self._out.append(f"\x1b[{end - x}X")
        self._out.append(glyph)
        self._x = end if settled and end < width else None
        return end

    def _can_erase(self, pen: Pen) -> bool:
        terminal = self._terminal
        if not terminal.erases_characters or not pen.plain:
            return False
        return terminal.erases_with_background or not pen.background

    def _take(self, pen: Pen) -> None:
        if pen is not self._pen:
            self._out.append(self._pens.change(self._pen, pen))
            self._pen = pen

    def _take_blank_pen(self, blank: Pen, ahead: Pen | None = None) -> None:
        """Take a pen whose blanks look like `blank`: the one in force, `ahead`, or the nearest."""
        now = self._pen
        if now is None or not now.plain or now.background != blank.background:
            self._take(ahead or self._pens.with_background(now, blank.background))

    def _go(self, x: int, y: int, new: Row) -> None:
        """Bring the cursor to (x, y), over cells of `new` that already stand if the line is the same."""
        if self._x == x and self._y == y:
            return
        start = self._x if self._y == y else None
        if start is not None and 0 < x - start <= _BRIDGE and self._bridges(start, x, new):
            self._out.extend(new.glyphs[start:x])
        else:
            self._out.append(self._jump(x, y))
        self._x, self._y = x, y

    def _bridges(self, start: int, end: int, new: Row) -> bool:
        pen = self._pen
        if pen is None:
            return False
        for x in range(start, end):
            glyph = new.glyphs[x]
            wanted = new.pens[x]
            blank = glyph == " " and wanted.plain and pen.plain and wanted.background == pen.background
            if not (wanted is pen or blank) or not glyph.isascii() or not glyph:
                return False
        return True

    def _jump(self, x: int, y: int) -> str:
        if y == self._y:
            if x == 0:
                return "\r"
            if self._x is not None and x > self._x:
                return f"\x1b[{x - self._x}C" if x > self._x + 1 else "\x1b[C"
        elif self._y is not None and y == self._y + 1:
            if x == 0:
                return "\r\n"
            if x == self._x:
                return "\x1b[B"
        return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"


@lru_cache(maxsize=4096)
def _settled(glyph: str) -> bool:
    """Whether it is one code point of `_SETTLED`, first and last of each range included."""
    return len(glyph) == 1 and any(span[0] <= glyph <= span[1] for span in _SETTLED)


def _width(row: Row | None) -> int:
    return len(row.glyphs) if row is not None else -1


def _changed(old: Row | None, new: Row) -> bytearray:
    """1 for each cell to be written again, and a 0 behind the last; wide glyphs are written whole."""
    width = len(new.glyphs)
    if old is None:
        return bytearray(b"\1" * width + b"\0")
    changed = bytearray(width + 1)
    for x, (a, b, p, q) in enumerate(zip(old.glyphs, new.glyphs, old.pens, new.pens, strict=True)):
        if a != b or p is not q:
            changed[x] = 1
            if not b and x:
                changed[x - 1] = 1
    for x in range(1, width):
        if changed[x - 1] and not (old.glyphs[x] and new.glyphs[x]):
            changed[x] = 1
    return changed


def _run_end(x: int, row: Row, changed: bytearray) -> int:
    """The column behind the changed ASCII glyphs that begin at x and look the same; x if there are none."""
    glyphs, pens, pen = row.glyphs, row.pens, row.pens[x]
    while changed[x] and (glyph := glyphs[x]) > " " and glyph < "\x7f" and len(glyph) == 1 and pens[x] is pen:
        x += 1
    return x


def _blank_end(x: int, row: Row) -> int:
    """The column behind the blanks that begin at x and look the same."""
    pen, end, width = row.pens[x], x, len(row.glyphs)
    while end < width and row.glyphs[end] == " " and row.pens[end] is pen:
        end += 1
    return end
