"""What a change of a text comes to, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content

from appliance.text import safe_line
from screens.deeds import caution
from screens.widgets.hanging import Hanging

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from appliance.ops.core import Plan
    from screens.words import Words

MOST = 400
"""Lines that are shown."""


class Difference(VerticalScroll, can_focus=True):
    """Lines that go, lines that come, and a few around them."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words

    def compose(self) -> ComposeResult:
        yield Hanging(id="difference")

    def show(self, plan: Plan) -> None:
        """The lines of a plan's only change."""
        none = Content()
        rows = [(none, Content.styled(self._words("editor.text.will"), "bold")), (none, none)]
        lines = [line for change in plan.changes for line in change.detail.splitlines()]
        for line in lines[:MOST]:
            rows.append(_row(line))
        if len(lines) > MOST:
            rows.append(
                (none, Content.styled(self._words("editor.text.more", count=len(lines) - MOST), "$muted"))
            )
        for text in plan.warnings:
            rows += [(none, none), (Content.styled("▲ ", "$look"), Content(caution(self._words, text)))]
        self.query_one("#difference", Hanging).show(rows)
        self.scroll_home(animate=False)


def _row(line: str) -> tuple[Content, Content]:
    mark, text = line[:1], safe_line(line[1:])
    if mark == "+":
        return Content.styled("+ ", "$good"), Content.styled(text, "$good")
    if mark == "-":
        return Content.styled("- ", "$bad"), Content.styled(text, "$bad")
    if mark == "@":
        return Content(), Content.styled("⋯", "$muted")
    return Content("  "), Content(text)
