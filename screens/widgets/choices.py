"""A short list to choose one of; the most wanted answer is marked already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from screens.widgets.columns import cut, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Size

ROOMY = 6
GAP = 3


@dataclass(frozen=True)
class Option:
    """One answer to choose."""

    value: str
    title: str
    note: str = ""
    extra: str = ""
    """Dropped first where there is no room."""
    good: bool = False
    """The note is good news."""


class ChoiceList(Widget, can_focus=True):
    """One of some options."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose", id="choices.choose"),
        Binding("up,k", "move(-1)", "Up", id="choices.up", show=False),
        Binding("down,j", "move(1)", "Down", id="choices.down", show=False),
    ]
    index: reactive[int] = reactive(0, init=False)

    @dataclass
    class Chosen(Message):
        """Somebody chose."""

        value: str

    @dataclass
    class Moved(Message):
        """Another option is marked, or one was switched; nothing is chosen yet."""

    def __init__(self, options: Iterable[Option], value: str = "", *, roomy: int = ROOMY) -> None:
        """`roomy`: up to how many options have an empty line between them."""
        super().__init__()
        self._roomy = roomy
        self.options = tuple(options)
        values = [option.value for option in self.options]
        self.set_reactive(ChoiceList.index, values.index(value) if value in values else 0)

    def watch_index(self) -> None:
        """Another option is marked."""
        self.post_message(self.Moved())

    @property
    def marked(self) -> str:
        """What stands there now, as `unsaved` text."""
        return self.options[self.index].value

    @property
    def step(self) -> int:
        """Lines from one option to the next."""
        return 2 if len(self.options) <= self._roomy else 1

    def get_content_height(self, _container: Size, _viewport: Size, _width: int) -> int:
        return len(self.options) * self.step - (self.step - 1)

    def render(self) -> Content:
        """All options; the columns that fit."""
        title = max(width_of(option.title) for option in self.options) + self._lead
        note = max(width_of(option.note) for option in self.options)
        extra = max(width_of(option.extra) for option in self.options)
        room = self.size.width
        if title + GAP + note + GAP + extra > room:
            extra = 0
        note = max(0, min(note, room - title - GAP))
        lines = [self._line(number, option, title, note, extra) for number, option in enumerate(self.options)]
        return Content("\n" * self.step).join(lines)

    @property
    def _lead(self) -> int:
        return 2

    def _mark(self, number: int) -> Content:
        return Content.styled("▸ " if number == self.index else "  ", "$moon")

    def _line(self, number: int, option: Option, title: int, note: int, extra: int) -> Content:
        strong = "bold $ink" if number == self.index else "$ink"
        shade = "$good" if option.good else "$muted"
        parts: list[Content | tuple[str, str] | str] = [
            self._mark(number),
            (cut(option.title, title - self._lead), strong),
        ]
        if note > 0:
            parts += [" " * GAP, (cut(option.note, note), shade)]
        if extra and option.extra:
            parts += [" " * GAP, (option.extra, shade)]
        return Content.assemble(*parts)

    def action_move(self, by: int) -> None:
        """To the next option or the one before."""
        self.index = max(0, min(len(self.options) - 1, self.index + by))

    def action_choose(self) -> None:
        """This one."""
        if self.options:
            self.post_message(self.Chosen(self.options[self.index].value))

    def on_click(self, event: events.Click) -> None:
        """To the option under the pointer; once more chooses it."""
        number = event.y // self.step
        if event.y % self.step or number >= len(self.options):
            return
        if number == self.index:
            self.action_choose()
        self.index = number
