"""Asks before something that cannot be taken back; the focus is on No."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Static

from appliance.text import safe
from screens.modals.dialog import BY_LINES, Dialog, Frame, More, Reading

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from screens.words import Words


class Confirm(Dialog[bool]):
    """One question, two answers; a yes counts when all of the question was in sight."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *BY_LINES,
        Binding("n,escape", "answer(False)", "No", id="confirm.no"),
        Binding("y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("left,right", "app.focus_next", id="confirm.other", show=False),
    ]
    needs_reading = True

    def __init__(self, words: Words, question: str) -> None:
        super().__init__(words)
        self._question = question
        self._withdrawn = False

    def compose(self) -> ComposeResult:
        with Frame():
            yield Static(self._words("confirm.title"), classes="dialog-title", markup=False)
            with Reading():
                yield Static(safe(self._question), classes="dialog-text", markup=False)
            yield More()
            with Horizontal(classes="dialog-keys"):
                yield Button(Content(self._words("confirm.no")), id="no")
                yield Button(Content(self._words("confirm.yes")), id="yes")

    def on_mount(self) -> None:
        for name in ("no", "yes"):
            told = self._words(f"confirm.{name}")
            self.query_one(f"#{name}", Button).label = Content(f"{self.key(f'confirm.{name}')}  {told}")
        self.query_one("#no", Button).focus()

    def withdraw(self) -> None:
        """Whoever asked has gone: close without an answer, at once or when it is on top again."""
        self._withdrawn = True
        self.call_later(self._withdraw)

    def on_screen_resume(self) -> None:
        self._withdraw()

    def _withdraw(self) -> None:
        if self._withdrawn and self.is_current:
            self.dismiss(False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if self.grace.takes():
            self.action_answer(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """Close with the answer; a yes that came too fast is not one, nor one to what was not read."""
        if not answer:
            self.dismiss(False)
        elif self.grace.takes():
            if self.is_read:
                self.dismiss(True)
            else:
                self.insist()
