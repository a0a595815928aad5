"""`make nightly`: the large figures of the safety tests and the benches, written to `nightly.json`.

The file is written again after each run, so that what is measured is kept when the night is cut off.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROGRESS = ROOT / "build" / "nightly"
"""A line for each test that has ended, while a part goes on."""
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "tests.figures", "-p", "no:cacheprovider"]
TWO_AT_ONCE = ["-n", "2", "--dist", "worksteal"]
BUGS = "tests/safety/test_planted_bugs.py"
FUZZ = [f"tests/safety/test_{name}.py" for name in ("t07_lossless", "t08_model", "t13_parsers")]
ELSEWHERE = [f"--ignore={path}" for path in (BUGS, *FUZZ)]
IN_FILES = ["-n", "2", "--dist", "loadfile", "-m", "not e2e and not bench", "tests/unit"]
RUNS = (
    ("planted bugs", [*PYTEST, *TWO_AT_ONCE, BUGS]),
    ("safety", [*PYTEST, *TWO_AT_ONCE, "-m", "not e2e", "tests/safety", *ELSEWHERE]),
    ("end to end", [*PYTEST, "-m", "e2e", "tests/e2e"]),
    ("bench", [sys.executable, "-m", "tests.bench"]),
    ("unit", [*PYTEST, *IN_FILES]),
    ("fuzz", [*PYTEST, *TWO_AT_ONCE, *FUZZ]),
)
"""The longest, which goes by chance, comes last."""
MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
IN_MEMORY = {"planted bugs", "safety", "fuzz"}
"""Where a sync costs nothing: what a disk may lose is for the model of the power cut."""
TOTALS = {
    "planted bugs": re.compile(r"planted bug: ()"),
    "planted bugs caught": re.compile(r"planted bug: caught()"),
    "kills at random moments": re.compile(r"kills, \w+: (\d+) "),
    "kills at steps": re.compile(r"steps killed at, .*: (\d+)"),
    "kills at system calls": re.compile(r"calls killed at, .*: (\d+) of"),
    "states after a power cut": re.compile(r"power cut, .*: (\d+) states"),
    "violations after a power cut": re.compile(r"power cut, .*: \d+ states, (\d+) violations"),
    "inputs of parsers": re.compile(r"inputs of .*: (\d+)"),
}
"""What is summed up over all tests: the number in a figure, or how often there is such a figure."""


def main() -> int:
    """1 when any run failed; the file is written either way."""
    seed = os.environ.get("LUNATUI_SEED") or str(time.time_ns())
    report: dict[str, Any] = {
        "commit": _git("rev-parse", "HEAD"),
        "clean": not _git("status", "--porcelain"),
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "seed": seed,
        "finished": "",
        "totals": {},
        "runs": [],
    }
    path = ROOT / "nightly.json"
    for name, command in RUNS:
        print(f"== {name}", flush=True)
        report["runs"].append(_run(name, command, seed))
        report["totals"] = _totals(report["runs"])
        path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    report["finished"] = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print("\n".join(_table(report)))
    print(f"written: {path.name}")
    return 0 if all(run["ok"] for run in report["runs"]) else 1


def _run(name: str, command: list[str], seed: str) -> dict[str, Any]:
    """What one run measured; what it prints goes to the terminal."""
    base = MEMORY if name in IN_MEMORY and MEMORY.is_dir() else None
    tests, bench = (PROGRESS / f"{name}.{kind}" for kind in ("tests.jsonl", "bench.json"))
    PROGRESS.mkdir(parents=True, exist_ok=True)
    for old in (tests, bench):
        old.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="night-", dir=base) as folder:
        more = {"LUNATUI_FIGURES": str(tests), "LUNATUI_BENCH_JSON": str(bench)}
        if base:
            more["TMPDIR"] = folder
        if "pytest" in command:
            command = [*command, f"--hypothesis-seed={seed}"]
        started = time.monotonic()
        done = subprocess.run(  # noqa: S603 - our own tests
            command,
            cwd=ROOT,
            env={**os.environ, "LUNATUI_SAFETY": "nightly", "LUNATUI_SEED": seed, **more},
            check=False,
        )
    found = {"name": name, "ok": done.returncode == 0, "seconds": round(time.monotonic() - started)}
    if tests.exists():
        found |= _of_tests([json.loads(line) for line in tests.read_text(encoding="utf-8").splitlines()])
    if bench.exists():
        found["bench"] = json.loads(bench.read_text(encoding="utf-8"))
    return found


def _of_tests(tests: list[dict[str, Any]]) -> dict[str, Any]:
    """How many ended how, and those that measured something or did not pass."""
    telling = [test for test in tests if test["figures"] or test["outcome"] != "passed"]
    return {"outcomes": Counter(test["outcome"] for test in tests), "tests": telling}


def _figures(runs: list[dict[str, Any]]) -> list[str]:
    return [figure for run in runs for test in run.get("tests", ()) for figure in test["figures"]]


def _totals(runs: list[dict[str, Any]]) -> dict[str, int]:
    figures = _figures(runs)
    found = {name: [match[1] for match in map(kind.match, figures) if match] for name, kind in TOTALS.items()}
    return {name: sum(int(number or 1) for number in numbers) for name, numbers in found.items()}


def _table(report: dict[str, Any]) -> list[str]:
    """For people: each figure, what failed, and the totals."""
    runs = report["runs"]
    return [
        *_figures(runs),
        *(f"{run['name']}: {'ok' if run['ok'] else 'FAILED'} in {run['seconds']} s" for run in runs),
        *(
            f"{test['outcome']}: {test['test']}: {test['why']}"
            for run in runs
            for test in run.get("tests", ())
            if test["outcome"] != "passed"
        ),
        *(f"{name}: {count}" for name, count in report["totals"].items()),
    ]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
