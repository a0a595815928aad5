"""What is said where the window is too small for anything; it goes away with a bigger window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from screens.words import Words

LEAST_WIDTH, LEAST_HEIGHT = 60, 18
"""The smallest window that every screen fits into."""


def is_too_small(width: int, height: int) -> bool:
    """Whether a window of this size is below the least."""
    return width < LEAST_WIDTH or height < LEAST_HEIGHT


class TooSmall(Widget):
    """Covers the screen, takes no focus: whatever was typed stays where it was."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="too-small")
        self._words = words

    def render(self) -> Content:
        """How big the window is and how big it has to be."""
        now = self.app.size
        text = self._words(
            "app.too-small", width=LEAST_WIDTH, height=LEAST_HEIGHT, columns=now.width, lines=now.height
        )
        return Content(text)
