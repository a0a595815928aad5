"""The first conversation: with the first agent, on a page of the wizard."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.widgets import Input

from screens.chat.conversation import Conversation
from screens.chat.talk import Talk
from screens.wizard.pages import FIXED_AGENT
from screens.wizard.questions import Answer, Question

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from screens.words import Words

PATIENCE_S = 300.0
"""Nothing is asked leave for here, so no answer takes longer."""


class TalkPage(Question):
    """Say something and read the answer; an empty line goes on to the next page once there was one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", id="chat.stop", key_display="esc"),
        Binding("pageup", "page(-1)", "Scroll", id="chat.page-up", show=False),
        Binding("pagedown", "page(1)", "Scroll down", id="chat.page-down", show=False),
    ]

    def __init__(self, words: Words, typed: str = "") -> None:
        """`typed`: what stood in the field when it was left."""
        super().__init__(words, "talk")
        self._typed = typed
        self._talk = Talk(FIXED_AGENT.capitalize())

    def fields(self) -> ComposeResult:
        yield Conversation(self.words, self._talk, FIXED_AGENT, approvals="deny", patience=PATIENCE_S)
        yield Answer(self._typed or self._say("suggestion"), select_on_focus=not self._typed)

    @property
    def _conversation(self) -> Conversation:
        return self.query_one(Conversation)

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """There is something to stop while an answer is under way."""
        run = self._talk.run
        return run is not None and run.can_stop if action == "stop" else True

    def action_stop(self) -> None:
        """Stop the answer, in the engine too."""
        self._conversation.stop()

    def action_page(self, by: int) -> None:
        """Read up or down without leaving the field."""
        self._conversation.page(by)

    @on(Input.Submitted)
    def send(self, message: Input.Submitted) -> None:
        """Say it, or go on."""
        message.stop()
        text = message.value.strip()
        if text and self._conversation.say(text):
            message.input.value = message.input.placeholder = ""
            self.trouble("")
        elif not text and self._talk.run is None and self._talk.answered:
            self.post_message(self.Answered())

    def unsaved(self) -> str:
        """What was written here and not said, or is on its way."""
        text = super().unsaved()
        return self._talk.unsaid("" if text == self._say("suggestion") else text)

    @on(Conversation.Turned)
    def turn(self) -> None:
        """Other keys matter; after an answer one can go on."""
        field = self.query_one(Answer)
        field.placeholder = self._say("more") if self._talk.answered and self._talk.run is None else ""
        self.refresh_bindings()
        self.post_message(self.Typed())

    @on(Conversation.Recalled)
    def go_on(self) -> None:
        """It can be gone on from what was said before this page was left."""
        field = self.query_one(Answer)
        if self._talk.lines and (self._talk.has_said(field.value) or not self._typed):
            field.value = ""
        self.turn()

    @on(Conversation.Unanswered)
    def give_back(self, message: Conversation.Unanswered) -> None:
        """It can be said again."""
        field = self.query_one(Answer)
        if not field.value:
            field.value = message.said
