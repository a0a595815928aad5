"""Runs the checks and names all that failed: `check` (no Gateway) or `test` (everything)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
COVERAGE_FLOOR = "90"
LAST_FAILED = ROOT / ".pytest_cache/v/cache/lastfailed"

STATIC = (
    ("style", [BIN / "ruff", "check", "."]),
    ("format", [BIN / "ruff", "format", "--check", "--quiet", "."]),
    ("types", [BIN / "mypy"]),
    ("imports", [BIN / "lint-imports", "--no-cache"]),
    ("secrets", [sys.executable, "dist_scripts/secret_scan.py"]),
)
PYTEST = [sys.executable, "-m", "pytest", "-q"]
TWO_AT_ONCE = ["-n", "2", "--dist", "loadfile"]
UNIT = [*PYTEST, *TWO_AT_ONCE, "-m", "not e2e and not bench", "--ignore=tests/safety"]
COVERAGE = ["--cov", "--cov-report="]
FLOOR = ("coverage", [BIN / "coverage", "report", "--format=total", f"--fail-under={COVERAGE_FLOOR}"])
# Without coverage: thousands of killed children would each pay for it.
SAFETY = ("safety", [*PYTEST, *TWO_AT_ONCE, "tests/safety", "--timeout=1800"])
# In the order of tests/e2e/conftest.py, the long ones first, and not by their number of tests.
END_TO_END = (
    "end to end",
    [*PYTEST, *TWO_AT_ONCE, "--no-loadscope-reorder", "-m", "e2e", "tests/e2e", "--timeout=600"],
)
DEBIAN_PACKAGES = {"sshd": "openssh-server", "strace": "strace", "tmux": "tmux"}
"""Programs that the tests need, and what brings them; their services are not started."""


def main() -> int:
    """0, or 1 with the failed steps named last. Each runs, so that one run of CI tells all that is wrong."""
    everything = sys.argv[1:] == ["test"]
    if everything:
        install_missing()
    unit = ("unit", [*UNIT, *(COVERAGE if everything else [])])
    steps = [*STATIC, unit, *([FLOOR] if everything else []), SAFETY, *([END_TO_END] if everything else [])]
    environment = {**os.environ, "LUNATUI_SAFETY": "ci" if everything else "quick"}
    failed = []
    for name, command in steps:
        started = time.monotonic()
        LAST_FAILED.unlink(missing_ok=True)
        code = subprocess.run([*map(str, command)], cwd=ROOT, env=environment).returncode  # noqa: S603
        seconds = time.monotonic() - started
        print(f"== {name}: {'ok' if code == 0 else 'FAILED'} in {seconds:.0f} s", flush=True)
        if code:
            failed += [f"== failed: {name}", *failed_tests()]
    print("\n".join(failed or ["== all is well"]), flush=True)
    return int(bool(failed))


def failed_tests() -> list[str]:
    """The tests that pytest noted as failed in the step just done."""
    try:
        return [f"   {test}" for test in json.loads(LAST_FAILED.read_text())]
    except FileNotFoundError:
        return []


def install_missing() -> None:
    """Bring the Debian packages that are missing, where that is possible; otherwise their tests say so."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    missing = [
        package for program, package in DEBIAN_PACKAGES.items() if not shutil.which(program, path=path)
    ]
    if not missing or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
        code = subprocess.run(["apt-get", *command], env=environment).returncode  # noqa: S603, S607
        if code:
            print(f"== {' '.join(missing)} could not be installed", flush=True)
            return


if __name__ == "__main__":
    sys.exit(main())
