"""A bar of colour, what is the matter, and what can be done about it: one choice under the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.binding import BindingType


@dataclass(frozen=True)
class Choice:
    """One thing to do."""

    action: str
    """`repair`, `details`, `retry`, or a place to go to."""
    label: str
    note: str = ""


@dataclass(frozen=True)
class Told:
    """What a notice says."""

    title: str
    text: str
    choices: tuple[Choice, ...] = ()
    busy: str = ""
    """What is being done right now, in place of the choices."""
    spacious: bool = False
    """Nothing else is on the screen."""


class Notice(Static, can_focus=True):
    """Repaints only when it says something else."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Do it", id="notice.choose", key_display="enter"),
        Binding("down,j", "move(1)", "Next", id="notice.next", show=False),
        Binding("up,k", "move(-1)", "Previous", id="notice.previous", show=False),
    ]

    class Chosen(Message):
        """Enter on a choice."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, *, id: str) -> None:  # noqa: A002 - the name Textual gives it
        super().__init__(id=id, markup=False)
        self._told: Told | None = None
        self._cursor = 0

    def tell(self, told: Told) -> None:
        """Say this; the cursor stays on its choice as long as there is one."""
        if told == self._told:
            return
        self._told = told
        self._cursor = min(self._cursor, max(0, len(told.choices) - 1))
        self._redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """There is something to choose."""
        return action not in ("choose", "move") or bool(self._told and self._told.choices)

    def action_choose(self) -> None:
        """Do what is under the cursor."""
        if self._told and self._told.choices and not self._told.busy:
            self.post_message(self.Chosen(self._told.choices[self._cursor].action))

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        if self._told and self._told.choices:
            self._cursor = (self._cursor + by) % len(self._told.choices)
            self._redraw()

    def _redraw(self) -> None:
        told = self._told
        if told is None:
            return
        apart = [Content("")] if told.spacious else []
        lines = [Content.styled(told.title, "bold"), *apart, Content(told.text), *apart]
        if told.busy:
            lines.append(Content.assemble(("… ", "$moon"), told.busy))
        for number, choice in enumerate(() if told.busy else told.choices):
            here = number == self._cursor
            mark = ("▸ ", "$moon") if here else ("  ", "")
            label = (choice.label, "bold" if here else "")
            note = ("   " + choice.note if choice.note else "", "$muted")
            lines.append(Content.assemble(mark, label, note))
        self.update(Content("\n").join(lines))
        self.refresh_bindings()
