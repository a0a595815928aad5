"""A reader's queue: bounded, sheds first what a later event repeats, counts what it drops."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from appliance.gateway.frames import Event
from appliance.gateway.state import Counters
from appliance.gateway.stream import CLOSED, QUEUE_LIMIT, Subscription, is_lossy


def delta(number: int) -> Event:
    return Event("chat", {"state": "delta", "n": number})


def final(number: int) -> Event:
    return Event("chat", {"state": "final", "n": number})


async def drained(subscription: Subscription) -> list[Event]:
    subscription.put(Event(CLOSED, {}))
    return [event async for event in subscription][:-1]


async def test_events_come_in_their_order() -> None:
    subscription = Subscription(Counters())
    for number in range(5):
        subscription.put(delta(number))
    assert [event.payload["n"] for event in await drained(subscription)] == [0, 1, 2, 3, 4]


async def test_a_flood_keeps_every_firm_event_and_the_newest_of_the_others() -> None:
    counters = Counters()
    subscription = Subscription(counters)
    for number in range(5_000):
        subscription.put(final(number) if number % 10 == 0 else delta(number))
        assert len(subscription) <= QUEUE_LIMIT
    events = await drained(subscription)
    firm = [event.payload["n"] for event in events if not is_lossy(event)]
    assert firm == list(range(0, 5_000, 10))
    lossy = [event.payload["n"] for event in events if is_lossy(event)]
    assert lossy == sorted(lossy)
    assert lossy[-1] == 4_999
    assert (subscription.shed, counters.shed_firm) == (counters.shed, 0)
    assert counters.shed == 5_000 + 1 - QUEUE_LIMIT


async def test_firm_events_alone_are_shed_oldest_first_and_counted_as_such() -> None:
    counters = Counters()
    subscription = Subscription(counters, limit=3)
    for number in range(5):
        subscription.put(final(number))
    assert [event.payload["n"] for event in await drained(subscription)] == [3, 4]
    assert (counters.shed, counters.shed_firm) == (3, 3)


async def test_what_was_read_leaves_nothing_behind() -> None:
    prompt, lagging = Subscription(Counters(), limit=10), Subscription(Counters(), limit=10)
    lagging.put(delta(0))
    for number in range(1_000):
        for subscription in (prompt, lagging):
            subscription.put(delta(number))
            await anext(subscription)
        assert len(prompt._lossy) == 0
        assert len(lagging._lossy) <= 20


async def test_only_wanted_events_and_news_of_the_connection_are_queued() -> None:
    subscription = Subscription(Counters(), wanted=lambda event: event.name == "tick")
    for name in ("tick", "health", "local.lost"):
        subscription.put(Event(name, {}))
    assert [event.name for event in await drained(subscription)] == ["tick", "local.lost"]


async def test_a_waiting_reader_wakes_and_can_give_up() -> None:
    subscription = Subscription(Counters())
    waiting = asyncio.create_task(anext(subscription))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    subscription.put(delta(1))
    assert (await anext(subscription)).payload["n"] == 1


async def test_closing_ends_the_iteration_and_is_told_once() -> None:
    told: list[Subscription] = []
    with Subscription(Counters(), forget=told.append) as subscription:
        subscription.put(delta(1))
    subscription.close()
    subscription.put(delta(2))
    assert told == [subscription]
    assert [event async for event in subscription] == []


def test_what_can_be_repeated_is_lossy_and_decisions_are_not() -> None:
    lossy = [
        Event("tick", {}),
        delta(1),
        Event("agent", {"stream": "assistant"}),
        Event("sessions.changed", {}),
    ]
    firm = [final(1), Event("agent", {"stream": "lifecycle"}), Event("exec.approval.requested", {})]
    firm += [Event("shutdown", {}), Event("config.changed", {}), Event("chat", {"state": "error"})]
    assert all(is_lossy(event) for event in lossy)
    assert not any(is_lossy(event) for event in firm)


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 8))
def test_nothing_is_lost_uncounted(kinds: list[bool], limit: int) -> None:
    async def run() -> None:
        counters = Counters()
        subscription = Subscription(counters, limit=limit)
        for number, firm in enumerate(kinds):
            subscription.put(final(number) if firm else delta(number))
        kept = len(subscription)
        assert kept <= limit
        assert kept + counters.shed == len(kinds)
        subscription.close()

    asyncio.run(run())
