"""Lists under a stream, each as a program.

`python -m tests.bench.lists <ours|virtual|table> <rows> <changes/s>`: `ours` is the product's list with its
frame's styles and driver; `virtual` is the floor, the least a list with rows drawn on demand can do in stock
Textual; `table` is Textual's own. A file named by `FILLED` gets the seconds that taking the rows took.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.coordinate import Coordinate
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import DataTable

from lunatui.driver.linux import LeanApp
from screens.theme import NIGHT
from screens.widgets.columns import Cell, Column, Record
from screens.widgets.record_list import RecordList
from screens.words import Words

if TYPE_CHECKING:
    from textual.binding import BindingType

BATCH_S = 0.05
IN_SIGHT = 30
"""Of five changes four are within the first rows, which are on the screen."""
SCREENS = Path(__file__).parents[2] / "screens"
CURSOR = "#112233"
"""A colour nothing else has, to find the cursor in a stock program's output."""


class Row(NamedTuple):
    """What is told of one row."""

    name: str
    state: str
    doing: str
    number: str


def row(number: int, count: int) -> Row:
    """The row of that number after `count` changes of the stream."""
    return Row(f"agent-{number:06}", "✓ running", "waits for a call", f"{count:>8}")


class Stream:
    """Which rows change next."""

    def __init__(self, rows: int, rate: int) -> None:
        self._rows = rows
        self._batch = round(rate * BATCH_S)
        self._random = random.Random(7)  # noqa: S311 - which row changes
        self._count = 0

    def next(self) -> list[tuple[int, int]]:
        """Numbers of rows and what they count to; each row at most once."""
        changed: dict[int, int] = {}
        for _ in range(self._batch):
            self._count += 1
            span = self._rows if self._count % 5 == 0 else min(IN_SIGHT, self._rows)
            changed[self._random.randrange(span)] = self._count
        return list(changed.items())


def took(began: float) -> None:
    """Note how long it took until the rows were laid out."""
    if path := os.environ.get("FILLED"):
        Path(path).write_text(str(time.perf_counter() - began))


class Ours(LeanApp[None]):
    """The product's list."""

    CSS_PATH: ClassVar[Any] = [SCREENS / "frame.tcss", SCREENS / "widgets" / "widgets.tcss"]

    def __init__(self, rows: int, rate: int) -> None:
        super().__init__()
        self.register_theme(NIGHT.theme)
        self.theme = NIGHT.name
        self._count, self._stream, self._rate = rows, Stream(rows, rate), rate

    def compose(self) -> ComposeResult:
        columns = (
            Column("name", 0, 12),
            Column("state"),
            Column("doing", muted=True),
            Column("n", right=True),
        )
        yield RecordList(Words(), columns, "agents")

    def on_mount(self) -> None:
        self._list = self.query_one(RecordList)
        self.settle()
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        began = time.perf_counter()
        self._list.show([self._record(number, 0) for number in range(self._count)])
        self.call_after_refresh(took, began)
        self._list.rows.focus()
        if self._rate:
            self.set_interval(BATCH_S, self._change)

    def _change(self) -> None:
        self._list.change(*(self._record(number, count) for number, count in self._stream.next()))

    @staticmethod
    def _record(number: int, count: int) -> Record:
        told = row(number, count)
        return Record(told.name, (told.name, Cell("running", "good", "✓"), told.doing, told.number))


class VirtualRows(ScrollView, can_focus=True):
    """Rows drawn on demand: a style for the cursor, a line for the rest."""

    BINDINGS: ClassVar[list[BindingType]] = [("down", "move(1)", "Down"), ("up", "move(-1)", "Up")]
    PLAIN = Style.parse("white on black")
    HERE = Style.parse(f"white on {CURSOR}")

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = [row(number, 0) for number in range(rows)]
        self.cursor = 0
        self.virtual_size = Size(80, rows)

    def render_line(self, y: int) -> Strip:
        """One line of the viewport."""
        index = y + self.scroll_offset.y
        if index >= len(self.rows):
            return Strip.blank(self.size.width, self.PLAIN)
        here = index == self.cursor
        text = f"{'▸' if here else ' '} {'  '.join(self.rows[index])}"
        style = self.HERE if here else self.PLAIN
        return Strip([Segment(text, style)]).adjust_cell_length(self.size.width, style)

    def draw(self, index: int) -> None:
        """This row looks different."""
        y = index - self.scroll_offset.y
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        before, self.cursor = self.cursor, max(0, min(self.cursor + by, len(self.rows) - 1))
        self.draw(before)
        self.draw(self.cursor)
        if self.cursor >= self.scroll_offset.y + self.size.height:
            self.scroll_to(y=self.cursor - self.size.height + 1, animate=False, force=True)


class Virtual(App[None]):
    """The floor."""

    def __init__(self, rows: int, rate: int) -> None:
        super().__init__()
        self._count, self._stream, self._rate = rows, Stream(rows, rate), rate

    def compose(self) -> ComposeResult:
        began = time.perf_counter()
        self._list = VirtualRows(self._count)
        self.call_after_refresh(took, began)
        yield self._list

    def on_mount(self) -> None:
        self._list.focus()
        if self._rate:
            self.set_interval(BATCH_S, self._change)

    def _change(self) -> None:
        for number, count in self._stream.next():
            self._list.rows[number] = row(number, count)
            self._list.draw(number)


class Table(App[None]):
    """Textual's own."""

    CSS = f"DataTable > .datatable--cursor {{ background: {CURSOR}; }}"

    def __init__(self, rows: int, rate: int) -> None:
        super().__init__()
        self._count, self._stream, self._rate = rows, Stream(rows, rate), rate

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        self._list = self.query_one(DataTable)
        self._list.add_columns(*Row._fields)
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        began = time.perf_counter()
        self._list.add_rows(row(number, 0) for number in range(self._count))
        self.call_after_refresh(took, began)
        self._list.focus()
        if self._rate:
            self.set_interval(BATCH_S, self._change)

    def _change(self) -> None:
        for number, count in self._stream.next():
            self._list.update_cell_at(Coordinate(number, 3), f"{count:>8}")


PROGRAMS: dict[str, type[Ours | Virtual | Table]] = {"ours": Ours, "virtual": Virtual, "table": Table}


def main() -> None:
    """Run one on this terminal."""
    app = PROGRAMS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))
    app.animation_level = "none"
    app.run()


if __name__ == "__main__":
    main()
