"""T3, promises 1, 4, 5 and 7: whatever a disk may hold after a power cut, the next start makes it right.

What the product does to its files is recorded, compared with strace, and cut at every call; every state the
disk may then be found in is written into memory, started again on, and checked.
"""

from __future__ import annotations

import sys
from operator import itemgetter
from typing import TYPE_CHECKING

import pytest

from tests.safety.calls import has_strace
from tests.safety.chance import seeded, spread
from tests.safety.powercut import cross_check, sync_lines
from tests.safety.powercut.scenario import playground, record
from tests.safety.powercut.scenarios import SCENARIOS
from tests.safety.scale import LEVEL, scale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.safety.powercut.scenario import Trace
    from tests.safety.powercut.state import State

Moment = tuple[int, "State", frozenset[str]]
"""After which call, what the disk holds, and what had been said."""
STATES = scale(25, 320, 0)
"""Of each scenario that has so many, which makes 5,000 and more in CI; nightly takes every one there is."""
TEETH = scale(2, 8, 1_000)
"""Syncs that are left out, one at a time; nightly takes every one."""
COMPARED = tuple(
    {
        "quick": ("command",),
        "ci": ("first command", "ring", "creation", "removal", "record behind a torn line"),
        "nightly": SCENARIOS,
    }[LEVEL]
)
"""Scenarios that are also run under strace."""
SHARED = {
    "store/queueing.py": "a folder that holds nothing but locks need not last",
    "store/known.py:_make_folder": "where nothing is known any more, the next look begins anew",
    "audit/log.py:_fill": "the reserve is only space, and it is filled anew when it is gone",
    "vault/saving.py:thin_out": "a copy that comes back goes again with the next save",
    "vault/witness.py:remember": "a vault that is newer than the note of it is noted when it is opened next",
    "backup/restoring.py:_old_place": "the folder of the plan is made next beside it, which syncs both",
    "store/plans.py:close": "what is finished is kept for looking at; nothing depends on it",
}
"""Syncs that come with a helper and keep no promise where it is called from here."""

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform != "linux", reason="records fsync, which macOS does by another call"),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Memory to write disks into."""
    with playground() as made:
        yield made


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_state_after_a_cut_is_made_right(name: str, folder: Path) -> None:
    trace = record(SCENARIOS[name], folder)
    count, broken = 0, []
    for moment, state, said in distinct_states(trace) if LEVEL == "nightly" else some_states(trace):
        count += 1
        if found := trace.violation(state, said):
            broken.append(f"after call {moment} ({trace.ops[moment - 1].key}): {found:.300}")
    print(f"figure power cut, {name}: {count} states, {len(broken)} violations")
    assert count > 10
    assert not broken, "\n".join(broken[:5])


def distinct_states(trace: Trace) -> Iterator[Moment]:
    """Every state at every moment; one that was there before, with the same things said, is left out."""
    seen: set[tuple[bytes, frozenset[str]]] = set()
    for moment, model, said in trace.moments(fine=LEVEL == "nightly"):
        for state in model.states():
            if (state.digest, said) not in seen:
                seen.add((state.digest, said))
                yield moment, state, said


def some_states(trace: Trace) -> list[Moment]:
    """As many as asked for, spread over all moments."""
    return spread(distinct_states(trace), STATES, itemgetter(0))


def test_removing_any_single_sync_is_noticed(folder: Path) -> None:
    """The model has teeth: each line that syncs is left out in turn, and some state then breaks a promise."""
    users = users_of_syncs(folder)
    needed = [site for site in users if not is_shared(site)]
    unnoticed = []
    for site in seeded().sample(needed, min(TEETH, len(needed))):
        if not any(record(SCENARIOS[name], folder, without=site).first_violation() for name in users[site]):
            unnoticed.append(site)
    print(f"figure power cut, syncs left out: {min(TEETH, len(needed))} of {len(needed)}")
    assert not unnoticed, "\n".join(unnoticed)


def test_every_line_that_syncs_is_part_of_a_scenario(folder: Path) -> None:
    lines = {line.split()[0] for site in users_of_syncs(folder) for line in site.split(" < ")}
    assert set(sync_lines.sync_lines()) <= lines


def users_of_syncs(folder: Path) -> dict[str, list[str]]:
    """Each site of a sync and the scenarios it is part of."""
    users: dict[str, list[str]] = {}
    for name, scenario in SCENARIOS.items():
        for site in record(scenario, folder).sites:
            users.setdefault(site, []).append(name)
    return users


def is_shared(site: str) -> bool:
    """Whether it is one of `SHARED`: the file that asks, or that and the function."""
    asker, _, function = site.split(" < ")[-1].partition(" ")
    file = asker.partition(":")[0]
    return len(site.split(" < ")) > 1 and bool({file, f"{file}:{function}"} & set(SHARED))


@pytest.mark.skipif(not has_strace(), reason="strace is missing or not allowed")
@pytest.mark.parametrize("name", COMPARED)
def test_strace_saw_the_same_calls_on_the_same_files(name: str, tmp_path: Path) -> None:
    recorded, seen = cross_check.both_traces(SCENARIOS[name], tmp_path)
    assert seen == recorded
