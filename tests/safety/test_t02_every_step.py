"""T2, promises 1, 4, 5 and 7: a kill at every step and every system call, of the recovery too.

The work and what must hold afterwards are those of the power-cut model; here the process dies and the disk
keeps all it was given.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.audit.log import AuditLog
from appliance.backup.swap import Swaps
from appliance.store.backups import Backups
from appliance.store.config import ConfigStore
from appliance.store.edits import Edit
from appliance.store.journal import Journal
from appliance.vault.saving import Means
from tests.safety import calls, kills
from tests.safety.chance import spread
from tests.safety.powercut.scenario import box_in, playground, record, start_again
from tests.safety.powercut.scenarios import SCENARIOS
from tests.safety.scale import LEVEL, scale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.safety.powercut.scenario import Trace

CALLS = scale(2, 15, 0)
"""Kills of each scenario, every class of calls in turn; nightly takes every call."""
QUICK = ("command", "recovery, creation cut off at j4-config-saved")

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform != "linux", reason="records fsync, which macOS does by another call"),
]
scenarios = pytest.mark.parametrize("name", QUICK if LEVEL == "quick" else SCENARIOS)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Memory to work in."""
    with playground() as made:
        yield made


def work_of(trace: Trace) -> kills.Work:
    """The scenario's own work, with the hook given to whatever has one."""

    def work(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        for kind in (ConfigStore, Journal, Backups, AuditLog, Means, Swaps):
            give(kind, hook)
        trace.scenario.run(box_in(trace.home), acknowledge)

    return work


def give(kind: type, hook: Callable[[str], None]) -> None:
    """Make `hook` the one that `kind` uses when it is given none."""
    whole = getattr(kind, "__init__")  # noqa: B009 - mypy trusts no __init__ of a class it only knows as one

    def with_hook(self: object, *args: object, **options: object) -> None:
        if "hook" in signature.parameters and "hook" not in signature.bind(self, *args, **options).arguments:
            options["hook"] = hook
        whole(self, *args, **options)

    signature = inspect.signature(whole)
    setattr(kind, "__init__", with_hook)  # noqa: B010


def check(trace: Trace, ending: kills.Ending, where: str) -> None:
    """The promises hold, and another writer need not wait for the dead one."""
    assert ending.error == "", f"{where}: {ending.error}"
    assert trace.broken_by(ending.acknowledged) == "", where
    start_again(trace.box())
    store = ConfigStore(box_in(trace.home).places, env={}, on_wait=pytest.fail)
    store.save(store.prepare([Edit(("env", "vars", "AFTER"), "x")]), operation="config.set")
    assert trace.box().leftovers() == [], where


@scenarios
def test_a_kill_at_every_step_is_made_right(name: str, folder: Path) -> None:
    trace = record(SCENARIOS[name], folder)
    work = work_of(trace)
    trace.reset()
    steps = kills.run_to_end(work).steps
    for number, step in enumerate(steps):
        trace.reset()
        ending = kills.kill_at_step(work, number)
        assert ending.killed
        check(trace, ending, f"before {step}")
    print(f"figure steps killed at, {name}: {len(steps)}")


@pytest.mark.skipif(not calls.has_strace(), reason="strace is missing or not allowed")
@scenarios
def test_a_kill_at_every_system_call_is_made_right(name: str, folder: Path) -> None:
    trace = record(SCENARIOS[name], folder)
    work = work_of(trace)
    trace.reset()
    counts = calls.count_calls(work, folder / "calls")
    moments = [(call, number) for call, count in counts.items() for number in range(1, count + 1)]
    killed = 0
    for call, number in moments if LEVEL == "nightly" else spread(moments, CALLS, itemgetter(0)):
        trace.reset()
        ending = calls.kill_at_call(work, call, number)
        check(trace, ending, f"at {call} number {number}")
        killed += ending.killed
    print(f"figure calls killed at, {name}: {killed} of {len(moments)}, of {len(counts)} classes")
    assert killed >= min(CALLS, len(moments)) // 2
