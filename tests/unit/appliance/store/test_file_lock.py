"""The lock on a file of ours: one holder, waiting with an end, freed with the process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from appliance.store.file_lock import held, take
from tests.fakes.waiting import LIMIT_S

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys, time
from pathlib import Path
from appliance.store.file_lock import take
assert take(Path(sys.argv[1]), 0.0) is not None
print("held", flush=True)
sys.stdin.read()
"""


def test_one_holds_it_and_gives_it_back(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    first = take(path, 0.0)
    assert first is not None
    assert path.stat().st_mode & 0o777 == 0o600
    assert not os.get_inheritable(first)
    assert take(path, 0.0) is None
    with held(first):
        pass
    second = take(path, 0.0)
    assert second is not None
    os.close(second)
    assert path.exists()


def test_a_wait_ends_with_its_deadline_or_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    first = take(path, 0.0)
    assert first is not None
    assert take(path, time.monotonic() + 0.1) is None
    waiting = threading.Event()
    found: list[int | None] = []

    def wait() -> None:
        waiting.set()
        found.append(take(path, time.monotonic() + LIMIT_S))

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert waiting.wait(LIMIT_S)
    os.close(first)
    waiter.join(LIMIT_S)
    assert found[0] is not None
    os.close(found[0])


def test_a_killed_holder_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert take(path, 0.0) is None
        holder.kill()
        holder.wait(LIMIT_S)
    descriptor = take(path, time.monotonic() + LIMIT_S)
    assert descriptor is not None
    os.close(descriptor)


def test_a_lock_whose_file_was_removed_is_not_taken_for_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    first = take(path, 0.0)
    assert first is not None
    path.unlink()
    second = take(path, 0.0)
    assert second is not None
    with held(first), held(second):
        assert take(path, 0.0) is None


def test_no_link_is_followed_and_no_folder_invented(tmp_path: Path) -> None:
    (tmp_path / "a.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"a\.lock"):
        take(tmp_path / "a.lock", 0.0)
    assert not (tmp_path / "elsewhere").exists()
    with pytest.raises(FileNotFoundError):
        take(tmp_path / "missing" / "a.lock", 0.0)
