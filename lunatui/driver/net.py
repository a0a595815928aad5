"""The net under the border: no segment leaves with a character that `appliance.text.safe` would have marked.

Whatever it catches is a bug of ours: the text should have been made safe where it came in.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.filter import LineFilter

from appliance.text import unsafe_places

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.color import Color


class _Judged(NamedTuple):
    """A text without what is forbidden in it."""

    text: str
    caught: tuple[str, ...]


class Net(LineFilter):
    """Puts blanks in the place of forbidden characters, and counts them."""

    def __init__(self, told: Callable[[str], None]) -> None:
        """`told` hears of the first catch and of each doubling, in code points: the text may be a secret."""
        super().__init__()
        self.caught = 0
        """Characters."""
        self._told = told
        self._tell_from = 1

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - the seam
        """The same list where nothing is forbidden, which is always."""
        for text, _, _ in segments:
            if not (text.isascii() and text.isprintable()) and _judged(text).caught:
                return list(map(self._clean, segments))
        return segments

    def _clean(self, segment: Segment) -> Segment:
        clean, caught = _judged(segment.text)
        if not caught:
            return segment
        self.caught += len(caught)
        if self.caught >= self._tell_from:
            self._tell_from = 2 * self.caught
            names = ", ".join(sorted({f"U+{ord(character):04X}" for character in caught}))
            self._told(f"{self.caught} characters reached the screen that were not made safe, now {names}")
        return Segment(clean, segment.style, segment.control)


@lru_cache(maxsize=4096)
def _judged(text: str) -> _Judged:
    places = unsafe_places(text)
    if not places:
        return _Judged(text, ())
    characters = list(text)
    for place in places:
        # What had a width leaves as many blanks: everything behind it stays in its column.
        characters[place] = " " * cell_len(characters[place])
    return _Judged("".join(characters), tuple(text[place] for place in places))
