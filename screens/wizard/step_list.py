"""The steps of setting up: one line each with its state and its seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.widget import Widget

from appliance.text import safe_line
from screens.widgets.columns import cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.geometry import Size

    from appliance.ops.setup_draft import SetupPlan
    from screens.words import Words

NAMED = frozenset(
    {
        "agents.create",
        "agents.update",
        "engine.install",
        "gateway.configure",
        "gateway.restart",
        "gateway.start",
        "providers.add",
        "providers.set",
        "settings.business",
        "setup.finish",
    }
)
"""Operations that have words of their own."""
GROUPS = ("install", "change", "start")
STARTS = {"engine.install": "install", "gateway.start": "start", "gateway.restart": "start"}
"""Steps that are more than a change of what is kept on the box."""
MARKS = {
    "waiting": ("○", "$muted"),
    "running": ("…", "$moon"),
    "done": ("✓", "$good"),
    "failed": ("✗", "$bad"),
}
_WIDTH = 60


@dataclass
class Line:
    """One step as it is shown."""

    text: str
    state: str = "waiting"
    seconds: float = 0.0
    began: float = 0.0
    share: int | None = None
    """Per cent, where the step can say."""


class StepList(Widget):
    """What was done stays above when the rest begins again."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._lines: list[Line] = []
        self._first = 0
        """Where the present run begins; before it stands what an earlier one did."""

    @property
    def lines(self) -> Sequence[Line]:
        """All of them, from the top."""
        return self._lines

    def plan(self, steps: Sequence[Mapping[str, Any]]) -> None:
        """Steps that are to be taken now, below those that were."""
        self._lines = [line for line in self._lines if line.state == "done"]
        self._first = len(self._lines)
        self._lines += [Line(self._text(step)) for step in steps]
        self.refresh(layout=True)

    def step(self, data: Mapping[str, Any]) -> None:
        """A step began, was done, or failed."""
        line = self._lines[self._first + int(data["index"])]
        line.state = str(data["state"])
        line.share = None
        if line.state == "running" or not line.began:
            line.began = time.monotonic()
        line.seconds = float(data.get("seconds", time.monotonic() - line.began))
        self.refresh()

    def share(self, done: float, total: float) -> None:
        """How far the running step is."""
        for line in self._lines:
            if line.state == "running" and total > 0:
                line.share = min(100, int(100 * done / total))

    def tick(self) -> None:
        """A second went by."""
        for line in self._lines:
            if line.state == "running":
                line.seconds = time.monotonic() - line.began
                self.refresh()

    def get_content_height(self, _container: Size, _viewport: Size, _width: int) -> int:
        return len(self._lines)

    def render(self) -> Content:
        """A glyph, a word where it is needed, the step, its seconds at the right."""
        return Content("\n").join([self._shown(line) for line in self._lines])

    def _shown(self, line: Line) -> Content:
        glyph, shade = MARKS[line.state]
        room = max(20, min(_WIDTH, self.size.width - 24))
        when = "" if line.state == "waiting" else self._words("wizard.seconds", count=f"{line.seconds:.0f}")
        share = "" if line.share is None else f"{line.share} %"
        word = self._words(f"wizard.state.{line.state}")
        return Content.assemble(
            (f"{glyph} ", shade),
            (cut(safe_line(line.text), room), "$muted" if line.state == "waiting" else "$ink"),
            (f" {when:>5}", "$muted"),
            (f"  {share or word}", shade),
        )

    def _text(self, step: Mapping[str, Any]) -> str:
        return step_text(self._words, str(step.get("name", "")), str(step.get("subject", "")))


def step_text(words: Words, name: str, subject: str) -> str:
    """A step in the owner's words."""
    return words(f"wizard.step.{name if name in NAMED else 'other'}", subject=safe_line(subject))


def plan_text(words: Words, plan: SetupPlan) -> str:
    """Three short lists: what comes onto the box, what is changed, what is started; or nothing."""
    lists: dict[str, list[str]] = {group: [] for group in GROUPS}
    for step in plan.steps:
        lists[STARTS.get(step.operation, "change")].append(step_text(words, step.operation, step.subject))
    shown = [(group, rows) for group, rows in lists.items() if rows]
    if not shown:
        return words("wizard.plan.nothing")
    return "\n\n".join(
        "\n".join([words(f"wizard.plan.{group}"), *(f" ○ {row}" for row in rows)]) for group, rows in shown
    )
