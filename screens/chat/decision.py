"""What an agent asks leave for: an argument a line, what cannot be seen counted, how long there is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.widgets import Static

from appliance.text import LINE_LIMIT, safe
from screens.modals.dialog import Dialog, Frame, Keys, More, Reading
from screens.widgets.choices import ChoiceList, Option

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.ops.approvals import Decision
    from screens.chat.talk import Ask
    from screens.words import Words

MINUTE = 60
NO = "deny"


class DecisionDialog(Dialog[str]):
    """Ends with one of the answers that the engine accepts; empty for none. The cursor is on the no.

    A yes counts when all of it was in sight; what no screen shows whole can only be refused.
    """

    CSS_PATH: ClassVar[Any] = [Path(__file__).parent / "decision.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", id="decision.back", key_display="esc")
    ]
    needs_reading = True

    def __init__(self, words: Words, ask: Ask | Decision, name: str) -> None:
        super().__init__(words)
        self._ask = ask
        self._name = name

    def compose(self) -> ComposeResult:
        words, ask = self._words, self._ask
        whole = is_whole(ask)
        answers = [answer for answer in ask.answers if whole or answer == NO]
        with Frame():
            yield Static(self._say("title", name=self._name), classes="dialog-title", markup=False)
            with Reading():
                if ask.hidden:
                    yield Static(words("decision.hidden", count=ask.hidden), classes="danger", markup=False)
                if not whole:
                    yield Static(words("decision.too-long"), classes="danger", markup=False)
                yield Static("\n".join(map(self._shown, ask.arguments)), id="command", markup=False)
                if ask.warning:
                    yield Static(safe(ask.warning), classes="dialog-hint", markup=False)
            yield More()
            yield Static(self._left(), id="left", classes="dialog-hint", markup=False)
            offered = [Option(answer, self._say(answer)) for answer in answers]
            yield ChoiceList(offered, roomy=0)
            yield Keys(words)

    def _say(self, what: str, **values: str | None) -> str:
        """In the words for a person or a device, or in those for a step of the staff."""
        own = f"decision.{getattr(self._ask, 'kind', '')}.{what}"
        return self._words(own if own in self._words else f"decision.{what}", **values)

    def _shown(self, argument: str) -> str:
        """As it stands; what a device may do then in words where there are some."""
        right = f"decision.right.{argument.replace('.', '-')}"
        is_right = getattr(self._ask, "kind", "") == "device" and right in self._words
        return self._words(right) if is_right else safe(argument)

    def on_mount(self) -> None:
        self.query_one(ChoiceList).focus()
        self.query_one("#left").display = bool(self._ask.expires_at)
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        left, text = self.query_one("#left", Static), self._left()
        if left.content != text:
            left.update(text)
        if is_late(self._ask):
            self.query_one(ChoiceList).display = False

    def _left(self) -> str:
        left = self._ask.expires_at - time.time()
        if is_late(self._ask):
            return self._words("decision.late")
        return self._words("decision.left", count=max(0, int(left) // MINUTE))

    @on(ChoiceList.Chosen)
    def choose(self, message: ChoiceList.Chosen) -> None:
        """This answer; a yes is asked for once more by whoever runs it."""
        if not self.grace.takes() or is_late(self._ask):
            return
        if message.value == NO or self.is_read:
            self.dismiss(message.value)
        else:
            self.insist()

    def action_leave(self) -> None:
        """No answer: it goes on waiting, or it is too late for one."""
        self.dismiss("")


def is_late(ask: Ask | Decision) -> bool:
    """Whether the engine has stopped waiting for an answer."""
    return bool(ask.expires_at) and time.time() >= ask.expires_at


def is_whole(ask: Ask | Decision) -> bool:
    """Whether all of it can be shown: `safe` cuts longer lines, and what it marks takes more room."""
    return all(_fits(line) for argument in ask.arguments for line in argument.split("\n"))


def _fits(line: str) -> bool:
    return len(line) <= LINE_LIMIT and sum(len(safe(sign)) for sign in line) <= LINE_LIMIT
