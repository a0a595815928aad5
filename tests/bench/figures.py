"""One measured figure beside its target, as a line for people and as data for `nightly.json`."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """What was measured; a ratio names both of its sides."""

    row: str
    """Number of the row in the table of targets."""
    name: str
    value: float
    unit: str
    """`x` for a ratio."""
    target: float | None = None
    """The largest value that is good enough; None: only observed."""
    ours: float | None = None
    other: float | None = None
    """What `ours` is divided by, in the same unit."""
    against: str = ""
    """What `other` is."""
    note: str = ""

    @property
    def good(self) -> bool:
        """Within the target, or without one."""
        return self.target is None or self.value <= self.target

    def line(self) -> str:
        """One row of the table; begins with `figure`, by which `make nightly` finds it."""
        target = "observed" if self.target is None else f"<= {self.target:g} {'ok' if self.good else 'ABOVE'}"
        sides = "" if self.ours is None or self.other is None else f"   {self.ours:.1f} / {self.other:.1f}"
        against = f" {self.against}" if self.against else ""
        note = f"   {self.note}" if self.note else ""
        return (
            f"figure {self.row:>3}  {self.name:52} {self.value:10.3f} {self.unit:6} {target:14}"
            f"{sides}{against}{note}"
        )


class Report:
    """Prints figures as they come and keeps them."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def add(self, figure: Figure) -> None:
        """Print and keep one."""
        self.figures.append(figure)
        print(figure.line(), flush=True)

    def pair(
        self,
        row: str,
        name: str,
        ours: Sequence[float],
        other: Sequence[float],
        target: float | None,
        against: str,
    ) -> None:
        """The ratio of two series taken in turn: of their least values; the median of the pairs is noted."""
        median = statistics.median(mine / its for mine, its in zip(ours, other, strict=True))
        best, floor = min(ours), min(other)
        self.add(
            Figure(
                row, name, best / floor, "x", target, best, floor, against, f"median of pairs {median:.2f}"
            )
        )

    def write(self, path: Path) -> None:
        """All of them with the conditions of the machine, as JSON."""
        document = {
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            "python": platform.python_version(),
            "load": os.getloadavg(),
            "above": [figure.name for figure in self.figures if not figure.good],
            "figures": [asdict(figure) for figure in self.figures],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
