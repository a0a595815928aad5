"""What will change, before it does; `d` shows the whole names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content

from appliance.text import safe_line
from screens.deeds import caution, setting
from screens.widgets.hanging import Hanging

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from appliance.ops.core import Change, Plan
    from screens.widgets.field import Field
    from screens.words import Words


class Review(VerticalScroll, can_focus=True):
    """The changes of a plan, its warnings, and a last question where there is one."""

    def __init__(self, words: Words, last: Field | None = None, *, technical: bool = False) -> None:
        """`technical`: the supporter's view from the start."""
        super().__init__()
        self._words = words
        self._last = last
        self._plan: Plan | None = None
        self._will = ""
        self._technical = technical

    def compose(self) -> ComposeResult:
        yield Hanging(id="review-text")
        if self._last is not None:
            yield self._last

    def show(self, plan: Plan, will: str = "") -> None:
        """Show a plan and wait for the answer; `will`: what it comes to in one sentence."""
        self._plan = plan
        self._will = will
        self._draw()
        if self._last is not None:
            self._last.take_focus()
        else:
            self.focus()

    def turn(self) -> None:
        """Between the owner's and the supporter's view."""
        self._technical = not self._technical
        self._draw()

    def _draw(self) -> None:
        plan = self._plan
        if plan is None:
            return
        title = self._words("form.review" if plan.changes else "form.nothing")
        none = Content()
        rows = [(none, Content.styled(title, "bold"))]
        rows += [(Content("  "), line) for line in self._changes(plan)]
        if plan.warnings:
            rows += [(none, none), (none, Content.styled(self._words("form.warning"), "bold"))]
            rows += [(Content.styled("  ▲ ", "$look"), Content(text)) for text in self._warnings(plan)]
        self.query_one("#review-text", Hanging).show([*rows, (none, none)])

    def _warnings(self, plan: Plan) -> list[str]:
        if self._technical:
            return [safe_line(text) for text in plan.warnings]
        return list(dict.fromkeys(caution(self._words, text) for text in plan.warnings))

    def _changes(self, plan: Plan) -> list[Content]:
        if self._will and plan.changes and not self._technical:
            return [Content(self._will)]
        return list(dict.fromkeys(map(self._line, plan.changes)))

    def _line(self, change: Change) -> Content:
        label, value = setting(self._words, change)
        if self._technical:
            label, value = safe_line(change.target), safe_line(change.summary)
        parts: list[Content | str | tuple[str, str]] = [(f"{label}  ", "$muted"), value]
        if change.applies == "after restart":
            parts.append((f"  ({self._words('form.restart')})", "$look"))
        return Content.assemble(*parts)
