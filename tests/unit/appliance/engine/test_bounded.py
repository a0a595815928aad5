"""A program that is asked in passing answers within bounds, or has not answered; nothing of it stays."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from appliance.engine import bounded
from appliance.engine.bounded import answer_of
from launchd.identity import group_lives
from tests.fakes.waiting import LIMIT_S

PYTHON = (sys.executable, "-I", "-S", "-c")


def asked(code: str, *args: str, seconds: float = LIMIT_S, limit: int = 1000) -> bytes | None:
    return answer_of([*PYTHON, code, *args], {}, seconds=seconds, limit=limit)


def test_the_answer_is_what_it_said() -> None:
    assert asked("print('v1')") == b"v1\n"
    assert asked("import sys; print('no', file=sys.stderr)") == b""
    assert asked("print('x' * 999)", limit=1000) == b"x" * 999 + b"\n"


def test_a_failure_is_no_answer() -> None:
    assert asked("print('v1'); raise SystemExit(3)") is None
    assert answer_of(["/nonexistent/program"], {}, seconds=1, limit=1) is None


def test_too_much_is_no_answer_and_ends_it() -> None:
    assert asked("import itertools\nfor _ in itertools.count(): print('x' * 1000, flush=True)") is None


def test_one_that_is_silent_is_ended_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it takes no notice of being asked to."""
    monkeypatch.setattr(bounded, "GRACE_S", 0.5)
    note = tmp_path / "pid"
    code = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "os.fork()\n"
        "open(sys.argv[1], 'a').write(f'{os.getpgid(0)}\\n')\n"
        "time.sleep(600)\n"
    )
    seconds = 1.0
    while not note.exists():  # a loaded machine starts it late
        assert asked(code, str(note), seconds=seconds) is None
        seconds *= 2
    groups = set(map(int, note.read_text().split()))
    deadline = time.monotonic() + LIMIT_S
    while any(map(group_lives, groups)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert os.getpgid(0) not in groups


def test_one_that_left_something_behind_is_not_waited_for() -> None:
    code = "import os, time\nprint('v1', flush=True)\nif os.fork() == 0: time.sleep(600)"
    assert asked(code, seconds=1.0) is None
