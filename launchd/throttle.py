"""When a program that ended is started again; the same rule for every supervisor of ours."""

from __future__ import annotations

from dataclasses import dataclass

HEALTHY_RUN = 6
"""A run of this many throttle intervals counts as healthy and forgets earlier crashes."""


@dataclass
class Throttle:
    """Counts quick exits and says how long to wait; like launchd, from launch to launch."""

    interval_s: float
    cap_s: float
    quick_exits: int = 0

    def is_healthy(self, lived_s: float) -> bool:
        """Whether a run of `lived_s` seconds was no failed start."""
        return lived_s >= HEALTHY_RUN * self.interval_s

    def delay_after(self, lived_s: float) -> float:
        """Seconds to wait now that a run of `lived_s` seconds has ended; doubles with each quick exit."""
        if self.is_healthy(lived_s):
            self.quick_exits = 0
        gap = min(self.interval_s * 2.0 ** min(self.quick_exits, 30), max(self.cap_s, self.interval_s))
        self.quick_exits += 1
        return max(0.0, gap - lived_s)
