"""`make nightly`: the large figures of the safety tests and the benches, written to `nightly.json`."""

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
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RUNS = (
    (
        "safety",
        [sys.executable, "-m", "pytest", "-q", "-rA", "-m", "not e2e", "tests/safety", "--timeout=7200"],
    ),
    ("end to end", [sys.executable, "-m", "pytest", "-q", "-rA", "-m", "e2e", "--timeout=1800"]),
    ("bench", [sys.executable, "-m", "tests.bench"]),
)
SEED = re.compile(r"\bseed (\d+)")
SUMMARY = re.compile(r"^(?:=+ )?(\d+ (?:passed|failed).*?)(?: =+)?$", re.MULTILINE)


def main() -> int:
    """1 when any run failed; the file is written either way."""
    report: dict[str, Any] = {
        "commit": _git("rev-parse", "HEAD"),
        "clean": not _git("status", "--porcelain"),
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "runs": [_run(name, command) for name, command in RUNS],
    }
    path = ROOT / "nightly.json"
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"written: {path.name}")
    return 0 if all(run["ok"] for run in report["runs"]) else 1


def _run(name: str, command: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lunatui-nightly-") as folder:
        return _run_with(Path(folder) / "bench.json", name, command)


def _run_with(told: Path, name: str, command: list[str]) -> dict[str, Any]:
    """`told`: where the benches put their figures as data."""
    started = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own tests
        command,
        cwd=ROOT,
        env={**os.environ, "LUNATUI_SAFETY": "nightly", "LUNATUI_BENCH_JSON": str(told)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout, flush=True)
    figures = [line for line in done.stdout.splitlines() if "ratio" in line or line.startswith("figure")]
    return {
        "name": name,
        "ok": done.returncode == 0,
        "seconds": round(time.monotonic() - started),
        "summary": SUMMARY.findall(done.stdout)[-1:],
        "seeds": SEED.findall(done.stdout),
        "figures": figures,
        **({"bench": json.loads(told.read_text(encoding="utf-8"))} if told.exists() else {}),
    }


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
