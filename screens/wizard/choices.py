"""Lists of answers to a question of the wizard: one of them, or some that are switched on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive

from screens.widgets.choices import ChoiceList

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.binding import BindingType

    from screens.widgets.choices import Option


class AnswerList(ChoiceList):
    """One of some answers; from a list one can go back and ask for help with a single key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Next", id="wizard.next"),
        Binding("left,h", "screen.back", "Back", id="wizard.left", show=False),
        Binding("question_mark", "screen.help", "Help", id="wizard.question", show=False),
    ]


class Toggles(AnswerList):
    """Options that are on or off, one by one; some cannot be switched off."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", "On or off", id="wizard.toggle"),
    ]
    on: reactive[frozenset[str]] = reactive(frozenset(), init=False)

    def __init__(self, options: Iterable[Option], on: Iterable[str], fixed: Iterable[str]) -> None:
        super().__init__(options)
        self._fixed = frozenset(fixed)
        self.set_reactive(Toggles.on, frozenset(on) | self._fixed)
        self.set_reactive(ChoiceList.index, min(1, len(self.options) - 1))

    def watch_on(self) -> None:
        """One was switched."""
        self.post_message(self.Moved())

    @property
    def marked(self) -> str:
        """All that are on, behind a comma each: none of them is something else than nothing kept."""
        return (
            "".join(f",{each.value}" for each in self.options if each.value in self.on - self._fixed) or ","
        )

    @property
    def _lead(self) -> int:
        return 4

    def _mark(self, number: int) -> Content:
        option = self.options[number]
        glyph = "●" if option.value in self.on else "○"
        shade = "$muted" if option.value in self._fixed else "$good" if glyph == "●" else "$muted"
        return Content.assemble(super()._mark(number), (f"{glyph} ", shade))

    def action_switch(self) -> None:
        """Switch it; what is fixed stays."""
        value = self.options[self.index].value
        if value not in self._fixed:
            self.on = self.on ^ {value}

    def action_choose(self) -> None:
        """All that are on, in their order, without the fixed ones."""
        chosen = [each.value for each in self.options if each.value in self.on - self._fixed]
        self.post_message(self.Chosen(",".join(chosen)))

    def on_click(self, event: events.Click) -> None:
        """Switch the option under the pointer."""
        number = event.y // self.step
        if event.y % self.step == 0 and number < len(self.options):
            self.index = number
            self.action_switch()
        event.prevent_default()
