"""The key of the brain: hidden, tried before it is used, and held by the screen alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input, Static

from appliance.secret import Secret
from screens.widgets.choices import ChoiceList, Option
from screens.wizard.choices import AnswerList
from screens.wizard.questions import Answer, Question

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from screens.words import Words

HIDDEN = "•"
"""What is kept of a key that was being typed."""
SHOWN = 4
LONG = 20
"""From so many characters on, the last four tell nobody the rest."""


class KeyAnswer(Answer):
    """A key: hidden but for the last four characters of a long one, to compare them with the original."""

    @property
    def _value(self) -> Text:
        shown = SHOWN if len(self.value) >= LONG else 0
        hidden = len(self.value) - shown
        return Text("•" * hidden + self.value[hidden:], no_wrap=True, overflow="ignore", end="")

    @staticmethod
    def joined(words: list[str]) -> str:
        """A key has no spaces in it, whatever the page it was copied from put there."""
        return "".join(words)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "screen.help", "Where do I get a key?", id="wizard.help", key_display="F1"),
    ]


class KeyQuestion(Question):
    """The key of the brain, and its trial; the key is held by the screen and written nowhere."""

    @dataclass
    class Try(Message):
        """The brain is to be tried with this key; None: without one."""

        key: Secret | None

    def __init__(
        self,
        words: Words,
        *,
        brain: str,
        url: str,
        asks: bool,
        key: Secret | None,
        note: str,
        again: bool = False,
    ) -> None:
        """`note`: what is said while nothing goes on. `again`: the key was given before, and is gone."""
        super().__init__(words, "key" if asks else "trial", brain=brain, url=url)
        self._asks = asks
        self._key = key
        self._note = note
        if again and asks and key is None:
            self.first_trouble = words("wizard.key.again")

    def fields(self) -> ComposeResult:
        if self._asks:
            given = self.words("wizard.key.given") if self._key else self.words("wizard.key.paste")
            yield KeyAnswer(password=True, placeholder=given, select_on_focus=False)
        else:
            yield AnswerList([Option("try", self.words("wizard.trial.again"))])
        yield Static(self._note, classes="waiting", markup=False)

    @on(Input.Submitted)
    def take(self, message: Input.Submitted) -> None:
        """A new key, or the one that was given before."""
        message.stop()
        text = message.value.strip()
        self.post_message(self.Try(Secret(text) if text else self._key))

    @on(ChoiceList.Chosen)
    def again(self, message: ChoiceList.Chosen) -> None:
        """A brain without a key."""
        message.stop()
        self.post_message(self.Try(self._key))

    @on(Input.Changed)
    def calm(self, message: Input.Changed) -> None:
        """Another key is on its way: what was said of the last one is no longer true."""
        if message.value:
            self.trouble("")

    def waiting(self, text: str) -> None:
        """What goes on and for how long; empty when nothing does."""
        self._wait(text or self._note)

    def unsaved(self) -> str:
        """That something stands there, never what."""
        return HIDDEN if any(field.value for field in self.query(Input)) else ""
