"""Sixteen file descriptors kept back, so that a save still works when everything else has used them up.

They are the process's own, like the limit they guard against; hence one reserve for all of it.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = 16


class Reserve:
    """Holds descriptors that mean nothing, and lets them go for as long as somebody needs real ones."""

    def __init__(self) -> None:
        """Nothing is held before `fill`."""
        self._held: list[int] = []
        self._wanted = 0
        self._borrowers = 0
        self._guard = threading.Lock()

    def fill(self, count: int = KEPT) -> None:
        """Hold so many from now on; fewer where the system gives no more at the moment."""
        with self._guard:
            self._wanted = count
            self._take()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let them go for the time of the block; several borrowers, also one inside another, share them."""
        with self._guard:
            self._borrowers += 1
            while self._held:
                os.close(self._held.pop())
        try:
            yield
        finally:
            with self._guard:
                self._borrowers -= 1
                self._take()

    def _take(self) -> None:
        if self._borrowers:
            return
        with suppress(OSError):  # too many are open: what can be had is better than nothing
            while len(self._held) < self._wanted:
                self._held.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))


RESERVE = Reserve()
"""This process's."""
