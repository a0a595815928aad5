"""What stands where a question would, when what it is about could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.message import Message

from screens.wizard.questions import Question

if TYPE_CHECKING:
    from textual.binding import BindingType

    from screens.words import Words


class AgainPage(Question, can_focus=True):
    """Why there is no question, and a key that tries once more."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,r", "again", "Try again", id="wizard.next", key_display="enter"),
    ]

    @dataclass
    class Again(Message):
        """Show the page once more."""

    def __init__(self, words: Words, why: str) -> None:
        super().__init__(words, "again")
        self.first_trouble = why

    def action_again(self) -> None:
        """It may be there by now."""
        self.post_message(self.Again())
