"""`make bench`: all figures beside their targets; `python -m tests.bench start rows …` for some of them.

Prints and asserts nothing. `LUNATUI_BENCH_ROUNDS` sets how often a pair runs (9); `LUNATUI_BENCH_JSON` names
a file for the figures as data.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench import brains, events, outage, record, rows, screen_bytes, start, stream, traffic, verbs
from tests.bench.figures import Report

Part = Callable[[Report, int], None]
PARTS: dict[str, Part] = {
    "verbs": verbs.measure_verbs,
    "start": start.measure,
    "driver": screen_bytes.measure,
    "traffic": traffic.measure,
    "rows": rows.measure,
    "stream": stream.measure,
    "events": events.measure,
    "outage": outage.measure,
    "record": record.measure,
    "brains": brains.measure,
}


def main() -> int:
    """1 when there is no such part."""
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        print(f"No such part: {', '.join(unknown)}. There are: {', '.join(PARTS)}.")
        return 1
    rounds = int(os.environ.get("LUNATUI_BENCH_ROUNDS", "9"))
    report = Report()
    for name in wanted:
        print(f"{name}: load {os.getloadavg()[0]:.1f}", flush=True)
        PARTS[name](report, rounds)
    if path := os.environ.get("LUNATUI_BENCH_JSON"):
        report.write(Path(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
