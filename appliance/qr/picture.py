"""A code as cells of a terminal: which modules are dark, how they are drawn, how much room that takes."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

from appliance.values import dataclass

QUIET = 4
"""Light modules on every side: what ISO/IEC 18004 asks for, and what WhatsApp's scanner insists on."""

Modules = tuple[tuple[bool, ...], ...]
"""Rows of a square from the top; True is dark. Without its quiet zone."""
Cell = tuple[bool, bool]
"""The upper and the lower half of one cell of a terminal; True is dark."""


class Drawing(StrEnum):
    """The ways to draw a code that scan. Light on dark and `##` do not, so they are none."""

    HALVES = "halves"
    """Two modules in a cell, one above the other."""
    BLOCKS = "blocks"
    """Two cells side by side for a module: of blanks alone, for terminals without half blocks."""
    ROOMY = "roomy"
    """As `HALVES`, with a quiet zone twice as wide: for scanners that are confused by what stands around."""


class Room(NamedTuple):
    """Cells of a terminal."""

    columns: int
    lines: int


def drawings(*, half_blocks: bool, colours: bool) -> tuple[Drawing, ...]:
    """What scans on a terminal, best first; nothing where it cannot show black beside white.

    `half_blocks`: it has the glyph `▀`. `colours`: a cell can have a background of its own.
    """
    if not colours:
        return ()
    return tuple(Drawing) if half_blocks else (Drawing.BLOCKS,)


@dataclass(frozen=True)
class QrPicture:
    """A code drawn in one way, dark on light, its quiet zone included."""

    modules: Modules = field(repr=False)
    drawing: Drawing = Drawing.HALVES

    def drawn(self, drawing: Drawing) -> QrPicture:
        """The same code in another way."""
        return QrPicture(self.modules, drawing)

    @property
    def quiet(self) -> int:
        """Light modules on every side; the last cell of an odd height holds one more."""
        return 2 * QUIET if self.drawing is Drawing.ROOMY else QUIET

    @property
    def room(self) -> Room:
        """The cells it takes."""
        side = len(self.modules) + 2 * self.quiet
        return Room(2 * side, side) if self.drawing is Drawing.BLOCKS else Room(side, (side + 1) // 2)

    def fits(self, columns: int, lines: int) -> bool:
        """Whether all of it can be seen in so many cells; what is cut off does not scan."""
        room = self.room
        return room.columns <= columns and room.lines <= lines

    def cells(self) -> tuple[tuple[Cell, ...], ...]:
        """Every line from the top, every cell from the left."""
        rows = self._with_quiet_zone()
        if self.drawing is Drawing.BLOCKS:
            return tuple(tuple((dark, dark) for dark in row for _ in range(2)) for row in rows)
        pairs = zip_longest(rows[::2], rows[1::2], fillvalue=(False,) * len(rows))
        return tuple(tuple(zip(upper, lower, strict=True)) for upper, lower in pairs)

    def _with_quiet_zone(self) -> list[tuple[bool, ...]]:
        side = (False,) * self.quiet
        blank = (False,) * (len(self.modules) + 2 * self.quiet)
        edge = [blank] * self.quiet
        return [*edge, *((*side, *row, *side) for row in self.modules), *edge]
