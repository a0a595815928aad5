"""A plugin for pytest: what a test measured, as a line of JSON when it ends, in the file `LUNATUI_FIGURES`.

A figure is a line that a test prints and that begins with `figure`; of a test by hypothesis it is the number
of examples as well. `make nightly` reads the file.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

EXAMPLES = re.compile(r"(\d+) passing")
"""In the statistics that hypothesis gives to a test."""


def pytest_configure(config: pytest.Config) -> None:
    """The file is written where all reports come together: not in a worker of xdist."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Figures(Path(os.environ["LUNATUI_FIGURES"])))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the figures of a test where a worker of xdist hands them on."""
    report = yield
    if report.when == "call":
        lines = (report.capstdout + report.capstderr).splitlines()
        figures = [line.removeprefix("figure ") for line in lines if line.startswith("figure ")]
        if counts := EXAMPLES.findall(getattr(item, "hypothesis_statistics", "")):
            figures.append(f"examples of {item.name}: {sum(map(int, counts))}")
        report.user_properties += [("figure", figure) for figure in figures]
    return report


class Figures:
    """Writes as the tests end, so that what was measured is there when the run is cut off."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One line for the test itself, and one for a fixture that did not work and for a skip."""
        if report.when != "call" and report.outcome == "passed":
            return
        line = {
            "test": report.nodeid,
            "outcome": "error" if report.failed and report.when != "call" else report.outcome,
            "seconds": round(report.duration, 1),
            "figures": [text for name, text in report.user_properties if name == "figure"],
            "why": "" if report.passed else _why(report),
        }
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _why(report: pytest.TestReport) -> str:
    """What pytest says about it in a line; of a skip its reason."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2]
    crash = getattr(report.longrepr, "reprcrash", None)
    return (crash.message if crash else report.longreprtext).strip().partition("\n")[0]
