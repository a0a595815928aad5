"""Keys: what lies about in clear, whether this program gets into the engine, and the ways to mend both."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding

from appliance.ops.core import Nothing
from appliance.ops.secrets_chain import CHAIN, ChainLink
from appliance.ops.secrets_move import MOVE, MoveKeys
from appliance.ops.secrets_repair import REPAIR
from appliance.ops.secrets_scan import SCAN
from screens.keys.sheet import (
    Stray,
    door_sheet,
    link_sheet,
    open_sheet,
    records,
    scan_sheet,
    stray_sheet,
    strays_of,
)
from screens.list_place import ListPlace
from screens.operation_screen import OperationScreen
from screens.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from appliance.ops.secrets_chain import KeyChain
    from appliance.ops.secrets_move import KeysMoved
    from appliance.ops.secrets_scan import Scan
    from screens.widgets.columns import Record


class KeysScreen(ListPlace):
    """One look when it is opened and one whenever somebody asks: it reads many files."""

    place = "keys"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "search", "Look again", id="keys.look", tooltip="Look for keys once more"),
        Binding("m", "move_keys", "Into the safe", id=MOVE.name, tooltip=MOVE.summary),
        Binding("r", "repair", "Repair", id=REPAIR.name, tooltip=REPAIR.summary),
    ]
    columns: ClassVar[Sequence[tuple[str, Column]]] = (
        ("name", Column(priority=0, least=20, most=34)),
        ("place", Column(priority=2, least=18, most=40, muted=True)),
        ("state", Column(priority=1, most=22)),
        ("age", Column(priority=3, most=20, right=True, muted=True)),
    )
    _scan: Scan | None = None
    _chain: KeyChain | None = None
    _asked = False
    _no_chain = False

    def look(self) -> None:
        """Only once by itself; the rows go on ageing."""
        if not self._asked:
            self._asked = True
            self.start(SCAN, Nothing(), quiet=True)
            self.start(CHAIN, Nothing(), quiet=True)
        elif self._scan is not None:
            self._fill()

    def look_after_change(self) -> None:
        self.action_search()

    def picked(self, record: Record | None) -> None:
        """Everything about it is in its row."""
        if record is None or self._scan is None:
            return
        value = record.value
        if isinstance(value, Stray):
            self.detail.show(stray_sheet(value, self.words))
        elif isinstance(value, ChainLink):
            self.detail.show(link_sheet(value, self.words))
        elif record.key == "door" and self._chain is not None:
            self.detail.show(door_sheet(self._chain, self.words))
        elif record.key == "open":
            self.detail.show(open_sheet(self._scan, self.words))
        else:
            self.detail.show(scan_sheet(self._scan, self.words))

    def action_search(self) -> None:
        """Look at everything once more."""
        self._asked = False
        self.look()

    def action_move_keys(self) -> None:
        """Put every key that can be moved into the safe; what it means is asked first, file by file."""
        if self._scan is None or not any(stray.movable for stray in strays_of(self._scan)):
            self.notice(self.words("keys.nothing-to-move"), "look")
            return
        self.waits(MOVE, self.words("keys.moving"))
        self.start(MOVE, MoveKeys())
        self.bring_detail()

    def action_repair(self) -> None:
        """Make every place say the same, and try the door."""
        self.waits(REPAIR, self.words("keys.repairing"))
        self.start(REPAIR, Nothing())
        self.bring_detail()

    @on(OperationScreen.Succeeded)
    def show_result(self, message: OperationScreen.Succeeded) -> None:
        """Fill the rows once both looks are back, so that none jumps; say what was done."""
        if message.operation == SCAN.name:
            self._scan = message.result
        elif message.operation == CHAIN.name:
            self._chain, self._no_chain = message.result, False
        elif message.operation in (MOVE.name, REPAIR.name):
            self._done(message)
            return
        else:
            return
        if self._scan is not None and (self._chain is not None or self._no_chain):
            self._fill()

    @on(OperationScreen.Failed)
    def show_trouble(self, message: OperationScreen.Failed) -> None:
        """A search that failed is said where the rows are; without a chain there are rows all the same."""
        if message.operation == SCAN.name:
            self._asked = False
            self.records.fail(message.error)
        elif message.operation == CHAIN.name:
            self._chain, self._no_chain = None, True
            if self._scan is not None:
                self._fill()
        elif message.operation in (MOVE.name, REPAIR.name):
            self._waits_no_more()

    def _done(self, message: OperationScreen.Succeeded) -> None:
        self._waits_no_more()
        if message.operation == MOVE.name:
            moved: KeysMoved = message.result
            self.notice(self.words("keys.moved", count=len(moved.keys), files=len(moved.cleaned)))
        elif message.result.chain.whole:
            self.notice(self.words("keys.repaired"))
        else:
            self.notice(self.words("keys.repaired-partly"), "look")
        self.action_search()

    def _waits_no_more(self) -> None:
        self._wait = None
        self.detail.note(None)

    def _fill(self) -> None:
        if self._scan is not None:
            self.records.show([*records(self._scan, self._chain, self.words, time.time())])
            self.picked(self.records.selected)
