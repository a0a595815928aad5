"""The one form: made from an operation's parameters; one question at a time when there are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import on
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Input

from screens.widgets.field import Field
from screens.widgets.questions import NoAnswer, Wish, answer, parameters, questions
from screens.widgets.record_rows import RecordRows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from appliance.ops.core import Operation
    from screens.words import Words

FEW = 4
"""Up to this many questions are asked one after the other."""


class Form(VerticalScroll, can_focus=False):
    """Asks, checks, and hands over the parameters."""

    @dataclass
    class Submitted(Message):
        """Every question has an answer that can be used."""

        params: Any

    @dataclass
    class Moved(Message):
        """Another question is asked."""

        number: int
        count: int

    def __init__(
        self,
        words: Words,
        operation: Operation[Any, Any],
        wishes: Sequence[Wish] = (),
        fixed: Mapping[str, Any] | None = None,
    ) -> None:
        """`fixed`: parameters that are not asked for."""
        super().__init__()
        self._words = words
        self._operation = operation
        self._fixed = dict(fixed or {})
        asked = questions(operation, words, wishes)
        self._fields = tuple(Field(item) for item in asked if item.name not in self._fixed)
        self._at = 0
        self.stepwise = len(self._fields) <= FEW

    def compose(self) -> ComposeResult:
        yield from self._fields

    def on_mount(self) -> None:
        self.set_class(self.stepwise, "-stepwise")
        self.call_after_refresh(self._arrive)

    @property
    def answers(self) -> dict[str, Any]:
        """What has been answered so far, as it stands."""
        return self._fixed | {field.question.name: field.given for field in self._fields}

    @property
    def asks(self) -> bool:
        """Whether there is anything to answer."""
        return bool(self._fields)

    def resume(self) -> None:
        """Ask again where it was left."""
        self._arrive()

    def complain(self, text: str, name: str = "") -> None:
        """What the box says is wrong, under the field it is about, or under the last one asked."""
        for at, field in enumerate(self._fields):
            if field.question.name == name and self._is_asked(field):
                self._at = at
        self._arrive()
        if self._fields:
            self._fields[self._at].complain(text)

    def back(self) -> bool:
        """To the question before; False when there is none."""
        before = [at for at in range(self._at) if self._is_asked(self._fields[at])]
        if not self.stepwise or not before:
            return False
        self._at = before[-1]
        self._arrive()
        return True

    def forward(self) -> None:
        """To the next question, or hand over."""
        if self._fields and not self._accepts(self._fields[self._at]):
            return
        after = [at for at in range(self._at + 1, len(self._fields)) if self._is_asked(self._fields[at])]
        if after:
            self._at = after[0]
            self._arrive()
        else:
            self.submit()

    def submit(self) -> None:
        """Hand over, or stop at the first answer that cannot be used."""
        asked = [field for field in self._fields if self._is_asked(field)]
        for field in asked:
            if not self._accepts(field):
                self._at = self._fields.index(field)
                self._arrive()
                return
        given = {item.question.name: answer(item.question, item.given, self._words) for item in asked}
        self.post_message(self.Submitted(parameters(self._operation, self._fixed | given)))

    def forget_secrets(self) -> None:
        """Nothing secret stays on the screen."""
        for field in self._fields:
            field.forget()

    @on(Input.Submitted)
    @on(RecordRows.Opened)
    def next_question(self, event: Message) -> None:
        """Enter goes on."""
        event.stop()
        self.forward()

    def on_descendant_focus(self) -> None:
        """Where all questions stand together, the focused one is the one that goes on."""
        if not self.stepwise:
            for at, field in enumerate(self._fields):
                if field.has_focus_within:
                    self._at = at

    def _accepts(self, field: Field) -> bool:
        try:
            answer(field.question, field.given, self._words)
        except NoAnswer as error:
            field.complain(str(error))
            return False
        field.complain("")
        return True

    def _is_asked(self, field: Field) -> bool:
        return field.question.wish.when(self.answers)

    def _arrive(self) -> None:
        """Show and focus the present question."""
        for at, field in enumerate(self._fields):
            field.set_class(at == self._at, "-here")
        if not self._fields:
            return
        field = self._fields[self._at]
        source = next(
            (one for one in self._fields if one.question.name == field.question.wish.default_from), None
        )
        if source is not None:
            field.propose(source.given_title)
        field.take_focus()
        asked = [at for at, one in enumerate(self._fields) if self._is_asked(one)]
        number = asked.index(self._at) + 1 if self._at in asked else 1
        self.post_message(self.Moved(number, len(asked)))
