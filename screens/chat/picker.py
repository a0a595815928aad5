"""Another agent to talk to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.geometry import Region
from textual.widgets import Static

from appliance.text import safe_line
from screens.modals.dialog import Dialog, Frame, Keys, More, Reading
from screens.widgets.choices import ChoiceList, Option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.health.models import Staff
    from screens.words import Words


class AgentPicker(Dialog[str]):
    """Ends with the id of an agent; empty for none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", id="picker.back", key_display="esc")
    ]

    def __init__(self, words: Words, agents: Sequence[Staff], present: str) -> None:
        super().__init__(words)
        self._agents = agents
        self._present = present

    def compose(self) -> ComposeResult:
        offered = [Option(each.id, safe_line(each.name)) for each in self._agents]
        with Frame():
            yield Static(self._words("chat.pick"), classes="dialog-title", markup=False)
            with Reading():
                yield ChoiceList(offered, self._present)
            yield More()
            yield Keys(self._words)

    def on_mount(self) -> None:
        self.query_one(ChoiceList).focus()

    @on(ChoiceList.Moved)
    def follow(self) -> None:
        """The marked one stays in sight."""
        marked = self.query_one(ChoiceList)
        line = Region(0, marked.index * marked.step, 1, 1)
        self.query_one(Reading).scroll_to_region(line, animate=False)

    @on(ChoiceList.Chosen)
    def choose(self, message: ChoiceList.Chosen) -> None:
        """This one."""
        self.dismiss(message.value)

    def action_leave(self) -> None:
        """None of them."""
        self.dismiss("")
