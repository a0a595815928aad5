"""Lines whose longer texts wrap under their own beginning, never under their mark or label."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

LEAST = 8
"""Cells a text keeps, however wide its lead is."""
Row = tuple[Content, Content]
"""A lead, and the text that hangs from it."""
LEAD = re.compile(r"\s{0,12}(?:[-*•·✓✗▲●◌○…☾] +|\d{1,3}[.)] +|\S{1,8} {2,})?")
"""Blanks, then a mark, a number or a short label, as far as a line of plain text begins with any."""


def rows_of(text: Content) -> list[Row]:
    """The lines of a text, each hanging from the mark that it begins with."""
    lines = text.split("\n", allow_blank=True)
    leads = [match.end() if (match := LEAD.match(line.plain)) else 0 for line in lines]
    return [(line[:lead], line[lead:]) for line, lead in zip(lines, leads, strict=True)]


def hung(text: Content, width: int) -> list[Content]:
    """A text in `width` cells, each of its lines wrapped under what follows its mark."""
    return [
        part
        for lead, rest in rows_of(text)
        for part in ([lead + rest] if (lead + rest).cell_length <= width else hang(lead, rest, width))
    ]


def hang(lead: Content, text: Content, width: int) -> list[Content]:
    """`text` in `width` cells, its first line behind `lead` and the others under its beginning."""
    room = max(LEAST, width - lead.cell_length)
    blank = Content(" " * lead.cell_length)
    wrapped = [line for part in text.split("\n", allow_blank=True) for line in part.wrap(room)]
    return [Content.assemble(lead if at == 0 else blank, line) for at, line in enumerate(wrapped)]


def same(lines: Sequence[Content], others: Sequence[Content]) -> bool:
    """Whether they look the same; Contents are equal by their texts alone, colours count too."""
    pairs = zip(lines, others, strict=False)
    return len(lines) == len(others) and all(one.is_same(other) for one, other in pairs)


class Hanging(Widget):
    """Some of these lines; paints only when it says something else."""

    DEFAULT_CSS = "Hanging { height: auto; width: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._rows: tuple[Row, ...] = ()

    def show(self, rows: Sequence[Row]) -> None:
        """Say this."""
        shown = tuple(rows)
        if not same(_parts(shown), _parts(self._rows)):
            self._rows = shown
            self.refresh(layout=True)

    def get_content_height(self, _container: Size, _viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> Content:
        return Content("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Content]:
        return [line for lead, text in self._rows for line in hang(lead, text, width)]


def _parts(rows: Sequence[Row]) -> list[Content]:
    return [part for row in rows for part in row]
