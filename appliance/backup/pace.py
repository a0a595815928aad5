"""How far a long run is: bytes done, bytes to do, and the seconds that are left; and the way to end it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

TELL_S = 0.5


@dataclass(frozen=True)
class Progress:
    """One look at a run."""

    phase: str
    """`collect`, `write`, `check`, `unpack`, `move`, `start`, `ask`, `clean`."""
    done: int = 0
    """Bytes."""
    total: int = 0
    """Bytes; 0 when nobody knows."""
    left_s: float | None = None


class Cancelled(LunaError):
    """The run was ended on request; nothing of it is left."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__("The run was ended; nothing of it is left.")


class Pace:
    """Counts bytes, tells now and then, and raises where somebody wants an end."""

    def __init__(
        self,
        tell: Callable[[Progress], None] = lambda _progress: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell = tell
        self._clock = clock
        self._stop = threading.Event()
        self._phase, self._done, self._total = "", 0, 0
        self._began = self._told = 0.0

    def stop(self) -> None:
        """End the run at its next step; for another thread."""
        self._stop.set()

    def phase(self, name: str, total: int = 0) -> None:
        """Another part of the run begins."""
        self.check()
        self._phase, self._done, self._total = name, 0, total
        self._began = self._told = self._clock()
        self._tell(Progress(name, 0, total))

    def add(self, count: int) -> None:
        """So many bytes more."""
        self.check()
        self._done += count
        now = self._clock()
        if now - self._told >= TELL_S:
            self._told = now
            self._tell(Progress(self._phase, self._done, self._total, self._left(now)))

    def check(self) -> None:
        """Raise `Cancelled` when somebody wants an end."""
        if self._stop.is_set():
            raise Cancelled

    def _left(self, now: float) -> float | None:
        if not self._total or not self._done:
            return None
        rest = max(0, self._total - self._done)
        return round((now - self._began) * rest / self._done, 1)
