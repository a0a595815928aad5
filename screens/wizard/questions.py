"""The pages that ask: one question each, what went wrong under its field, and an answer in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from screens.widgets.choices import ChoiceList, Option
from screens.widgets.entry import Entry
from screens.widgets.hanging import Hanging, rows_of
from screens.wizard.choices import AnswerList, Toggles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from screens.words import Words


WIDTH, HEIGHT = 80, 24
_PARTS = ("heading", "trouble", "more")


class Question(VerticalScroll, can_focus=False):
    """A heading, a sentence, the field, help on demand, and what went wrong."""

    @dataclass
    class Answered(Message):
        """The question was answered; nothing is saved yet."""

        answers: Mapping[str, str] = field(default_factory=dict)

    @dataclass
    class Typed(Message):
        """What stands in the field is another text than before."""

    def __init__(self, words: Words, name: str, **values: object) -> None:
        super().__init__(classes="question")
        self.words = words
        self.key = name
        self._values = values

    first_trouble = ""
    """What is said under the field from the beginning."""

    def compose(self) -> ComposeResult:
        yield Static(self._say("title"), classes="heading", markup=False)
        yield Static(self._say("text"), classes="lead muted", markup=False)
        yield from self.fields()
        yield Hanging(classes="trouble bad")
        yield Static(self._say("help"), classes="more muted", markup=False)

    @property
    def is_whole(self) -> bool:
        """All its parts are there: it is not on its way in or out."""
        return self.is_running and len(self.query(".heading, .trouble, .more")) >= len(_PARTS)

    def fields(self) -> ComposeResult:
        """What is filled in."""
        yield from ()

    def on_mount(self) -> None:
        self.trouble(self.first_trouble)
        self.query_one(".more").display = False

    def trouble(self, text: str) -> None:
        """Say under the field what was wrong; an empty text takes it away."""
        shown = self.query_one(".trouble", Hanging)
        shown.show(rows_of(Content("✗ " + text.replace("\n", "\n  "))))
        shown.display = bool(text)

    def _wait(self, text: str) -> None:
        """What goes on and for how long, where a page says so."""
        for shown in self.query(".waiting").results(Static):
            if shown.content != text:  # an update repaints, also with the same words
                shown.update(text)

    def toggle_help(self) -> None:
        """Show or hide the longer explanation."""
        more = self.query_one(".more")
        more.display = not more.display
        if more.display:
            more.scroll_visible(animate=False)

    def focus_field(self) -> None:
        """Keys go to what is filled in."""
        field = next((each for each in self.query("*") if each.can_focus), None)
        # Not `focus()`, which waits its turn: a key pressed at first sight of the page would be lost.
        self.screen.set_focus(field if field is not None else self)

    def unsaved(self) -> str:
        """What stands in the field and was not sent; empty where nothing does."""
        return next((field.value for field in self.query(Input)), "")

    @on(Input.Changed)
    @on(ChoiceList.Moved)
    def note_typing(self, message: Message) -> None:
        """Let the screen keep it."""
        message.stop()
        self.post_message(self.Typed())

    def _say(self, part: str) -> str:
        return self.words(f"wizard.{self.key}.{part}", **self._values)


class ChoiceQuestion(Question):
    """One of some answers."""

    def __init__(
        self, words: Words, name: str, options: Iterable[Option], value: str = "", **values: object
    ) -> None:
        super().__init__(words, name, **values)
        self._options = tuple(options)
        self._value = value

    def fields(self) -> ComposeResult:
        yield AnswerList(self._options, self._value)

    @on(ChoiceList.Chosen)
    def take(self, message: ChoiceList.Chosen) -> None:
        """The answer under the question's own name."""
        message.stop()
        self.post_message(self.Answered({self.key: message.value}))

    def unsaved(self) -> str:
        """The option that is marked."""
        return self.query_one(ChoiceList).marked


class LookQuestion(ChoiceQuestion):
    """A choice with a line below it that shows whether colours and window will do."""

    def fields(self) -> ComposeResult:
        yield from super().fields()
        yield Static("", classes="check gap muted", markup=False)

    def on_resize(self) -> None:
        """The window has another size."""
        width, height = self.app.size
        fits = "fits" if width >= WIDTH and height >= HEIGHT else "small"
        self.query_one(".check", Static).update(
            f"{self._say('check')}\n{self._say(fits).replace('WxH', f'{width} × {height}')}"
        )


class ToggleQuestion(Question):
    """Any of some answers."""

    def __init__(
        self, words: Words, name: str, options: Iterable[Option], chosen: Iterable[str], fixed: Iterable[str]
    ) -> None:
        super().__init__(words, name)
        self._options, self._chosen, self._fixed = tuple(options), tuple(chosen), tuple(fixed)

    def fields(self) -> ComposeResult:
        yield Toggles(self._options, self._chosen, self._fixed)

    @on(ChoiceList.Chosen)
    def take(self, message: ChoiceList.Chosen) -> None:
        """All that are on."""
        message.stop()
        self.post_message(self.Answered({self.key: message.value}))

    def unsaved(self) -> str:
        """All that are on by now."""
        return self.query_one(Toggles).marked


class Answer(Entry):
    """One line to type; its keys are named on the last line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Next", id="wizard.next"),
    ]

    def _on_paste(self, event: events.Paste) -> None:
        """Pasted lines become one; none of them is lost and none sends it."""
        event.prevent_default()
        event.stop()
        self.replace(self.joined(event.text.split()), *self.selection)

    @staticmethod
    def joined(words: list[str]) -> str:
        """What was pasted, as one line."""
        return " ".join(words)


class TextQuestion(Question):
    """One line of the owner's own words."""

    def __init__(
        self, words: Words, name: str, value: str, *, typed: str = "", required: bool = False
    ) -> None:
        """`value`: the answer given before; `typed`: what stood in the field when it was left."""
        super().__init__(words, name)
        self._value = value
        self._typed = typed
        self._required = required

    def fields(self) -> ComposeResult:
        text = self._typed or self._value
        yield Answer(text, placeholder=self._say("example"), select_on_focus=False, max_length=400)

    @on(Input.Submitted)
    def take(self, message: Input.Submitted) -> None:
        """What was typed, unless it must not be empty and is."""
        message.stop()
        text = message.value.strip()
        if self._required and not text:
            self.trouble(self.words("wizard.required"))
            return
        self.post_message(self.Answered({self.key: text}))

    def unsaved(self) -> str:
        """The line as it stands, unless it is the answer given before."""
        text = self.query_one(Answer).value
        return "" if text == self._value else text
