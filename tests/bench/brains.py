"""From a key to its paint among 40 brains, in the real program: 50 ms at p95 are the target."""

from __future__ import annotations

import json
import random
import re
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, Report, percentile
from tests.bench.shop import staffed
from tests.bench.terminal import Program, plain, python

BRAINS = 40
DOWN, UP = b"\x1b[B", b"\x1b[A"
PAUSE_S = (0.05, 0.25)
TARGET_MS = 50.0
IN_SIGHT = 25
"""Where the list scrolls, only the letters that differ are written, and no name is whole any more."""


def measure(report: Report, rounds: int) -> None:
    """Down through those in sight and up again, as often as the rounds allow."""
    delays: list[float] = []
    with tempfile.TemporaryDirectory(prefix="lunatui-bench-") as folder:
        env = staffed(Path(folder))
        _add_brains(Path(env["HOME"]) / ".openclaw" / "openclaw.json")
        with Program([*python("-m", "lunatui"), "--screen", "providers"], env) as program:
            program.until(lambda: program.seen(b"brain-00"))
            program.settle(1.5)
            for _ in range(max(1, rounds // 3)):
                delays += _through(program)
    report.add(Figure("L", f"{BRAINS} brains: key to paint p95", percentile(delays, 0.95), "ms", TARGET_MS))
    report.add(Figure("L", f"{BRAINS} brains: key to paint p50", percentile(delays, 0.5), "ms"))


def _add_brains(path: Path) -> None:
    value = json.loads(path.read_text())
    rows = [{"id": name, "name": name, "contextWindow": 128_000} for name in ("small", "large")]
    entry = {"baseUrl": "http://127.0.0.1:9/v1", "api": "openai-completions", "models": rows}
    value["models"]["providers"] = {f"brain-{number:02}": entry for number in range(BRAINS)}
    value["agents"]["defaults"]["model"] = {"primary": "brain-00/small"}
    path.write_text(json.dumps(value))


def _through(program: Program) -> list[float]:
    chance = random.Random(BRAINS)  # noqa: S311 - when a key is pressed
    steps = [(DOWN, row) for row in range(1, IN_SIGHT)] + [(UP, row) for row in range(IN_SIGHT - 2, -1, -1)]
    delays = []
    for key, row in steps:
        program.listen(chance.uniform(*PAUSE_S))
        at = len(program.data)
        pressed = program.type(key)
        shown = program.until(lambda: _stands_on(program, at, row))  # noqa: B023 - called at once
        delays.append(1000 * (shown - pressed))
    return delays


def _stands_on(program: Program, at: int, row: int) -> bool:
    return re.search(rb"\xe2\x96\xb8 ?brain-%02d" % row, plain(program.data[at:])) is not None
