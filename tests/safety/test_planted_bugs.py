"""The tests work: each bug of a long list, planted on purpose, makes the test fail that is there for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.safety.planted.bug import Bug
from tests.safety.planted.bugs import BUGS
from tests.safety.powercut.recorder import ROOT
from tests.safety.scale import LEVEL

FASTEST = (
    "the oldest backup goes before the newest is there",
    "a lock that is not ours is removed",
    "a masked secret is written",
    "a record is not synced",
)
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
PLANTED = {"quick": FASTEST[:1], "ci": FASTEST, "nightly": tuple(BUGS)}[LEVEL]

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_caught(name: str) -> None:
    caught = _is_caught(BUGS[name])
    print(f"figure planted bug: {'caught' if caught else 'MISSED':7} {name} | {BUGS[name].caught_by}")
    assert caught


def test_there_are_enough_bugs() -> None:
    assert len(BUGS) >= 25


def test_each_bug_names_a_test_that_exists() -> None:
    """A test that was given another name is noticed here and not in the night."""
    named = sorted({bug.caught_by for bug in BUGS.values()})
    done = subprocess.run([*PYTEST, "--collect-only", *named], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]


def _is_caught(bug: Bug) -> bool:
    """Whether its test fails, as it runs by day, the same way each time.

    By an assertion or an error of its own: not by the clock, nor because it could not begin.
    """
    usual = {name: value for name, value in os.environ.items() if name != "LUNATUI_SEED"}
    plugin = ["-p", "tests.safety.planted.plugin"]
    done = subprocess.run(
        [*PYTEST, *plugin, "-x", "--timeout=600", bug.caught_by],
        cwd=ROOT,
        env={**usual, "LUNATUI_PLANTED": bug.name, "LUNATUI_SAFETY": "quick", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if "Failed: Timeout" in done.stdout:
        return False
    last = done.stdout.strip().rpartition("\n")[2]
    return done.returncode == 1 and " failed" in last and " error" not in last
