"""How long to wait before trying again: full jitter, doubling, capped (safety §8)."""

from __future__ import annotations

import random

from appliance.values import dataclass


@dataclass(frozen=True)
class Backoff:
    """Seconds between attempts."""

    base: float = 0.25
    cap: float = 30.0

    def delay(self, attempt: int, *, at_least: float = 0.0) -> float:
        """Seconds before attempt number `attempt` (from 0), never sooner than the gateway asked for."""
        ceiling = min(self.cap, self.base * 2 ** min(attempt, 32))
        return at_least + random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret
