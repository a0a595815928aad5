"""For all tests: signals arrive, also in a run started in the background; no example has a deadline."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# `nohup make test &` starts with both ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Time is measured by tests/bench alone; the rest is as hypothesis has it for this place, here or in CI.
settings.register_profile("lunatui", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lunatui")
