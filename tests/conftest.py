"""For all tests: signals arrive, also in a run started in the background; no example has a deadline.

The large figures may take a night, whatever limit a test has by day.
"""

from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings

from tests.safety.scale import LEVEL

NIGHT_S = 6 * 3600

# `nohup make test &` starts with both ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Time is measured by tests/bench alone; the rest is as hypothesis has it for this place, here or in CI.
settings.register_profile("lunatui", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lunatui")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The limit of each test at nightly scale."""
    for item in items if LEVEL == "nightly" else ():
        item.add_marker(pytest.mark.timeout(NIGHT_S), append=False)
