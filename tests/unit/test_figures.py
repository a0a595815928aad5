"""What a test measured is kept as data, also by two workers and when something fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = """
import pytest
from hypothesis import given, settings, strategies

def test_that_measures():
    print("something else")
    print("figure kills, store: 7 of 8")

def test_that_fails():
    print("figure states: 3")
    assert False, "as it should"

@settings(max_examples=12, database=None)
@given(strategies.integers())
def test_by_examples(number):
    pass

@pytest.mark.skip(reason="not here")
def test_that_is_skipped():
    pass

@pytest.fixture
def broken():
    raise OSError("no disk")

def test_that_cannot_begin(broken):
    pass
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_every_figure_is_kept(workers: str, tmp_path: Path) -> None:
    (tmp_path / "test_these.py").write_text(TESTS)
    kept = tmp_path / "kept.jsonl"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.figures", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-n", workers, f"--rootdir={tmp_path}", str(tmp_path / "test_these.py")],
        cwd=ROOT,
        env={**os.environ, "LUNATUI_FIGURES": str(kept)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    lines: list[dict[str, Any]] = [json.loads(line) for line in kept.read_text().splitlines()]
    found = {line["test"].rpartition("::")[2]: line for line in lines}
    assert {name: (line["outcome"], line["figures"]) for name, line in found.items()} == {
        "test_that_measures": ("passed", ["kills, store: 7 of 8"]),
        "test_that_fails": ("failed", ["states: 3"]),
        "test_by_examples": ("passed", ["examples of test_by_examples: 12"]),
        "test_that_is_skipped": ("skipped", []),
        "test_that_cannot_begin": ("error", []),
    }
    assert "not here" in found["test_that_is_skipped"]["why"]
    assert "no disk" in found["test_that_cannot_begin"]["why"]
