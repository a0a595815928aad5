"""The places of supporters, one a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.widgets import Static

from screens.list_place import WIDGETS_CSS
from screens.place import ADVANCED, INNER_PLACES, POWER_PLACES, Place
from screens.widgets.columns import Column, Record
from screens.widgets.record_rows import RecordRows

if TYPE_CHECKING:
    from textual.app import ComposeResult

_COLUMNS = (Column(priority=0, least=14, most=20), Column(priority=1, least=20, most=90, muted=True))


class AdvancedScreen(Place):
    """Where Advanced leads to."""

    place = ADVANCED
    CSS_PATH: ClassVar[Any] = [WIDGETS_CSS]

    def body(self) -> ComposeResult:
        yield Static(self.words(f"place.{ADVANCED}"), classes="heading", markup=False)
        yield RecordRows(_COLUMNS, titles=False)

    def on_mount(self) -> None:
        rows = self.query_one(RecordRows)
        rows.show(
            [
                Record(name, (self.words(f"place.{name}"), self.words(f"later.{name}.text")))
                for name in (*POWER_PLACES, *(inner for inner, to in INNER_PLACES.items() if to == ADVANCED))
            ]
        )
        rows.focus()

    @on(RecordRows.Opened)
    def go_there(self, message: RecordRows.Opened) -> None:
        """To the place of the row."""
        self.go(message.record.key)
