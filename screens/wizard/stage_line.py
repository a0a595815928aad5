"""Line 1 of the wizard: the stages, what is done, where one is, what is to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from screens.wizard.pages import STAGES

if TYPE_CHECKING:
    from appliance.profile.brand import Brand
    from screens.words import Words


class StageLine(Widget):
    """`● Welcome ◉ Brain ○ Staff …`; the title gives way where there is no room."""

    stage: reactive[str] = reactive(STAGES[0])

    def __init__(self, words: Words, brand: Brand) -> None:
        super().__init__()
        self._words = words
        self._brand = brand

    def render(self) -> Content:
        """The line at its present width."""
        name = self._words("wizard.title", name=self._brand.name)
        title = Content.assemble((f" {self._brand.glyph} ", "$moon"), (name, "bold"))
        here = STAGES.index(self.stage)
        stages = [self._item(index - here, name) for index, name in enumerate(STAGES)]
        for gap in ("   ", "  ", " "):
            line = Content(gap).join(stages)
            if title.cell_length + 2 + line.cell_length <= self.size.width:
                return Content.assemble(title, "  ", line)
        return Content.assemble(" ", Content(" ").join(stages))

    def _item(self, distance: int, name: str) -> Content:
        label = self._words(f"wizard.stage.{name}")
        if distance < 0:
            return Content.assemble(("● ", "$good"), (label, "$good"))
        if distance == 0:
            return Content.assemble(("◉ ", "$moon"), (label, "bold $moon"))
        return Content.assemble(("○ ", "$muted"), (label, "$muted"))
