"""Which service a new line is on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.widgets import Static

from screens.lines import line_name
from screens.modals.dialog import Dialog, Frame, Keys, More, Reading
from screens.widgets.choices import ChoiceList, Option

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

KINDS = ("whatsapp", "telegram", "slack")
"""Services that can be set up here, the one most people want first."""


class KindPicker(Dialog[str]):
    """Ends with the channel; empty for none."""

    CSS_PATH: ClassVar[Any] = [Path(__file__).parent / "kinds.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", id="picker.back", key_display="esc")
    ]

    def compose(self) -> ComposeResult:
        offered = [Option(kind, line_name(kind), self._words(f"channels.kind.{kind}")) for kind in KINDS]
        with Frame():
            yield Static(self._words("channels.new"), classes="dialog-title", markup=False)
            with Reading():
                yield ChoiceList(offered, roomy=0)
            yield More()
            yield Keys(self._words)

    def on_mount(self) -> None:
        self.query_one(ChoiceList).focus()

    @on(ChoiceList.Chosen)
    def choose(self, message: ChoiceList.Chosen) -> None:
        """This one."""
        self.dismiss(message.value)

    def action_leave(self) -> None:
        """None of them."""
        self.dismiss("")
