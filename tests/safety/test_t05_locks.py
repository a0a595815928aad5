"""T5: never two holders, never a live lock stolen, an orphaned one found and cleared only when asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from appliance.errors import Conflict
from appliance.store import processes
from appliance.store.disk import Disk
from appliance.store.locks import (
    SidecarLock,
    acquire,
    clear_orphan,
    inspect_lock,
    reclaim_guard,
    sidecar_path,
)
from tests.fakes.waiting import wait_until
from tests.safety import kills
from tests.safety.scale import scale

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RACES = scale(60, 1_000, 10_000)
OLD = 120.0
"""Seconds; older than an unsigned lock may be before it counts as orphaned."""


def silent(_sentence: str) -> None:
    """Nobody is told."""


def take(path: Path, seconds: float = 5.0, on_wait: Callable[[str], None] = silent) -> SidecarLock:
    """The lock, waiting at most so long."""
    return acquire(path, time.monotonic() + seconds, Disk(), on_wait)


def dead_pid() -> int:
    """The id of a process that has just ended."""
    child = subprocess.Popen([sys.executable, "-S", "-c", "pass"])
    child.wait()
    return child.pid


def write_lock(path: Path, age: float = 0.0, **payload: object) -> None:
    """A lock as another program writes it."""
    path.write_text(json.dumps(payload, indent=2) + "\n")
    os.utime(path, (time.time() - age, time.time() - age))


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """Where the lock of a configuration stands."""
    return sidecar_path(tmp_path / "openclaw.json")


def test_what_we_write_is_what_openclaw_writes(lock: Path) -> None:
    held = take(lock)
    text = lock.read_text()
    payload = json.loads(text)
    assert set(payload) == {"pid", "createdAt", "starttime"}
    assert payload["pid"] == os.getpid()
    assert payload["starttime"] == processes.start_time(os.getpid())
    made = datetime.strptime(payload["createdAt"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC).timestamp() - made.timestamp()) < 60
    assert lock.stat().st_mode & 0o777 == 0o600
    assert held.release()
    assert list(lock.parent.iterdir()) == []


def test_a_dead_holder_gives_way_at_once(lock: Path) -> None:
    write_lock(lock, pid=dead_pid(), createdAt="2026-01-01T00:00:00.000Z", starttime=1)
    assert inspect_lock(lock).kind == "stale"
    take(lock, on_wait=pytest.fail)
    assert json.loads(lock.read_text())["pid"] == os.getpid()


def test_a_pid_that_was_given_away_again_gives_way(lock: Path) -> None:
    write_lock(lock, pid=os.getpid(), starttime=(processes.start_time(os.getpid()) or 0) + 1)
    assert inspect_lock(lock).kind == "stale"
    take(lock)


def test_a_zombie_gives_way(lock: Path) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    try:
        write_lock(lock, pid=pid)
        wait_until(lambda: inspect_lock(lock).kind == "stale")
    finally:
        os.waitpid(pid, 0)


def test_a_living_holder_is_never_disturbed_however_old_its_lock(lock: Path) -> None:
    write_lock(
        lock,
        age=1e7,
        pid=os.getpid(),
        createdAt="2020-01-01T00:00:00.000Z",
        starttime=processes.start_time(os.getpid()),
    )
    before = lock.read_bytes()
    told: list[str] = []
    with pytest.raises(Conflict) as caught:
        take(lock, 1.3, told.append)
    assert caught.value.code == "config-locked"
    assert str(os.getpid()) in caught.value.message
    assert processes.program(os.getpid()) in caught.value.message
    assert len(told) == 1
    assert lock.read_bytes() == before
    with pytest.raises(Conflict):
        clear_orphan(lock)
    assert lock.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"[]", b'{"createdAt": "x"}', b'{"pid": "7"}', b'{"pid": -1}']
)
def test_an_unsigned_lock_waits_a_minute_and_then_only_goes_when_asked(lock: Path, content: bytes) -> None:
    lock.write_bytes(content)
    assert inspect_lock(lock).kind == "live"
    os.utime(lock, (time.time() - OLD, time.time() - OLD))
    state = inspect_lock(lock)
    assert (state.kind, state.clearable) == ("orphan", True)
    with pytest.raises(Conflict):
        take(lock, 0.2)
    assert lock.read_bytes() == content
    assert clear_orphan(lock).kind == "orphan"
    assert not lock.exists()
    take(lock)


def test_an_unsigned_lock_somebody_has_open_is_alive(lock: Path) -> None:
    with lock.open("wb"):
        os.utime(lock, (time.time() - OLD, time.time() - OLD))
        assert inspect_lock(lock).kind == "live"
    assert inspect_lock(lock).kind == "orphan"


@pytest.mark.parametrize("kind", ["folder", "link", "dangling"])
def test_something_that_is_no_file_is_found_and_cleared_when_asked(
    lock: Path, tmp_path: Path, kind: str
) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("precious")
    if kind == "folder":
        lock.mkdir()
        os.utime(lock, (time.time() - OLD, time.time() - OLD))
    else:
        lock.symlink_to(target if kind == "link" else tmp_path / "nothing")
        os.utime(lock, (time.time() - OLD, time.time() - OLD), follow_symlinks=False)
    with pytest.raises(Conflict):
        take(lock, 0.1)
    assert inspect_lock(lock).kind == "orphan"
    clear_orphan(lock)
    assert not os.path.lexists(lock)
    assert target.read_text() == "precious"


def test_an_orphaned_reclaim_guard_is_found_and_cleared(lock: Path) -> None:
    """OpenClaw waits for it as for a lock, and nothing of OpenClaw's ever removes it after a kill."""
    guard = reclaim_guard(lock)
    guard.mkdir()
    assert inspect_lock(lock).kind == "live"
    with pytest.raises(Conflict):
        take(lock, 0.1)
    os.utime(guard, (time.time() - OLD, time.time() - OLD))
    assert inspect_lock(lock).kind == "orphan"
    clear_orphan(lock)
    assert not guard.exists()


