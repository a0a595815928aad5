"""A place that is a list: rows at the left, one of them in full at the right or in their stead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content

from screens.ages import waiting_for
from screens.modals.failure import Failure
from screens.place import Place
from screens.widgets.detail import Detail
from screens.widgets.record_list import RecordList
from screens.widgets.record_rows import RecordRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.ops.core import Operation
    from screens.widgets.columns import Column, Record

LOOK_SECONDS = 10.0
"""How often the files are looked at for what others changed."""
WIDGETS_CSS = Path(__file__).parent / "widgets" / "widgets.tcss"
OWN_CSS = Path(__file__).parent / "list_place.tcss"


@dataclass(frozen=True)
class Wait:
    """What a row waits for."""

    operation: str
    key: str
    """Of the row."""
    what: str
    """In the owner's words."""


class ListPlace(Place):
    """Sub-classes name their columns, their look, and what a row is in full."""

    CSS_PATH: ClassVar[Any] = [WIDGETS_CSS, OWN_CSS]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "technical", "Details", id="detail.technical", tooltip="Ids, texts and commands"),
    ]
    _picked: Record | None = None
    noun: str = ""
    """The section of the words that counts the rows; that of the place when empty."""
    columns: ClassVar[Sequence[tuple[str, Column]]] = ()
    """Key of the title's words, and the column."""

    def body(self) -> ComposeResult:
        titled = [column.titled(self.words(f"{self.place}.{key}")) for key, column in self.columns]
        with Horizontal(id="panes"):
            yield RecordList(self.words, titled, self.noun or self.place)
            yield Detail(self.words)

    def on_mount(self) -> None:
        self.detail.technical = self.desk.advanced
        self.records.rows.focus()
        self.set_interval(LOOK_SECONDS, self._look_again)
        self.set_interval(1.0, self._count_wait)

    @on(events.ScreenResume)
    def look_once_more(self) -> None:
        """It is the present screen again."""
        self._look_again()

    @property
    def records(self) -> RecordList:
        """The rows."""
        return self.query_one(RecordList)

    @property
    def detail(self) -> Detail:
        """The selected row in full."""
        return self.query_one(Detail)

    @property
    def in_full(self) -> bool:
        """Whether one row fills the body."""
        return self.has_class("-one")

    @property
    def selected_key(self) -> str:
        """Key of the selected row; empty when there is none."""
        record = self.records.selected
        return record.key if record else ""

    def look(self) -> None:
        """Start the read that fills the list."""
        raise NotImplementedError

    def look_after_change(self) -> None:
        self.look()

    def picked(self, record: Record | None) -> None:
        """Another row is selected, or it changed: show it in full."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Back is a key only where there is something to go back to."""
        if action == "back" and (self.in_full or self.detail.has_focus):
            return True
        return super().check_action(action, parameters)

    def action_technical(self) -> None:
        """Turn the detail over, brought up first where it is not in sight; of a failed look, what it said."""
        if self.records.error is not None and self.records.selected is None:
            self.app.push_screen(Failure(self.words, self.records.error, place=self.place, details=True))
            return
        if not self.detail.display:
            self.bring_detail()
            self.detail.technical = True
        else:
            self.detail.technical = not self.detail.technical

    def action_back(self) -> None:
        """From one row to all of them; what was waited for there is waited for no longer."""
        if not self.in_full and not self.detail.has_focus:
            super().action_back()
            return
        if self._wait is not None:
            self.workers.cancel_group(self, self._wait.operation)
            self._wait = None
            self.detail.note(None)
        self.remove_class("-one")
        self.detail.technical = self.desk.advanced
        self.records.rows.focus()
        self.refresh_bindings()

    @on(RecordRows.Opened)
    def open(self, _message: RecordRows.Opened) -> None:
        """Show the row in full and give it the keys that scroll."""
        self.bring_detail()

    @on(RecordRows.Highlighted)
    def pick(self, message: RecordRows.Highlighted) -> None:
        """The cursor moved."""
        self.detail.note(None)
        self._count_wait()
        if message.record is None:
            self.detail.show(None)
        self._picked = message.record
        self.call_after_refresh(self._read_picked, message.record)

    def _read_picked(self, record: Record | None) -> None:
        """The cursor was painted: now what it stands on; not what it only passed or left since."""
        if record is self._picked and self.query(Detail):
            self.picked(record)

    @on(RecordList.New)
    async def make_new(self) -> None:
        """The same as its key."""
        await self.run_action("new")

    @on(RecordList.Retry)
    def try_again(self) -> None:
        """Look again because the owner wants it."""
        self.records.loading_again()
        self.look()

    def waits(self, operation: Operation[Any, Any], what: str) -> None:
        """Name in the detail of the selected row what is waited for, with its seconds."""
        self._wait = Wait(operation.name, self.selected_key, what)
        self._count_wait()

    def waits_no_longer(self, key: str, note: Content, away: str, meaning: str = "good") -> None:
        """The wait for this row ended: say how, and where another is selected by now, `away` as a report."""
        if self._wait is None or self._wait.key != key:
            return
        self._wait = None
        if key == self.selected_key:
            self.detail.note(note)
        else:
            self.notice(away, meaning)

    _wait: Wait | None = None

    def _count_wait(self) -> None:
        wait = self._wait
        if wait is not None and wait.key == self.selected_key:
            waiting = waiting_for(self.words, wait.what, self.waited(wait.operation))
            self.detail.note(Content.styled(waiting, "$moon"))

    def _look_again(self) -> None:
        if self.is_current:
            self.look()

    def bring_detail(self) -> None:
        """Bring the selected row up in full, where it is not in sight beside the list."""
        if self.records.selected is None:
            return
        self.add_class("-one")
        self.detail.focus()
        self.refresh_bindings()
