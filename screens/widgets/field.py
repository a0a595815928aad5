"""One question of a form: its label, what may be answered, and what is wrong with the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from appliance.text import safe, safe_line
from screens.widgets.columns import Column, Record
from screens.widgets.entry import Entry
from screens.widgets.hanging import Hanging, rows_of
from screens.widgets.record_rows import RecordRows

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from screens.widgets.questions import FieldQuestion

MOST_ROWS = 12
_COLUMNS = (Column(priority=0, least=12, most=36), Column(priority=1, least=10, most=90, muted=True))


class AnswerRows(RecordRows):
    """Rows of which one is the answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Next", id="form.next", key_display="enter")
    ]


class LastAnswerRows(AnswerRows):
    """The answer with which everything is saved."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Save", id="form.save", key_display="enter")
    ]


class Line(Entry):
    """A line to type an answer in."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Next", id="form.next", key_display="enter")
    ]


class Field(Vertical):
    """A line to type in, a hidden one for keys, or rows to choose from."""

    def __init__(self, question: FieldQuestion, *, saves: bool = False) -> None:
        """`saves`: its answer is the last one."""
        super().__init__(id=f"field-{question.name}")
        self.question = question
        self._saves = saves

    def compose(self) -> ComposeResult:
        asked = self.question
        yield Static(safe_line(asked.label), classes="field-label", markup=False)
        if asked.hint:
            yield Static(safe(asked.hint), classes="field-hint", markup=False)
        if asked.kind == "choice":
            yield (LastAnswerRows if self._saves else AnswerRows)(_COLUMNS, titles=False)
        else:
            yield Line(self._default_text(), password=asked.kind == "secret", select_on_focus=False)
        yield Hanging(classes="field-error")

    def on_mount(self) -> None:
        choices = self.question.choices
        if self.question.kind != "choice":
            return
        rows = self.query_one(RecordRows)
        rows.styles.height = min(max(1, len(choices)), MOST_ROWS)
        rows.show([Record(str(at), (item.title, item.note)) for at, item in enumerate(choices)])
        chosen = next((at for at, item in enumerate(choices) if item.value == self.question.wish.default), 0)
        rows.select(str(chosen))

    @property
    def given(self) -> object:
        """The answer as it stands: a choice's value, or text."""
        if self.question.kind != "choice":
            return self.query_one(Input).value
        record = self.query_one(RecordRows).selected
        return self.question.choices[int(record.key)].value if record else None

    @property
    def given_title(self) -> str:
        """The answer as people call it."""
        if self.question.kind != "choice":
            return str(self.given)
        record = self.query_one(RecordRows).selected
        return self.question.choices[int(record.key)].title if record else ""

    def propose(self, text: str) -> None:
        """Fill in what most people would; replaces only an older proposal."""
        line = self.query_one(Input)
        if line.value in ("", self._proposed):
            line.value = self._proposed = text
            line.cursor_position = len(text)

    def complain(self, text: str) -> None:
        """Say under the field what would be right; empty takes it back."""
        self.query_one(".field-error", Hanging).show(rows_of(Content(f"✗ {safe(text)}" if text else "")))
        self.set_class(bool(text), "-wrong")

    def take_focus(self) -> None:
        """Let the answer be given."""
        self.query_one(RecordRows if self.question.kind == "choice" else Input).focus()

    def forget(self) -> None:
        """Take a secret off the screen once it has been handed on."""
        if self.question.kind == "secret":
            self.query_one(Input).value = ""

    _proposed = ""

    def _default_text(self) -> str:
        default = self.question.wish.default
        if default is None or self.question.kind == "secret":
            return ""
        return ", ".join(map(str, default)) if isinstance(default, tuple) else str(default)
