"""Start of the screens: to a useful paint, to an answered key, to live data; bytes and memory then.

Every run is paired with one of the floor, in turn. A useful paint of ours shows all twenty of the staff, read
from the files; the floor's shows its one label. Programs are killed where the clock stops, and what the
kernel then says they used is the CPU figure, which a busy machine distorts less than the clock.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Figure, Report
from tests.bench.shop import LAST, live_gateway, staffed
from tests.bench.terminal import Program, python

DOWN = b"\x1b[B"
FLOOR = python(str(Path(__file__).parent / "floors" / "hello.py"))
AGAINST = "Textual hello"
OURS = str(Path(sys.executable).parent / "lunatui")
OPEN = "● open".encode()


@dataclass(frozen=True)
class Way:
    """A program, what its useful paint shows, and what a key makes it show."""

    row: str
    name: str
    argv: list[str]
    painted: bytes
    key: bytes
    answered: bytes
    target: float | None = None


HELLO = Way("", "", FLOOR, b"Hello Luna", b"x", b"Answered")
STAFF = [OURS, "--screen", "agents"]
WAYS = (
    Way("6", "20 agents on the screen", STAFF, LAST.encode(), DOWN, "▸".encode(), 1.8),
    Way("7", "live data of the Gateway", [OURS], OPEN, b"d", b"health glance", 2.1),
)


@dataclass(frozen=True)
class Started:
    """One start; milliseconds from the start of the process."""

    paint: float
    key: float
    cpu: float


def measure(report: Report, rounds: int) -> None:
    """Rows 6, 7, 8 and 19 of the targets."""
    with tempfile.TemporaryDirectory(prefix="lunatui-bench-") as folder, live_gateway() as gateway:
        env = staffed(Path(folder), port=gateway.port)
        for way in WAYS:
            _paint(report, way, rounds, env)
        _first_screen(report, STAFF, env)


def _paint(report: Report, ours: Way, rounds: int, env: Mapping[str, str]) -> None:
    mine, floors = [], []
    for number in range(rounds + 1):
        us, floor = _started(ours, env), _started(HELLO, env)
        if number:
            mine.append(us)
            floors.append(floor)
    for what, value in (("ms", lambda s: s.paint), ("CPU ms", lambda s: s.cpu)):
        series = (list(map(value, mine)), list(map(value, floors)))
        report.pair(ours.row, f"start to {ours.name}, {what}", *series, ours.target, AGAINST)
    series = ([s.key for s in mine], [s.key for s in floors])
    target = 1.9 if ours.row == "6" else None
    report.pair(ours.row, f"start over {ours.name} to an answered key, ms", *series, target, AGAINST)


def _started(way: Way, env: Mapping[str, str]) -> Started:
    """Once to the answered key; then once more to the paint alone, for the CPU it takes."""
    with Program(way.argv, env) as program:
        paint = program.until(lambda: program.seen(way.painted)) - program.started
        at = len(program.data)
        program.type(way.key)
        answer = program.until(lambda: program.seen(way.answered, at)) - program.started
    with Program(way.argv, env) as program:
        again = program.until(lambda: program.seen(way.painted)) - program.started
        cpu = program.kill()
    return Started(1000 * min(paint, again), 1000 * answer, 1000 * cpu)


def _first_screen(report: Report, argv: list[str], env: Mapping[str, str]) -> None:
    sizes, memory, floors = [], [], []
    for _ in range(3):
        with Program(argv, env) as program:
            program.until(lambda: program.seen(LAST.encode()))
            program.settle(1.0)
            sizes.append(len(program.data))
            memory.append(program.rss)
        with Program(FLOOR, env) as program:
            program.until(lambda: program.seen(b"Hello Luna"))
            program.settle()
            floors.append(program.rss)
    report.add(Figure("8", "first screen until quiet, 120x36", statistics.median(sizes), "B", 6144))
    report.add(Figure("19", "memory of the staff screen", statistics.median(memory), "MiB", 60))
    report.pair("19", "memory of the staff screen", memory, floors, None, AGAINST)
