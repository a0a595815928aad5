"""For all tests: signals arrive, also in a run started in the background; no example has a deadline.

The large figures may take a night, whatever limit a test has by day.
"""

from __future__ import annotations

import gc
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.coverage_files import discard_cut_off
from tests.safety.scale import LEVEL

if TYPE_CHECKING:
    from collections.abc import Generator

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


def pytest_collection_finish() -> None:
    """What is there before the first test stays; what a program keeps for its whole run goes with its test.

    A worker that keeps every program it has shown grows to 1.4 GB, where a fork takes forty times as long.
    """
    gc.collect()
    gc.freeze()
    gc.freeze = lambda: None


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Before what was measured is added up: what a child left that was killed while it saved goes."""
    outcome = yield
    plugins = session.config.pluginmanager
    if plugins.hasplugin("_cov") and not hasattr(session.config, "workerinput"):
        reporter = plugins.get_plugin("terminalreporter")
        for name in discard_cut_off(session.config.rootpath):
            reporter.write_line(f"{name}: cut off while it was saved, not counted")
    return outcome
