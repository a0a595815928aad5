"""The table of linking a line: every pair of state and happening, and what a failure leads to."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.channels.linking import (
    COOL_SECONDS,
    ENDED,
    FAILURES,
    LIFE_SECONDS,
    MOST_FAILURES,
    MOVES,
    OFFERS_CODE,
    Happening,
    IllegalStep,
    Linking,
    State,
    begun,
)

PAIRS = list(itertools.product(State, Happening))


def at(state: State, **more: int) -> Linking:
    return Linking(state, 100.0, **more)


@pytest.mark.parametrize(("state", "happening"), PAIRS, ids=lambda item: item.value)
def test_every_pair_is_a_step_or_refused(state: State, happening: Happening) -> None:
    before = at(state)
    target = MOVES.get((state, happening))
    if target is None:
        with pytest.raises(IllegalStep):
            before.moved(happening, 200.0)
        return
    after = before.moved(happening, 200.0)
    assert (after.state, after.since) == (target, 200.0)
    assert bool(after.code_number) == (target in OFFERS_CODE)
    assert after.failures == (1 if target in FAILURES else 0)


def test_every_state_can_be_reached_and_left() -> None:
    reached = {State.CHECKING}
    while grown := {MOVES[pair] for pair in MOVES if pair[0] in reached} - reached:
        reached |= grown
    assert reached == set(State)
    left = {state for state, happening in MOVES if happening is not Happening.STOP}
    assert left == set(State) - ENDED
    used = {happening for _, happening in MOVES}
    assert used == set(Happening)


def test_the_way_there() -> None:
    way = [
        (Happening.PLUGIN_ABSENT, State.PLUGIN_MISSING),
        (Happening.INSTALL, State.INSTALLING),
        (Happening.PLUGIN_READY, State.WHOSE_NUMBER),
        (Happening.NUMBER_SAID, State.WRITING_POLICY),
        (Happening.POLICY_WRITTEN, State.STARTING),
        (Happening.CODE, State.CODE_SHOWN),
        (Happening.CODE, State.REFRESHED),
        (Happening.SCANNED, State.SCANNED),
        (Happening.RESTART, State.RESTARTING),
        (Happening.LINKED, State.SAVING),
        (Happening.CONNECTED, State.CONNECTED),
        (Happening.GREETED, State.GREETED),
        (Happening.HEARD, State.HEARD),
        (Happening.ANSWERED, State.ANSWERED),
    ]
    linking = begun(0.0)
    for happening, state in way:
        linking = linking.moved(happening, linking.since + 1)
        assert linking.state is state


def test_the_policy_always_comes_before_the_login() -> None:
    into_starting = {pair for pair, target in MOVES.items() if target is State.STARTING}
    fresh = {state for state, _ in into_starting} - FAILURES - {State.COOLING_DOWN}
    assert fresh == {State.WRITING_POLICY}


def test_a_code_has_an_age_and_the_login_an_end() -> None:
    first = at(State.STARTING).moved(Happening.CODE, 200.0)
    assert (first.code_number, first.code_age(230.0), first.time_left(230.0)) == (1, 30.0, LIFE_SECONDS - 30)
    second = first.moved(Happening.CODE, 260.0)
    assert (second.code_number, second.code_age(261.0), second.time_left(260.0)) == (
        2,
        1.0,
        LIFE_SECONDS - 60,
    )
    assert second.time_left(900.0) == 0
    scanned = second.moved(Happening.SCANNED, 262.0)
    assert (scanned.code_number, scanned.code_age(300.0)) == (0, 0.0)


def test_the_third_failure_in_a_row_cools_down() -> None:
    linking = at(State.STARTING)
    for number in range(1, MOST_FAILURES):
        linking = linking.moved(Happening.EXPIRED, 200.0, reason="expired", cause="expired")
        assert (linking.state, linking.failures) == (State.TIMED_OUT, number)
        linking = linking.moved(Happening.AGAIN, 201.0)
    last = linking.moved(Happening.FAILED, 300.0, reason="status=403", cause="rejected")
    assert (last.state, last.retry_at, last.reason) == (
        State.COOLING_DOWN,
        300.0 + COOL_SECONDS,
        "status=403",
    )
    with pytest.raises(IllegalStep):
        last.moved(Happening.AGAIN, 301.0)
    cooled = last.moved(Happening.COOLED, 300.0 + COOL_SECONDS)
    assert (cooled.state, cooled.failures, cooled.retry_at) == (State.STARTING, 0, 0.0)


@pytest.mark.parametrize("cause", ["network", "gateway", "replaced", "unstable", "stale-session", "setup"])
def test_what_whatsapp_never_heard_of_does_not_count(cause: str) -> None:
    linking = at(State.STARTING, failures=2).moved(Happening.FAILED, 200.0, cause=cause)
    assert (linking.state, linking.failures) == (State.REFUSED, 2)


def test_a_connection_clears_the_count() -> None:
    assert at(State.SAVING, failures=2).moved(Happening.CONNECTED, 1.0).failures == 0


def test_earlier_failures_count_until_their_time_is_over() -> None:
    assert begun(100.0, failures=3, retry_at=200.0).failures == 3
    assert begun(200.0, failures=3, retry_at=200.0) == begun(200.0)
    assert begun(900.0, failures=2).failures == 2


@given(
    st.lists(st.sampled_from(Happening), max_size=60), st.lists(st.floats(0, 1e6), min_size=60, max_size=60)
)
def test_whatever_happens_the_count_holds(happenings: list[Happening], clock: list[float]) -> None:
    """Against a plain model: failures in a row since the last connection or cooling down."""
    linking, failures = begun(0.0), 0
    for happening, now in zip(happenings, clock, strict=False):
        before = linking
        try:
            linking = linking.moved(happening, now)
        except IllegalStep:
            assert (before.state, happening) not in MOVES
            continue
        target = MOVES[before.state, happening]
        failures += target in FAILURES
        if target is State.CONNECTED or happening is Happening.COOLED:
            failures = 0
        assert linking.failures == failures <= MOST_FAILURES
        assert (linking.state is State.COOLING_DOWN) == (
            target in FAILURES and failures == MOST_FAILURES
        ) or (target is State.COOLING_DOWN)
        assert linking.code_age(now) >= 0