def test_a_lock_taken_while_somebody_reclaims_is_checked_when_he_is_done(lock: Path) -> None:
    """OpenClaw judged a stale lock, we replaced it, OpenClaw removes what it finds: we take it again."""

    others: list[subprocess.Popen[bytes]] = []
    script = f"import os; os.unlink({str(lock)!r}); os.rmdir({str(reclaim_guard(lock))!r})"

    class Meddling(Disk):
        def link(self, source: Path, target: Path) -> None:
            super().link(source, target)
            if not others:
                reclaim_guard(lock).mkdir()
                others.append(subprocess.Popen([sys.executable, "-S", "-c", script]))

    held = acquire(lock, time.monotonic() + 10, Meddling(), silent)
    assert others[0].wait() == 0
    assert json.loads(lock.read_text())["pid"] == os.getpid()
    assert held.release()


def test_release_leaves_a_lock_that_is_not_ours(lock: Path) -> None:
    held = take(lock)
    write_lock(lock, pid=1)
    assert not held.release()
    assert json.loads(lock.read_text()) == {"pid": 1}


def test_the_lock_stands_where_openclaw_looks_for_it(tmp_path: Path) -> None:
    """Links in the folder are resolved, a link that is the file itself is not."""
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "linked").symlink_to(real)
    (real / "file.json").write_text("{}")
    (real / "openclaw.json").symlink_to(real / "file.json")
    assert sidecar_path(tmp_path / "linked" / "openclaw.json") == real / "openclaw.json.lock"


@pytest.mark.timeout(900)
def test_many_takers_of_a_stale_lock_never_hold_it_together(lock: Path, tmp_path: Path) -> None:
    """Each round starts with a dead holder's lock; four take it at once and count up a number under it."""
    counter = tmp_path / "counter"
    counter.write_text("0")
    dead = dead_pid()
    rounds, takers = RACES // 20, 4

    pause = 0.0005

    def work(_hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        held = take(lock, 20)
        number = int(counter.read_text())
        time.sleep(pause)  # a holder does something while it holds
        counter.write_text(str(number + 1))
        assert held.release()
        acknowledge("done")

    for number in range(rounds):
        if not lock.exists():
            write_lock(lock, pid=dead)
        endings = kills.run_together([work] * takers)
        assert [ending.error for ending in endings] == [""] * takers
        assert int(counter.read_text()) == (number + 1) * takers
    assert [path.name for path in lock.parent.iterdir()] == ["counter"]
    print(f"figure takers of a stale lock: {rounds * takers} in {rounds} rounds, never two holders")


def test_a_kill_while_holding_frees_the_lock_for_others_at_once(lock: Path) -> None:
    def work(hook: Callable[[str], None], _acknowledge: Callable[[str], None]) -> None:
        take(lock)
        hook("held")

    assert kills.kill_at_step(work, 0).killed
    assert inspect_lock(lock).kind == "stale"
    take(lock, on_wait=pytest.fail)
