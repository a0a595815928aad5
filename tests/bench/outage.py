"""A real Gateway is killed under the dashboard: until the screen says it, and until the shop is open again.

The owner is promised the first within 10 s.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from pathlib import Path

from appliance.engine.install import install
from appliance.places import Places
from tests.bench.figures import Figure, Report
from tests.e2e.conftest import RunningGateway, home_environment, running_gateway
from tests.fakes.typist import Typist

PROMISED_S = 10.0
BACK_S = 180.0
OPEN = ("The shop is open.", "● open")


def measure(report: Report, rounds: int) -> None:
    """The slowest of some deaths, each while the screen looks at the shop as it always does."""
    deaths = max(2, rounds // 3)
    with tempfile.TemporaryDirectory(prefix="lunatui-bench-") as folder:
        home, cache = Path(folder), Places.from_environment(os.environ).cache_dir
        engine = asyncio.run(install(Places.from_environment(home_environment(home, cache))))
        with running_gateway(engine, home, cache) as gateway:
            gateway.lunatui("setup", "finish").check_returncode()
            with Typist(gateway.env) as typist:
                outages = [_outage(gateway, typist) for _ in range(deaths)]
    seen, back = zip(*outages, strict=True)
    note = f"slowest of {deaths}"
    report.add(Figure("-", "killed Gateway until the screen says it", max(seen), "s", PROMISED_S, note=note))
    report.add(Figure("-", "killed Gateway until it is open again", max(back), "s", note=note))


def _outage(gateway: RunningGateway, typist: Typist) -> tuple[float, float]:
    """Seconds from the death to the screen without its “open”, and to both of them there again."""
    typist.reads_until(lambda: all(word in typist.screen for word in OPEN), seconds=BACK_S)
    service = asyncio.run(gateway.supervisor.status())
    if not service.pid:
        raise RuntimeError("the Gateway does not run")
    os.kill(service.pid, signal.SIGKILL)
    killed = time.monotonic()
    typist.reads_until(lambda: not any(word in typist.screen for word in OPEN), seconds=BACK_S)
    seen = time.monotonic() - killed
    typist.reads_until(lambda: all(word in typist.screen for word in OPEN), seconds=BACK_S)
    return seen, time.monotonic() - killed
