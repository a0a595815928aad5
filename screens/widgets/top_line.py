"""Line 1: moon, business, state, what needs you, the time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from appliance.profile.brand import Brand
from appliance.text import safe_line
from screens.ages import clock_or_date
from screens.outlook import MARKS, Outlook

if TYPE_CHECKING:
    from screens.desk import Desk

MINUTE = 60.0
LEAST_NAME = 18
"""Cells for the name and what is around it; below that the clock gives way."""


class TopLine(Widget):
    """Repaints when the outlook changes, and once a minute for the clock."""

    outlook: reactive[Outlook] = reactive(Outlook())

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._words = desk.words
        self._brand = desk.brand
        self._read_only = desk.read_only
        self.set_reactive(TopLine.outlook, desk.lookout.sight.outlook)

    def on_mount(self) -> None:
        self._tick()

    def render(self) -> Content:
        """The line at its present width; the name gives way first, the state never."""
        right = self._right()
        if self.size.width - right.cell_length < LEAST_NAME:
            right = self._right(clock=False)
        name = safe_line(self.outlook.business) or self._nobody()
        room = max(4, self.size.width - right.cell_length - 4 - cell_len(self._brand.glyph) - 1)
        left = Content.assemble((f"{self._brand.glyph} ", "$moon"), (_shortened(name, room), "bold"))
        gap = max(1, self.size.width - 2 - left.cell_length - right.cell_length)
        return Content.assemble(" ", left, " " * gap, right, " ")

    def _nobody(self) -> str:
        """What stands there before the business has a name: the brand, where a reseller gave one."""
        return self._brand.name if self._brand.name != Brand().name else self._words("app.shop")

    def _right(self, *, clock: bool = True) -> Content:
        seen = self.outlook
        glyph, meaning = MARKS[seen.state]
        state = self._words(f"state.{seen.state}")
        if seen.state == "closed" and seen.since:
            state = self._words("state.since", state=state, time=clock_or_date(self._words, seen.since))
        parts: list[Content | tuple[str, str] | str] = [(f"{glyph} ", f"${meaning}"), state]
        if self._read_only:
            parts[:0] = [("◇ ", "$look"), self._words("app.read-only"), "   "]
        if seen.needs:
            parts += ["   ", (self._words("needs.title", count=seen.needs), "$need")]
        if clock:
            parts += ["   ", (time.strftime("%H:%M"), "$muted")]
        return Content.assemble(*parts)

    def _tick(self) -> None:
        """Repaint when the minute turns, not more often: an idle screen sends nothing."""
        self.refresh()
        self.set_timer(MINUTE - time.time() % MINUTE, self._tick)


def _shortened(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"
