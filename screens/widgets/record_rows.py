"""The rows of a list: only what is in sight is drawn, and only what changed is drawn again."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from appliance.text import safe_line
from screens.widgets.columns import GAP, MARGIN, Column, Fitted, Record, as_cell, cut, fit, natural_widths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual import events
    from textual.binding import BindingType

CURSOR = "▸"
MANY = 5_000
"""Records from which the collector's search through them would be felt under a key."""
MEANINGS = ("good", "look", "bad", "need", "moon", "muted")


class RecordRows(ScrollView, can_focus=True):
    """Records as aligned lines with a cursor; keeps what is selected and where it is scrolled to."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--title",
        "rows--name",
        "rows--cursor",
        "rows--mark",
        *(f"rows--{meaning}" for meaning in MEANINGS),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="list.up", show=False),
        Binding("down,j", "move(1)", "Down", id="list.down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="list.page-up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="list.page-down", show=False),
        Binding("home,g", "jump(False)", "First", id="list.first", show=False),
        Binding("end,G", "jump(True)", "Last", id="list.last", show=False),
        Binding("enter", "open", "Open", id="list.open", key_display="enter"),
    ]
    cursor: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class Opened(Message):
        """Enter, or a click on the selected row."""

        record: Record

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another record, or on a newer version of it; None when there is none."""

        record: Record | None

    def __init__(self, columns: Sequence[Column], *, titles: bool = True, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._head = 1 if titles else 0
        self._records: list[Record] = []
        self._settled = MANY
        """More records than this are put out of the collector's sight."""
        self._places: dict[str, int] | None = None
        """Where each key stands; made when it is first asked for."""
        self._natural: tuple[int, ...] = natural_widths(self._columns, ())
        self._fitted: tuple[Fitted, ...] = ()
        self._fitted_to = 0
        """The width that the columns were shared out for."""
        self._told: Record | None = None
        self._looks: dict[tuple[str, bool, bool], Style] = {}

    @property
    def records(self) -> Sequence[Record]:
        """What is shown, in order."""
        return self._records

    @property
    def selected(self) -> Record | None:
        """The record under the cursor."""
        return self._records[self.cursor] if self.cursor < len(self._records) else None

    def show(self, records: Sequence[Record]) -> None:
        """Show these instead; the selected one stays selected, at the same height of the screen."""
        before, kept = self._records, self.selected
        self._records, self._places = list(records), None
        if len(self._records) > self._settled:
            # They refer to nothing that refers back, so they go when nobody holds them all the same.
            self._settled = 2 * len(self._records)
            gc.freeze()
        natural = natural_widths(self._columns, self._records)
        cursor = self._place_of(kept)
        moved = cursor - self.cursor
        if len(before) == len(self._records) and natural == self._natural and not moved:
            self._repaint_changed(before)
        else:
            self._natural = natural
            self._lay_out()
            self.set_reactive(RecordRows.cursor, cursor)
            if moved:
                self.scroll_to(y=self.scroll_offset.y + moved, animate=False, force=True)
            self.refresh()
        self._tell()

    def change(self, *records: Record) -> None:
        """Show newer versions of some records; only their lines are drawn again while their columns hold."""
        changed = []
        for record in records:
            index = self._place(record.key)
            if index is not None and self._records[index] != record:
                self._records[index] = record
                changed.append(index)
        wishes = natural_widths(self._columns, [self._records[index] for index in changed])
        if any(wish > known for wish, known in zip(wishes, self._natural, strict=True)):
            self._natural = tuple(map(max, wishes, self._natural))
            self._lay_out()
            self.refresh()
        else:
            for index in changed:
                self._repaint(index)
        self._tell()

    def select(self, key: str) -> None:
        """Put the cursor on a record; nothing happens when there is none of that key."""
        index = self._place(key)
        if index is not None:
            self.cursor = index

    def render_line(self, y: int) -> Strip:
        """One line of the viewport: the titles, or a record."""
        width = self.scrollable_content_region.width
        if not self._records:
            return Strip.blank(width, self.rich_style)
        if width != self._fitted_to:  # a scrollbar comes or goes after the layout
            self._share_out(width)
        if y < self._head:
            return self._titles(width)
        index = y - self._head + self.scroll_offset.y
        if index >= len(self._records):
            return Strip.blank(width, self.rich_style)
        return self._line(index, width)

    def validate_cursor(self, cursor: int) -> int:
        """Within the records."""
        return max(0, min(cursor, len(self._records) - 1))

    def watch_cursor(self, before: int, now: int) -> None:
        self._repaint(before)
        self._repaint(now)
        self._bring_into_sight()
        self._tell()

    def on_resize(self) -> None:
        self._lay_out()
        self._bring_into_sight()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Select a row; a second click opens it."""
        index = event.y - self._head + self.scroll_offset.y
        if event.y < self._head or index >= len(self._records):
            return
        if index == self.cursor:
            self.action_open()
        self.cursor = index

    def action_move(self, by: int) -> None:
        self.cursor += by

    def action_page(self, direction: int) -> None:
        self.cursor += direction * max(1, self._visible - 1)

    def action_jump(self, last: bool) -> None:
        self.cursor = len(self._records) - 1 if last else 0

    def action_open(self) -> None:
        """Say that the selected record is wanted."""
        if self.selected is not None:
            self.post_message(self.Opened(self.selected))

    @property
    def _visible(self) -> int:
        """Records that fit on the screen."""
        return max(1, self.scrollable_content_region.height - self._head)

    def _place(self, key: str) -> int | None:
        if self._places is None:
            self._places = {record.key: index for index, record in enumerate(self._records)}
        return self._places.get(key)

    def _place_of(self, kept: Record | None) -> int:
        """Where the cursor belongs: with the record it stood on, as long as there is one."""
        if kept is not None:
            if self.cursor < len(self._records) and self._records[self.cursor].key == kept.key:
                return self.cursor
            index = self._place(kept.key)
            if index is not None:
                return index
        return self.validate_cursor(self.cursor)

    def _lay_out(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._records) + self._head)
        self._share_out(self.scrollable_content_region.width)

    def _share_out(self, width: int) -> None:
        self._fitted = fit(self._columns, self._natural, width)
        self._fitted_to = width

    def _repaint_changed(self, before: Sequence[Record]) -> None:
        first = self.scroll_offset.y
        for index in range(first, min(first + self._visible, len(self._records))):
            if before[index] != self._records[index]:
                self._repaint(index)

    def _repaint(self, index: int) -> None:
        y = index + self._head - self.scroll_offset.y
        if self._head <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _bring_into_sight(self) -> None:
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + self._visible:
            self.scroll_to(y=self.cursor - self._visible + 1, animate=False, force=True)

    def _tell(self) -> None:
        if self.selected != self._told:
            self._told = self.selected
            # Made while the list filters, it would count as the list's own and end there.
            self.post_message(self.Highlighted(self._told).set_sender(self))

    def notify_style_update(self) -> None:
        """Colours may be others."""
        self._looks.clear()
        super().notify_style_update()

    def _look(self, part: str, *, here: bool = False, named: bool = False) -> Style:
        """The style of a part of a line: worked out once, Textual takes a third of a line's time for it."""
        look = self._looks.get((part, here, named))
        if look is None:
            look = self.rich_style
            for name in ("cursor" if here else "", part, "name" if named else ""):
                if name:
                    look += self.get_component_rich_style(f"rows--{name}", partial=True)
            self._looks[part, here, named] = look
        return look

    def _titles(self, width: int) -> Strip:
        style = self._look("title")
        parts = [
            cut(self._columns[index].title, wide, right=self._columns[index].right)
            for index, wide in self._fitted
        ]
        return Strip([Segment(" " * MARGIN + (" " * GAP).join(parts), style)]).adjust_cell_length(
            width, style
        )

    def _line(self, index: int, width: int) -> Strip:
        here = index == self.cursor
        base = self._look("", here=here)
        segments = [Segment(f"{CURSOR} " if here else "  ", self._look("mark", here=here))]
        for position, fitted in enumerate(self._fitted):
            if position:
                segments.append(Segment(" " * GAP, base))
            segments.append(self._cell(self._records[index], fitted, here=here, named=here and not position))
        return Strip(segments).adjust_cell_length(width, base)

    def _cell(self, record: Record, fitted: Fitted, *, here: bool, named: bool) -> Segment:
        column, cell = self._columns[fitted.at], as_cell(record.cells[fitted.at])
        text = safe_line(cell.text)
        meaning = cell.meaning or ("muted" if column.muted else "")
        if cell.glyph:
            text = f"{cell.glyph} {text}"
        style = self._look(meaning if meaning in MEANINGS else "", here=here, named=named)
        return Segment(cut(text, fitted.width, right=column.right), style)
