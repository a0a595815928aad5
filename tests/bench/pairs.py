"""Timing whole processes in turn (A B A B …): medians, the median of the paired ratios, peak memory."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Figure

LAUNCHER = Path(__file__).parent / "launcher.py"

Command = Sequence[str] | Callable[[int], Sequence[str]]


@dataclass(frozen=True)
class Pair:
    """One of our commands beside something it is measured against."""

    row: str
    """Number of the row in the table of targets."""
    name: str
    ours: Command
    other_name: str
    other: Command
    target: float
    """The largest ratio ours / other that is good enough."""


def measure(pair: Pair, env: Mapping[str, str], rounds: int) -> Figure:
    """Run both commands `rounds` times in turn, after one round that does not count."""
    ours: list[tuple[float, float]] = []
    others: list[float] = []
    for number in range(rounds + 1):
        seconds, mib = _timed(pair.ours, number, env)
        other, _ = _timed(pair.other, number, env)
        if number:
            ours.append((seconds, mib))
            others.append(other)
    ratios = [mine / other for (mine, _), other in zip(ours, others, strict=True)]
    return Figure(
        pair.row,
        f"{pair.name}, ms",
        statistics.median(ratios),
        "x",
        pair.target,
        1000 * statistics.median(seconds for seconds, _ in ours),
        1000 * statistics.median(others),
        pair.other_name,
        f"median of pairs; ours at most {max(mib for _, mib in ours):.1f} MiB",
    )


def _timed(command: Command, number: int, env: Mapping[str, str]) -> tuple[float, float]:
    argv = list(command(number) if callable(command) else command)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(LAUNCHER), *argv], env=dict(env), capture_output=True, check=True
    )
    complaint, _, line = done.stderr.decode().rpartition("\n")
    report = json.loads(line)
    if report["code"]:
        raise RuntimeError(f"{argv[0]} … ended with {report['code']}: {complaint[-300:]}")
    return report["seconds"], report["mib"]
