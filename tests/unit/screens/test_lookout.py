"""A change of the shop is on the screen within ten seconds; tests/bench/outage.py measures it for real."""

from __future__ import annotations

from appliance.ops.health import PROBE_S
from screens.lookout import EVERY_S, WHILE_STARTING_S

PROMISED_S = 10.0


def test_a_gateway_that_died_is_seen_in_time() -> None:
    """A look may begin just before the death, and the next one take all the time that it may have."""
    assert PROBE_S + EVERY_S + PROBE_S <= PROMISED_S
    assert WHILE_STARTING_S <= EVERY_S
