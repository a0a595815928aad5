"""History: every change, by whom and what it means, and the ways back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding

from appliance.ops.history import LIST, SHOW, UNDO, ListChanges, OneChange
from appliance.ops.history_restore import DISMISS, PREVIEW, RESTORE, WhichLoss, WhichVersion
from screens.history.phrases import listed, title_of
from screens.history.sheet import record_of, sheet_of
from screens.list_place import ListPlace
from screens.lookout import Looked
from screens.operation_screen import OperationScreen
from screens.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from appliance.ops.history import ChangeRow
    from screens.desk import Desk
    from screens.widgets.columns import Record

MOST = 200
"""Changes that are listed."""
ASKED = 8
"""Lines of what a way back changes before the rest is counted."""


class HistoryScreen(ListPlace):
    """Read from our own files: it opens with the engine up or down, and with settings nobody can read."""

    place = "history"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("z", "undo", "Undo this", id=UNDO.name, tooltip=UNDO.summary),
        Binding("r", "restore", "Back to before", id=RESTORE.name, tooltip=RESTORE.summary),
        Binding("x", "wanted", "It was meant", id=DISMISS.name, tooltip=DISMISS.summary),
        Binding("o", "others", "Others only", id="history.others", tooltip="Changes by other programs"),
    ]
    columns: ClassVar[Sequence[tuple[str, Column]]] = (
        ("what", Column(priority=0, least=36, most=56)),
        ("when", Column(priority=2, most=14, muted=True)),
        ("who", Column(priority=3, most=22, muted=True)),
        ("state", Column(priority=1, most=20)),
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._others = False

    def look(self) -> None:
        self.start(LIST, ListChanges(MOST, outside=self._others), quiet=True)

    def picked(self, record: Record | None) -> None:
        """Read the selected change in full."""
        if record is not None:
            self.start(SHOW, OneChange(record.key), quiet=True)

    @property
    def change(self) -> ChangeRow | None:
        """The selected change."""
        record = self.records.selected
        return record.value if record else None  # type: ignore[return-value]  # record_of puts it there

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A loss alone can be said to be meant; what cannot be taken back has no key for it."""
        if action == "wanted":
            return bool(self.change and self.change.loss)
        if action == "undo":
            return bool(self.change and self.change.state == "undoable")
        if action == "restore":
            return bool(self.change)
        return super().check_action(action, parameters)

    def action_undo(self) -> None:
        """Take the selected change back."""
        if self.change is not None:
            self.start(UNDO, OneChange(self.change.id))

    def action_restore(self) -> None:
        """See what going back to before the selected change means; then it is asked."""
        if self.change is not None:
            self.start(PREVIEW, WhichVersion(self.change.id))

    def action_wanted(self) -> None:
        """What the selected change took away was meant to go."""
        if self.change is not None:
            self.start(DISMISS, WhichLoss(self.change.id))

    def action_others(self) -> None:
        """Only what other programs changed, or everything."""
        self._others = not self._others
        self.notice(self.words("history.only-others" if self._others else "history.all"), "muted")
        self.look()

    @on(OperationScreen.Succeeded)
    def show_result(self, message: OperationScreen.Succeeded) -> None:
        """Fill list and detail; ask before a way back; say what was done."""
        result: Any = message.result
        if message.operation == LIST.name:
            now = time.time()
            rows = [record_of(row, self.words, self.desk.actor, now) for row in result.changes]
            self.records.show(rows)
            self.refresh_bindings()
        elif message.operation == SHOW.name:
            if result.change.id == self.selected_key:
                self.detail.show(sheet_of(result, self.words, self.desk.actor, time.time()))
                self.refresh_bindings()
        elif message.operation == PREVIEW.name:
            self._ask_first(result.told, bool(result.problem), message.params)
        elif message.operation in (UNDO.name, RESTORE.name, DISMISS.name):
            self._tell(message.operation, result)
            self.look_after_change()

    @on(OperationScreen.Failed)
    def show_trouble(self, message: OperationScreen.Failed) -> None:
        """A look that failed is said where the rows are."""
        if message.operation == LIST.name:
            self.records.fail(message.error)
        elif message.operation == SHOW.name:
            self.detail.show(None)
        elif message.operation == PREVIEW.name and message.error.code == "backup-unknown":
            message.prevent_default()
            self.notice(self.words("history.not-kept"), "look")

    @on(Looked)
    def show_look(self) -> None:
        """Something about the shop changed: perhaps its settings did."""
        self.look()

    def look_after_change(self) -> None:
        self.look()
        self.desk.lookout.look_now()

    def _ask_first(self, told: Sequence[Any], problem: bool, params: Any) -> None:
        from screens.modals.confirm import Confirm

        if not told:
            self.notice(self.words("history.same"), "muted")
            return
        question = self.words("history.ask", list=listed(self.words, told, ASKED))
        if problem:
            question = f"{question}\n\n{self.words('history.ask-problem')}"

        def answered(yes: bool | None) -> None:
            if yes:
                self.start(RESTORE, params)

        self.app.push_screen(Confirm(self.words, question), answered)

    def _tell(self, operation: str, result: Any) -> None:
        if operation == UNDO.name:
            rows = (record.value for record in self.records.rows.records if record.key == result.entry)
            what = next((title_of(self.words, row) for row in rows), "")  # type: ignore[arg-type]
            self.notice(self.words("history.undone", what=what))
        else:
            self.notice(self.words("history.restored" if operation == RESTORE.name else "history.dismissed"))
