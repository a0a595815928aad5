"""Try an agent out: a conversation of its own that its main one knows nothing of."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.widgets import Input

from appliance.text import safe_line
from screens.agents.pages import Page
from screens.chat.conversation import Conversation
from screens.chat.widgets import Say

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from screens.agents.edited import Edited
    from screens.chat.talk import Talk
    from screens.words import Words

SESSION = "trial"
"""OpenClaw's name for it, behind the id of the agent."""


class TryPage(Page):
    """Say something and read the answer."""

    page = "try"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", id="chat.stop", key_display="esc"),
    ]

    def __init__(self, words: Words, edited: Edited, talk: Talk) -> None:
        super().__init__(words, edited)
        self.talk = talk
        self._recalled = 0
        """How far back the arrow went; 0 is what is being written."""

    def compose(self) -> ComposeResult:
        name = safe_line(self.edited.agent.name)
        yield Conversation(
            self.words,
            self.talk,
            self.edited.agent.id,
            empty=self.words("editor.try-empty", name=name),
            approvals="deny",
            session=SESSION,
        )
        yield Say(self.talk.draft or "", placeholder=self.words("chat.say", name=name))

    def take_focus(self) -> None:
        self.query_one(Say).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's signature
        """There is something to stop while an answer is under way."""
        return self.talk.run is not None and self.talk.run.can_stop if action == "stop" else True

    def action_stop(self) -> None:
        """Stop the answer, in the engine too."""
        self.query_one(Conversation).stop()

    def recall(self, by: int) -> None:
        """An earlier message into the field, as `by` goes back through them."""
        sent = self.talk.sent
        self._recalled = max(0, min(len(sent), self._recalled - by))
        field = self.query_one(Say)
        field.value = sent[-self._recalled] if self._recalled else ""
        field.cursor_position = len(field.value)

    def page_by(self, by: int) -> None:
        """Read up or down without leaving the field."""
        self.query_one(Conversation).page(by)

    @on(Input.Submitted)
    def send(self, message: Input.Submitted) -> None:
        """Say what is written, unless an answer is under way."""
        message.stop()
        text = message.value.strip()
        if text and self.query_one(Conversation).say(text):
            message.input.clear()
            self._recalled = 0

    @on(Input.Changed)
    def note_writing(self, message: Input.Changed) -> None:
        """What is written stays when another page is opened."""
        self.talk.draft = message.value

    @on(Conversation.Turned)
    def turn(self) -> None:
        """Other keys matter."""
        self.refresh_bindings()

    @on(Conversation.Unanswered)
    def give_back(self, message: Conversation.Unanswered) -> None:
        """The message is back in the field."""
        field = self.query_one(Say)
        if not field.value:
            field.value = message.said
