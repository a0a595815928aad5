"""A clock that moves only when a scene says so, in the place of `time` in every screen."""

from __future__ import annotations

import time
from datetime import UTC, datetime

NOW = datetime(2026, 11, 20, 14, 32, 10, tzinfo=UTC).timestamp()
"""A Friday afternoon."""


class Clock:
    """What screens use of the module `time`; the zone is UTC."""

    def __init__(self) -> None:
        self._gone = 0.0

    def pass_(self, seconds: float) -> None:
        """Some time goes by."""
        self._gone += seconds

    def time(self) -> float:
        return NOW + self._gone

    def monotonic(self) -> float:
        return 1_000.0 + self._gone

    perf_counter = monotonic

    def localtime(self, seconds: float | None = None) -> time.struct_time:
        return time.gmtime(self.time() if seconds is None else seconds)

    def strftime(self, form: str, moment: time.struct_time | None = None) -> str:
        return time.strftime(form, self.localtime() if moment is None else moment)

    def __getattr__(self, name: str) -> object:
        return getattr(time, name)
