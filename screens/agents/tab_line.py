"""The pages of one thing on one line, the present one marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

GAP = 2


class TabLine(Widget):
    """Where one is, and what else there is."""

    present: reactive[int] = reactive(0)

    class Wanted(Message):
        """A click on a page."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        self._titles = tuple(titles)

    def render(self) -> Content:
        """All titles; where they do not fit, from the one before the present one on."""
        parts = [
            Content.styled(f" {title} ", "bold $ground on $moon" if number == self.present else "$muted")
            for number, title in enumerate(self._titles)
        ]
        first = self._first()
        line = Content("").join(parts[first:])
        return Content.assemble(("… ", "$muted"), line) if first else line

    def on_click(self, event: events.Click) -> None:
        """To the page under the pointer."""
        first = self._first()
        at = 2 if first else 0
        for number, title in enumerate(self._titles[first:], first):
            wide = cell_len(title) + GAP
            if at <= event.x < at + wide:
                self.post_message(self.Wanted(number))
            at += wide

    def _first(self) -> int:
        whole = sum(cell_len(title) + GAP for title in self._titles)
        return max(0, self.present - 1) if whole > self.size.width else 0
