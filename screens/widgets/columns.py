"""Which columns of a list fit, how wide each is, and how one cell is cut to its width."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size

from appliance.text import safe_line
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = 2
"""Cells between two columns."""
MARGIN = 2
"""Cells in front of the first column, for the cursor's mark."""


class Cell(NamedTuple):
    """One value of a row; a state has a glyph beside its word."""

    text: str
    """Untrusted: made safe when it is shown."""
    meaning: str = ""
    """`good`, `look`, `bad`, `need`, `moon` or `muted`; empty for the column's own."""
    glyph: str = ""


class Record(NamedTuple):
    """One row of a list."""

    key: str
    """What it stays selected by."""
    cells: tuple[Cell | str, ...]
    value: object = None
    """What the screen gets back when it is opened."""


@dataclass(frozen=True)
class Column:
    """One column of a list."""

    title: str = ""
    priority: int = 1
    """0 is never dropped (the name); the highest goes first when there is no room."""
    least: int = 0
    """Cells it can be narrowed to before a column is dropped; 0: it is never narrowed."""
    most: int = 40
    """Cells it never exceeds, whatever stands in it."""
    right: bool = False
    """Aligned right: numbers and times."""
    muted: bool = False
    """All that is merely true."""

    def titled(self, title: str) -> Column:
        """The same column under a title in the owner's language."""
        return replace(self, title=title)


class Fitted(NamedTuple):
    """A column that is shown."""

    at: int
    """Which of the cells of a record."""
    width: int


def as_cell(value: Cell | str) -> Cell:
    """A bare text is a cell without a state."""
    return Cell(value) if isinstance(value, str) else value


def width_of(value: Cell | str) -> int:
    """Cells that a value takes when nothing is cut."""
    text = value if isinstance(value, str) else value.text
    length = len(text) if text.isascii() and text.isprintable() else cell_len(safe_line(text))
    return length if isinstance(value, str) or not value.glyph else length + cell_len(value.glyph) + 1


def natural_widths(columns: Sequence[Column], records: Sequence[Record]) -> tuple[int, ...]:
    """What each column would like to be wide, its title included."""
    widths = [cell_len(column.title) for column in columns]
    for index, title in enumerate(widths):
        # A set: most columns of a long list say the same few things.
        widest = max(map(width_of, {record.cells[index] for record in records}), default=0)
        widths[index] = max(title, widest)
    return tuple(min(width, column.most) for width, column in zip(widths, columns, strict=True))


def fit(columns: Sequence[Column], natural: Sequence[int], room: int) -> tuple[Fitted, ...]:
    """The columns that fit into `room` cells, the most important ones kept, what is left shared out."""
    shown = list(range(len(columns)))
    least = [min(column.least or wish, wish) for column, wish in zip(columns, natural, strict=True)]

    def taken(widths: Sequence[int]) -> int:
        return MARGIN + sum(widths[index] for index in shown) + GAP * (len(shown) - 1)

    while len(shown) > 1 and taken(least) > room:
        droppable = max(shown, key=lambda index: (columns[index].priority, index))
        if columns[droppable].priority == 0:
            break
        shown.remove(droppable)
    widths = list(least)
    spare = room - taken(widths)
    for index in sorted(shown, key=lambda index: columns[index].priority):
        more = max(0, min(spare, natural[index] - widths[index]))
        widths[index] += more
        spare -= more
    if spare < 0:
        first = shown[0]
        widths[first] = max(1, widths[first] + spare)
    return tuple(Fitted(index, widths[index]) for index in shown)


def cut(text: str, width: int, *, right: bool = False) -> str:
    """`text` on exactly `width` cells; what does not fit ends in `…`, a wide character is never halved."""
    length = cell_len(text)
    if length > width:
        text = f"{set_cell_size(text, width - 1).rstrip()}…" if width > 1 else "…"[:width]
        length = cell_len(text)
    room = " " * (width - length)
    return room + text if right else text + room


def matches(record: Record, words: Sequence[str]) -> bool:
    """Whether every word (case-folded) stands in some cell of the record."""
    text = "\n".join(as_cell(value).text for value in record.cells).casefold()
    return all(word in text for word in words)
