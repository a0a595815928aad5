"""The connection's states: the table is the model, any other move changes nothing."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.gateway.backoff import Backoff
from appliance.gateway.state import MOVES, Connection, Happening, IllegalTransition, State
from appliance.gateway.watch import Watch
from tests.fakes.waiting import LIMIT_S


@given(st.lists(st.sampled_from(list(Happening)), max_size=30))
def test_any_history_follows_the_table(happenings: list[Happening]) -> None:
    seen = Connection(State.CLOSED, 0.0)
    for moment, happening in enumerate(happenings, 1):
        target = MOVES.get((seen.state, happening))
        if target is None:
            with pytest.raises(IllegalTransition):
                seen.moved(happening, now=moment)
        else:
            moved = seen.moved(happening, now=moment)
            assert moved.state is target
            assert moved.since == (seen.since if target is seen.state else moment)
            seen = moved


def test_every_state_can_be_ended_and_only_closed_can_be_begun() -> None:
    for state in State:
        assert ((state, Happening.ENDED) in MOVES) is (state is not State.CLOSED)
        assert ((state, Happening.BEGUN) in MOVES) is (state is State.CLOSED)


def test_every_state_is_reached() -> None:
    assert set(MOVES.values()) == set(State)


async def test_a_wrong_move_changes_nothing_that_is_seen() -> None:
    watch = Watch()
    before = watch.connection
    with pytest.raises(IllegalTransition):
        watch.move(Happening.HEARD)
    assert watch.connection is before


async def test_a_watcher_sees_the_latest_state() -> None:
    watch = Watch()
    changes = watch.changes()
    assert (await anext(changes)).state is State.CLOSED
    waiting = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)
    watch.move(Happening.BEGUN)
    watch.move(Happening.OPENED, "because")
    seen = await asyncio.wait_for(waiting, LIMIT_S)
    assert (seen.state, seen.reason) == (State.CONNECTED, "because")
    assert seen.last_seen is not None


@given(st.integers(0, 10_000), st.floats(0, 60))
def test_backoff_stays_within_its_bounds(attempt: int, at_least: float) -> None:
    delay = Backoff().delay(attempt, at_least=at_least)
    assert at_least <= delay <= at_least + min(30.0, 0.25 * 2 ** min(attempt, 32))


def test_backoff_grows_to_its_cap() -> None:
    tries = [max(Backoff().delay(attempt) for _ in range(200)) for attempt in (0, 3, 20)]
    assert tries[0] <= 0.25 < tries[1] <= 2.0 < 15.0 < tries[2] <= 30.0
