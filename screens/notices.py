"""Short reports that need no answer: the newest stands above the key line for a while, all are kept."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN_S = 7.0
"""How long a report stands above the key line."""
KEPT = 40

GLYPHS = {"good": "✓", "look": "▲", "bad": "✗", "need": "▲", "moon": "…", "muted": "·"}
"""A sign beside every meaning, for those who see no colours."""


@dataclass(frozen=True)
class Notice:
    """One report."""

    text: str
    """In the owner's words; made safe when it is shown."""
    meaning: str
    """One of `GLYPHS`."""
    at: float
    """Seconds since 1970."""


class Notices:
    """The reports of this session, and who shows them."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._kept: deque[Notice] = deque(maxlen=KEPT)
        self._listeners: list[Callable[[], None]] = []

    @property
    def kept(self) -> tuple[Notice, ...]:
        """The newest first."""
        return tuple(reversed(self._kept))

    @property
    def fresh(self) -> Notice | None:
        """The newest, as long as it is to be seen."""
        newest = self._kept[-1] if self._kept else None
        return newest if newest and self.left(newest) > 0 else None

    def left(self, notice: Notice) -> float:
        """Seconds that a report still stands above the key line."""
        return notice.at + SHOWN_S - self._clock()

    def tell(self, text: str, meaning: str = "muted") -> None:
        """Report something; whoever listens shows it."""
        self._kept.append(Notice(text, meaning, self._clock()))
        for listener in tuple(self._listeners):
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Hear of every report; what is returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None
