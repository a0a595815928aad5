"""Bytes and delays of the stock driver beside ours, with Textual's own widgets.

The first rows are what a terminal of 120x36 gets. The last are a table with 200 changes a second over a line
of 9,600 bytes/s and 200 ms (a bad SSH line): bytes that arrive in a second, and how long a key takes to show.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

from tests.bench.figures import Figure, Report
from tests.unit.lunatui.driver.line import Line

SIZE = (120, 36)
DOWN = "\x1b[B"
RATE, DELAY = 9600.0, 0.2
PRESSES = 20
IDLE_SECONDS = 5.0
STREAM_SECONDS = 10.0
STREAM = (
    ("10", "written", "B/s", 4096.0),
    ("10", "key to screen p50", "ms", 1600 * DELAY),
    ("10", "key to screen p95", "ms", 1600 * DELAY),
)


def measure(report: Report, rounds: int) -> None:
    """Rows 8 to 10 of the targets, for the driver alone."""
    for program in ("hello", "table", "options"):
        _row(report, "8", f"{program}: first screen", partial(_first, program), 6144)
    for program in ("table", "options"):
        _row(report, "9", f"{program}: cursor move", partial(_moves, program), 250)
    _row(report, "9", "table: to another screen", lambda driver: _switch(driver)[0], 6144)
    _row(report, "9", "table: and back", lambda driver: _switch(driver)[1], 6144)
    _row(report, "9", f"table: idle {IDLE_SECONDS:.0f} s", _idle, 0)
    stock, ours = _stream("stock"), _stream("lean")
    for row, name, unit, target in STREAM:
        place = STREAM.index((row, name, unit, target))
        note = f"stock driver {stock[place]:,.0f}"
        report.add(Figure(row, f"table on the line: {name}", ours[place], unit, target, note=note))


def _row(report: Report, row: str, name: str, measured: Callable[[str], float], target: float) -> None:
    stock = measured("stock")
    report.add(Figure(row, name, measured("lean"), "B", target, note=f"stock driver {stock:,.0f}"))


def _started(program: str, driver: str) -> Line:
    line = Line(program, driver, SIZE)
    if not line.until(lambda: "Hello" in line.text() or "agent-0" in line.text()):
        raise RuntimeError(f"{program} with {driver} did not start")
    line.settle()
    return line


def _first(program: str, driver: str) -> float:
    with _started(program, driver) as line:
        return line.terminal.bytes


def _moves(program: str, driver: str) -> float:
    """The median of a few, inside the visible part."""
    with _started(program, driver) as line:
        sizes = []
        for _ in range(5):
            before = line.terminal.bytes
            line.type(DOWN)
            line.settle()
            sizes.append(line.terminal.bytes - before)
        return statistics.median(sizes)


def _switch(driver: str) -> tuple[float, float]:
    with _started("table", driver) as line:
        marks = [line.terminal.bytes]
        for _ in range(2):
            line.type("s")
            line.settle()
            marks.append(line.terminal.bytes)
        return marks[1] - marks[0], marks[2] - marks[1]


def _idle(driver: str) -> float:
    with _started("table", driver) as line:
        before = line.terminal.bytes
        line.until(lambda: False, IDLE_SECONDS)
        return line.terminal.bytes - before


def _stream(driver: str) -> tuple[float, float, float]:
    """Bytes a second, and the median and p95 delay in ms of cursor moves while the stream runs."""
    with Line("stream", driver, SIZE, rate=RATE, delay=DELAY) as line:
        line.until(lambda: "agent-0" in line.text(), 60)
        line.until(lambda: False, 5)
        before = line.terminal.bytes
        line.until(lambda: False, STREAM_SECONDS)
        rate = (line.terminal.bytes - before) / STREAM_SECONDS
        delays = sorted(_key_delay(line, press + 1) for press in range(PRESSES))
    return rate, statistics.median(delays), delays[int(PRESSES * 0.95) - 1]


def _key_delay(line: Line, row: int) -> float:
    """Milliseconds from a cursor key to the highlight on `row` at the far end (at most 5 s are waited)."""
    line.until(lambda: False, 0.5)
    background = line.terminal.line(row + 2)[2].background
    began = time.monotonic()
    line.type(DOWN)
    line.until(lambda: line.terminal.line(row + 2)[2].background != background, 5)
    return 1000 * (time.monotonic() - began)
