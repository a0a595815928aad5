"""From a word leaving the Gateway to its cells on the terminal, and what watching it costs: rows 14 and 20.

The Gateway is the tests' own, in this process; it sends an answer that grows by a word at a time, first as
often as the real one does (75 ms), then 30 times a second.
"""

from __future__ import annotations

import asyncio
import random
import string
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, Report, percentile
from tests.bench.shop import LAST, LiveGateway, live_gateway, staffed
from tests.bench.terminal import Program, python

REAL_PACE_S = 0.075
WORDS = 120
BUSY_PACE_S = 1 / 30
BUSY_WORDS = 300


def word(number: int) -> str:
    """Nine letters, unlike those of any other number at nearly every place: the screen shares none of them.

    A word is looked for by its middle: an edge may be the same as what stood in the cell before.
    """
    return "".join(random.Random(f"word {number}").choices(string.ascii_lowercase, k=9))  # noqa: S311


class Answer:
    """What the Gateway says, and when it said it."""

    def __init__(self, gateway: LiveGateway, pace: float, words: int) -> None:
        self.left: dict[str, float] = {}
        """When each word was sent, by itself."""
        self._fake, self._pace, self._words = gateway.fake, pace, words
        self._task: asyncio.Task[None] | None = None
        self._history: dict[str, Any] = {"messages": [], "sessionInfo": {"hasActiveRun": True}}
        gateway.fake.handlers |= {
            "chat.send": self._begin,
            "chat.history": lambda params: {"sessionKey": params["sessionKey"], **self._history},
            "sessions.messages.subscribe": lambda params: {"subscribed": True, "key": params["key"]},
        }

    def _begin(self, params: dict[str, Any]) -> dict[str, Any]:
        self._task = asyncio.get_running_loop().create_task(self._tell(params))
        return {"runId": params["idempotencyKey"], "status": "started"}

    async def _tell(self, params: dict[str, Any]) -> None:
        connection = self._fake.connections[-1]
        run = {
            "runId": params["idempotencyKey"],
            "sessionKey": params["sessionKey"],
            "agentId": "assistant-01",
        }
        said: list[str] = []
        for number in range(self._words):
            await asyncio.sleep(self._pace)
            said.append(word(number))
            text = [{"type": "text", "text": " ".join(said)}]
            message = {"role": "assistant", "content": text}
            self.left[said[-1]] = time.perf_counter()
            await connection.event("chat", {**run, "state": "delta", "message": message})
        await connection.event("chat", {**run, "state": "final", "message": message})


def measure(report: Report, rounds: int) -> None:
    """Rows 14 and 20 of the targets."""
    with tempfile.TemporaryDirectory(prefix="lunatui-bench-") as folder, live_gateway() as gateway:
        env = staffed(Path(folder), port=gateway.port)
        with Program([*python("-m", "lunatui"), "--screen", "agents"], env) as program:
            program.until(lambda: program.seen(LAST.encode()))
            program.settle(1.5)
            program.type(b"t")
            program.settle(1.0)
            _delays(report, program, Answer(gateway, REAL_PACE_S, WORDS if rounds > 3 else WORDS // 2))
            _cpu(report, program, Answer(gateway, BUSY_PACE_S, BUSY_WORDS))
            report.add(Figure("19", "memory with a conversation", program.rss, "MiB", 60))


def _delays(report: Report, program: Program, answer: Answer) -> None:
    program.type(b"hello\r")
    delays, sizes = [], []
    for number in range(answer._words):
        middle, at = word(number)[2:-2], len(program.data)
        shown = program.until(lambda: program.seen(middle.encode(), max(0, at - 64)))  # noqa: B023 - called at once
        delays.append(1000 * (shown - answer.left[word(number)]))
        sizes.append(len(program.data) - at)
    program.settle(1.0)
    report.add(Figure("14", "word to screen p50", percentile(delays, 0.5), "ms", 8))
    report.add(Figure("14", "word to screen p99", percentile(delays, 0.99), "ms", 20))
    report.add(Figure("14", "bytes of an update", sum(sizes) / len(sizes), "B", 400))


def _cpu(report: Report, program: Program, answer: Answer) -> None:
    sent = len(program.data)
    program.type(b"hello\r")
    program.until(lambda: program.seen(word(10)[2:-2].encode(), sent))
    before, began, sent = program.cpu, time.perf_counter(), len(program.data)
    program.listen(BUSY_PACE_S * BUSY_WORDS * 0.9)
    seconds = time.perf_counter() - began
    load = 100 * (program.cpu - before) / seconds
    report.add(Figure("20", "CPU watching 30 updates a second", load, "%", 3))
    report.add(
        Figure("14", "written at 30 updates a second", (len(program.data) - sent) / seconds, "B/s", None)
    )
