"""Waiting for a state: with a deadline, and asleep, so that whoever is to bring it has the processor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_S = 60.0
"""For what takes a moment, on a machine that has much else to do."""
LOOK_S = 0.02
"""Between two looks."""


def wait_until(
    reached: Callable[[], object], says: Callable[[], object] = lambda: "the state was not reached"
) -> None:
    """Look until something is so; `says`: what the failed test tells otherwise."""
    end = time.monotonic() + LIMIT_S
    while not reached():
        assert time.monotonic() < end, says()
        time.sleep(LOOK_S)
