"""The base of every screen with a conversation on it: hands on to it what its operations say."""

from __future__ import annotations

from textual import on

from appliance.ops.chat_history import HISTORY, STOP
from screens.chat.conversation import ANSWERS, Conversation
from screens.operation_screen import OperationScreen

OF_TALK = (*ANSWERS, HISTORY.name, STOP.name)
"""Operations that a conversation knows what to make of."""


class TalkingScreen(OperationScreen):
    """What went wrong with an answer is told in the conversation, and what is behind it has a key."""

    @on(OperationScreen.Progressed)
    def hand_on(self, message: OperationScreen.Progressed) -> None:
        """A piece of an answer."""
        for conversation in self.query(Conversation):
            conversation.hear(message)

    @on(OperationScreen.Succeeded)
    async def hand_on_end(self, message: OperationScreen.Succeeded) -> None:
        """An answer, or what was said before."""
        for conversation in self.query(Conversation):
            await conversation.end(message)

    @on(OperationScreen.Failed)
    def hand_on_failure(self, message: OperationScreen.Failed) -> None:
        """No answer."""
        for conversation in self.query(Conversation):
            conversation.fail(message)

    @on(Conversation.Unanswered)
    def note_failure(self, message: Conversation.Unanswered) -> None:
        """What is behind it has a key from here on."""
        self.told = message.error
        self.refresh_bindings()
