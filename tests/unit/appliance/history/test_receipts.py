"""Results kept by idempotency key."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from appliance.errors import Conflict
from appliance.history.receipts import KEPT_SECONDS, Receipts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def receipts(tmp_path: Path) -> Receipts:
    return Receipts(tmp_path / "receipts")


def only_file(tmp_path: Path) -> Path:
    (path,) = (tmp_path / "receipts").glob("*.json")
    return path


def test_the_same_request_gets_its_result_and_another_one_a_conflict(receipts: Receipts) -> None:
    assert receipts.find("k", "d1") is None
    receipts.keep("k", "d1", {"n": 1})
    assert receipts.find("k", "d1") == {"n": 1}
    assert receipts.find("other", "d1") is None
    with pytest.raises(Conflict) as caught:
        receipts.find("k", "d2")
    assert caught.value.code == "idempotency-key-reused"


def test_any_text_is_a_key_and_never_a_path(receipts: Receipts, tmp_path: Path) -> None:
    for key in ("../../x", "a/b", "é", "\udcff", "x" * 10_000, "."):
        receipts.keep(key, "d", key)
        assert receipts.find(key, "d") == key
    assert {path.name for path in tmp_path.iterdir()} == {"receipts"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (tmp_path / "receipts").iterdir())


@pytest.mark.parametrize(("age", "known"), [(KEPT_SECONDS - 60, True), (KEPT_SECONDS + 60, False)])
def test_a_result_is_kept_for_seven_days(receipts: Receipts, tmp_path: Path, age: int, known: bool) -> None:
    receipts.keep("k", "d", 1)
    path = only_file(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "at": time.time() - age}))
    os.utime(path, (time.time() - age, time.time() - age))
    assert receipts.find("k", "d") == (1 if known else None)
    receipts.keep("other", "d", 2)
    assert path.exists() is known


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"at": "x", "digest": "d", "result": 1}'])
def test_a_receipt_that_cannot_be_read_never_lets_the_request_run_again(
    receipts: Receipts, tmp_path: Path, content: str
) -> None:
    receipts.keep("k", "d", 1)
    only_file(tmp_path).write_text(content)
    with pytest.raises(Conflict) as caught:
        receipts.find("k", "d")
    assert caught.value.code == "idempotency-key-broken"


def test_two_processes_do_not_run_the_same_key_at_once(receipts: Receipts, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from appliance.history.receipts import Receipts\n"
        "with Receipts(Path(sys.argv[1])).hold('k'):\n    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "receipts")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(Conflict) as caught, receipts.hold("k"):
            raise AssertionError
        assert caught.value.code == "idempotency-key-busy"
        with receipts.hold("another"):
            pass
        child.kill()
    with receipts.hold("k"):
        pass


def test_what_happens_in_the_hold_is_not_taken_for_a_hold_by_somebody_else(receipts: Receipts) -> None:
    def work() -> None:
        with receipts.hold("k"):
            raise BlockingIOError("the socket of the work itself")

    with pytest.raises(BlockingIOError, match="of the work itself"):
        work()
