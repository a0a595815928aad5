"""From a key to its paint among 40 brains and 200 agents, in the real program: target 50 ms at p95."""

from __future__ import annotations

import json
import random
import re
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, Report, percentile
from tests.bench.shop import staffed
from tests.bench.terminal import Program, plain, python

BRAINS, AGENTS = 40, 200
PLACES = {"providers": (BRAINS, "brain"), "agents": (AGENTS, "agent")}
"""The screens, how many rows each has, and how their names begin."""
DOWN, UP = b"\x1b[B", b"\x1b[A"
PAUSE_S = (0.05, 0.25)
TARGET_MS = 50.0
IN_SIGHT = 25
"""Where the list scrolls, only the letters that differ are written, and no name is whole any more."""


def measure(report: Report, rounds: int) -> None:
    """Down through those in sight and up again, as often as the rounds allow."""
    with tempfile.TemporaryDirectory(prefix="lunatui-bench-") as folder:
        env = staffed(Path(folder))
        _fill(Path(env["HOME"]) / ".openclaw" / "openclaw.json")
        for place, (count, name) in PLACES.items():
            delays: list[float] = []
            with Program([*python("-m", "lunatui"), "--screen", place], env) as program:
                program.until(lambda: program.seen(f"{name}-00".encode()))  # noqa: B023 - called at once
                program.settle(1.5)
                for _ in range(max(1, rounds // 3)):
                    delays += _through(program, name.encode())
            told = f"{count} {name}s: key to paint"
            report.add(Figure("L", f"{told} p95", percentile(delays, 0.95), "ms", TARGET_MS))
            report.add(Figure("L", f"{told} p50", percentile(delays, 0.5), "ms"))


def _fill(path: Path) -> None:
    value = json.loads(path.read_text())
    rows = [{"id": name, "name": name, "contextWindow": 128_000} for name in ("small", "large")]
    entry = {"baseUrl": "http://127.0.0.1:9/v1", "api": "openai-completions", "models": rows}
    value["models"]["providers"] = {f"brain-{number:02}": entry for number in range(BRAINS)}
    value["agents"]["defaults"]["model"] = {"primary": "brain-00/small"}
    names = [f"agent-{number:02}" for number in range(AGENTS)]
    value["agents"]["entries"] = {name: {"name": name, "model": "brain-01/large"} for name in names}
    value["bindings"] = [{"agentId": names[0], "match": {"channel": "whatsapp", "accountId": "*"}}]
    path.write_text(json.dumps(value))


def _through(program: Program, name: bytes) -> list[float]:
    chance = random.Random(BRAINS)  # noqa: S311 - when a key is pressed
    steps = [(DOWN, row) for row in range(1, IN_SIGHT)] + [(UP, row) for row in range(IN_SIGHT - 2, -1, -1)]
    delays = []
    for key, row in steps:
        program.listen(chance.uniform(*PAUSE_S))
        at = len(program.data)
        pressed = program.type(key)
        shown = program.until(lambda: _stands_on(program, at, name, row))  # noqa: B023 - called at once
        delays.append(1000 * (shown - pressed))
    return delays


def _stands_on(program: Program, at: int, name: bytes, row: int) -> bool:
    return re.search(rb"\xe2\x96\xb8 ?%s-%02d" % (name, row), plain(program.data[at:])) is not None
