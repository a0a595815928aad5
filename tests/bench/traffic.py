"""What the real screens write: a cursor move, another place, nothing; and a live list on a bad line.

Rows 9 and 10 of the targets, 120x36. The bad line carries 9,600 bytes/s with 200 ms there and back; the list
gets 200 changes a second, most of them in sight.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from tests.bench.figures import Figure, Report, percentile
from tests.bench.shop import LAST, staffed
from tests.bench.terminal import SIZE, Program, python
from tests.unit.lunatui.driver.line import Line

DOWN = b"\x1b[B"
PLACES = ((b"3", "skills"), (b"4", "providers"), (b"1", "dashboard"), (b"2", "agents"))
RATE, DELAY = 9600.0, 0.2
IDLE_S = 20.0
STREAM_S = 10.0
PRESSES = 20
FIRST_ROW = 3
"""The line of the terminal on which the first record of the bench's list stands."""


def measure(report: Report, rounds: int) -> None:
    """Rows 9 and 10 of the targets."""
    with tempfile.TemporaryDirectory(prefix="lunatui-bench-") as folder:
        env = staffed(Path(folder))
        with Program([*python("-m", "lunatui"), "--screen", "agents"], env) as program:
            program.until(lambda: program.seen(LAST.encode()))
            program.settle(1.5)
            _moves(report, program)
            _switches(report, program)
            _idle(report, program)
    _live(report, presses=PRESSES if rounds > 3 else PRESSES // 2)


def _moves(report: Report, program: Program) -> None:
    sizes, detailed = [], []
    for _ in range(7):
        before = len(program.data)
        program.type(DOWN)
        program.until(lambda: program.seen("▸".encode(), before))  # noqa: B023 - called at once
        sizes.append(len(program.data) - before)
        program.settle()
        detailed.append(len(program.data) - before)
    report.add(Figure("9", "cursor move in the staff list", statistics.median(sizes), "B", 250))
    whole = statistics.median(detailed)
    report.add(Figure("9", "cursor move and the other agent in full", whole, "B", None))


def _switches(report: Report, program: Program) -> None:
    for key, name in PLACES:
        before = len(program.data)
        program.type(key)
        program.settle(1.0)
        report.add(Figure("9", f"to the place {name}", len(program.data) - before, "B", 6144))


def _idle(report: Report, program: Program) -> None:
    """Begins behind the turn of a minute, at which the clock changes, and ends before the next."""
    program.listen(max(0.0, 61.0 - time.time() % 60) if time.time() % 60 > 59 - IDLE_S else 0.5)
    cpu = program.cpu
    came = program.listen(IDLE_S)
    report.add(Figure("9", f"idle for {IDLE_S:.0f} s", came / IDLE_S, "B/s", 0))
    report.add(Figure("9", "idle CPU", 100 * (program.cpu - cpu) / IDLE_S, "%", 0.3))


def _live(report: Report, presses: int) -> None:
    with Line("ours 10000", "200", SIZE, rate=RATE, delay=DELAY, module="tests.bench.lists") as line:
        line.until(lambda: "agent-000000" in line.text(), 60)
        line.until(lambda: False, 3)
        before = line.terminal.bytes
        line.until(lambda: False, STREAM_S)
        rate = (line.terminal.bytes - before) / STREAM_S
        delays = [_key_delay(line, press + 1) for press in range(presses)]
    report.add(Figure("10", "list at 200 changes/s on the line", rate, "B/s", 4096))
    trips = percentile(delays, 0.95) / DELAY
    report.add(
        Figure(
            "10",
            "key visible p95 on the line",
            trips,
            "x",
            1.6,
            1000 * trips * DELAY,
            1000 * DELAY,
            "round trip",
        )
    )


def _key_delay(line: Line, row: int) -> float:
    """Seconds from a cursor key to the mark on `row` at the far end."""
    line.until(lambda: False, 0.37)
    began = time.monotonic()
    line.type("\x1b[B")
    line.until(lambda: line.terminal.line(row + FIRST_ROW)[0].text == "▸", 5)
    return time.monotonic() - began
