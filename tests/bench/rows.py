"""From a key to its paint in a list under a stream, and what its rows cost: rows 11 and 12 of the targets.

The three programs of `lists.py` run in turn, each for a block of presses; a block's presses come at times
that have nothing to do with the stream's.
"""

from __future__ import annotations

import os
import random
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.figures import Figure, Report, percentile
from tests.bench.terminal import Program, plain, python

DOWN = b"\x1b[B"
BLOCK = 20
PAUSE_S = (0.03, 0.11)
BUSY = ((10_000, 0), (10_000, 200), (10_000, 2_000), (100_000, 0), (100_000, 200))
START_S = 60.0


@dataclass
class Presses:
    """Milliseconds from each key to its paint."""

    of: dict[tuple[str, int, int], list[float]] = field(default_factory=dict)

    def p95(self, name: str, rows: int, rate: int) -> float:
        """What 95 of 100 keys needed at most."""
        return percentile(self.of[name, rows, rate], 0.95)

    def p50(self, name: str, rows: int, rate: int) -> float:
        """What half of them needed at most."""
        return percentile(self.of[name, rows, rate], 0.5)


def measure(report: Report, rounds: int) -> None:
    """Rows 11 and 12 of the targets."""
    presses = Presses()
    for _ in range(max(1, rounds // 3)):
        for rows, rate in BUSY:
            for name in ("ours", "virtual", *(("table",) if rate and rows == 10_000 else ())):
                presses.of.setdefault((name, rows, rate), []).extend(_block(name, rows, rate))
    for rows, rate in BUSY:
        _tell(report, presses, rows, rate)
    for rate in (0, 200):
        many, few = (presses.p95("ours", rows, rate) for rows in (100_000, 10_000))
        name = f"100k rows beside 10k, {rate}/s: key p95, ms"
        report.add(Figure("11", name, many / few, "x", 1.2, many, few, "10k rows"))
    _cost(report)


def _tell(report: Report, presses: Presses, rows: int, rate: int) -> None:
    what = f"{rows // 1000}k rows, {rate}/s: key"
    ours, floor = presses.p95("ours", rows, rate), presses.p95("virtual", rows, rate)
    report.add(Figure("11", f"{what} p95, ms", ours / floor, "x", 1.5, ours, floor, "virtual rows"))
    half, its = presses.p50("ours", rows, rate), presses.p50("virtual", rows, rate)
    report.add(Figure("11", f"{what} p50, ms", half / its, "x", None, half, its, "virtual rows"))
    if ("table", rows, rate) in presses.of:
        table = presses.p95("table", rows, rate)
        report.add(Figure("11", f"{what} p95, ms", ours / table, "x", 0.3, ours, table, "DataTable"))


def _block(name: str, rows: int, rate: int) -> list[float]:
    chance = random.Random(rows + rate)  # noqa: S311 - when a key is pressed
    delays = []
    with _opened(name, rows, rate) as program:
        for press in range(1, BLOCK + 1):
            program.listen(chance.uniform(*PAUSE_S))
            at = len(program.data)
            pressed = program.type(DOWN)
            shown = program.until(lambda: _moved(name, program, at, press))  # noqa: B023 - called at once
            delays.append(1000 * (shown - pressed))
    return delays


def _opened(name: str, rows: int, rate: int, env: dict[str, str] | None = None) -> Program:
    program = Program(python("-m", "tests.bench.lists", name, str(rows), str(rate)), env or dict(os.environ))
    try:
        program.until(lambda: program.seen(b"agent-000000") if rows else len(program.data) > 250, START_S)
        program.listen(0.7)
    except BaseException:
        program.kill()
        raise
    return program


def _moved(name: str, program: Program, at: int, row: int) -> bool:
    if name == "table":
        return re.search(rb"48;2;17;34;51m[^\x1b]*agent-%06d" % row, bytes(program.data[at:])) is not None
    return re.search(rb"\xe2\x96\xb8 ?agent-%06d" % row, plain(program.data[at:])) is not None


def _cost(report: Report) -> None:
    """Memory of 10k rows over none, and the time it takes to fill them in."""
    memory: dict[str, list[float]] = {}
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="lunatui-bench-") as folder:
        told = Path(folder) / "filled"
        env = {**os.environ, "FILLED": str(told)}
        for name in ("ours", "table", "virtual") * 3:
            with _opened(name, 0, 0, env) as program:
                empty = program.rss
            with _opened(name, 10_000, 0, env) as program:
                memory.setdefault(name, []).append(program.rss - empty)
            seconds.setdefault(name, []).append(1000 * float(told.read_text()))
    report.add(Figure("12", "memory of 10k rows", min(memory["ours"]), "MiB", 5))
    report.pair("12", "memory of 10k rows, MiB", memory["ours"], memory["virtual"], None, "virtual rows")
    report.pair("12", "10k rows taken, ms", seconds["ours"], seconds["table"], 0.05, "DataTable")
