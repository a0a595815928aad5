"""A screen as a drawing: every run of characters on its own cells, whatever font draws it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.gallery.frames import Cell

CELL, LINE, FONT = 12, 24, 20
"""Fira Code is 0.6 of its size wide."""
TOGETHER = 4
EDGE = 14
CAPTION = 34


class Picture(NamedTuple):
    """A drawing and how large it is."""

    name: str
    width: int
    height: int
    body: str

    @property
    def svg(self) -> str:
        """As a file of its own."""
        return _document(self.width, self.height, self.body)


def picture_of(name: str, rows: Sequence[Sequence[Cell]]) -> Picture:
    """Draw a screen."""
    columns = max(sum(cell.width for cell in row) for row in rows)
    width, height = columns * CELL + 2 * EDGE, len(rows) * LINE + 2 * EDGE
    parts = [f'<rect width="{width}" height="{height}" rx="10" fill="{rows[0][0].ground}"/>']
    for number, row in enumerate(rows):
        parts += _grounds(row, number)
    for number, row in enumerate(rows):
        parts += _texts(row, number)
    return Picture(name, width, height, "\n".join(parts))


def sheet_of(pictures: Sequence[Picture], columns: int, paper: str, ink: str) -> Picture:
    """Many drawings on one sheet, each under its name."""
    wide = max(picture.width for picture in pictures) + 2 * EDGE
    rows = [pictures[at : at + columns] for at in range(0, len(pictures), columns)]
    top, parts = EDGE, []
    for row in rows:
        for column, picture in enumerate(row):
            x = column * wide + EDGE
            parts.append(_text(x + EDGE, top + 22, picture.name, ink, bold=True))
            parts.append(f'<g transform="translate({x},{top + CAPTION})">{picture.body}</g>')
        top += max(picture.height for picture in row) + CAPTION + 2 * EDGE
    width = wide * columns + EDGE
    ground = f'<rect width="{width}" height="{top}" fill="{paper}"/>'
    return Picture("sheet", width, top, "\n".join([ground, *parts]))


def _document(width: int, height: int, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="Fira Code, monospace" font-size="{FONT}">\n{body}\n</svg>\n'
    )


def _grounds(row: Sequence[Cell], number: int) -> Iterator[str]:
    at = 0
    for ground, run in groupby(row, key=lambda cell: cell.ground):
        width = sum(cell.width for cell in run)
        box = f'x="{EDGE + at * CELL}" y="{EDGE + number * LINE}" width="{width * CELL}" height="{LINE}"'
        yield f'<rect {box} fill="{ground}" shape-rendering="crispEdges"/>'
        at += width


def _texts(row: Sequence[Cell], number: int) -> Iterator[str]:
    """Plain letters a few at a time; every other character at its own place."""
    at = 0
    y = EDGE + number * LINE + 18
    keyed = [(cell, cell.text.isascii() and not cell.text.isspace()) for cell in row]
    for key, group in groupby(
        keyed, key=lambda item: (item[1], item[0].colour, item[0].bold, item[0].underline)
    ):
        cells = [cell for cell, _ in group]
        is_word, colour, bold, underline = key
        for text, width in _pieces(cells) if is_word else _each(cells):
            if text.strip() or underline:
                yield _text(EDGE + at * CELL, y, text, colour, bold=bold, underline=underline)
            at += width


def _kind(item: tuple[Cell, bool]) -> tuple[bool, str, bool, bool]:
    cell, is_letter = item
    return is_letter, cell.colour, cell.bold, cell.underline


def _pieces(cells: Sequence[Cell]) -> Iterator[tuple[str, int]]:
    """A few letters at a time: what a font is wider than its cell does not add up."""
    for at in range(0, len(cells), TOGETHER):
        piece = cells[at : at + TOGETHER]
        yield "".join(cell.text for cell in piece), len(piece)


def _each(cells: Sequence[Cell]) -> Iterator[tuple[str, int]]:
    for cell in cells:
        yield cell.text, cell.width


def _text(x: float, y: float, text: str, colour: str, *, bold: bool = False, underline: bool = False) -> str:
    more = ' font-weight="bold"' if bold else ""
    more += ' text-decoration="underline"' if underline else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}"{more}>{escape(text)}</text>'
