"""The client that stays connected: lost, restarted, silent, misbehaving, refused, closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from appliance.gateway.backoff import Backoff
from appliance.gateway.client import GatewayClient
from appliance.gateway.faults import GatewayUnreachable
from appliance.gateway.state import IllegalTransition, State
from tests.fakes.gateway import NOT_PAIRED, STARTING, FakeGateway, endpoint
from tests.fakes.waiting import LIMIT_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

QUICK = Backoff(base=0.001, cap=0.01)


@pytest.fixture
async def kept(fake: FakeGateway) -> AsyncIterator[GatewayClient]:
    client = GatewayClient(endpoint(), opener=fake.opener, backoff=QUICK)
    client.start()
    await client.connected(LIMIT_S)
    yield client
    await client.close()


async def until(client: GatewayClient, *wanted: State) -> State:
    async with asyncio.timeout(LIMIT_S):
        async for seen in client.changes():
            if seen.state in wanted:
                return seen.state
    raise AssertionError("unreachable")


async def test_a_restart_is_reconnecting_and_then_connected(fake: FakeGateway, kept: GatewayClient) -> None:
    events = kept.events()
    fake.up = False
    await fake.connections[0].event("shutdown", {"reason": "gateway restarting", "restartExpectedMs": 1500})
    await fake.connections[0].end.close(1012, "service restart")
    await until(kept, State.RECONNECTING)
    with pytest.raises(GatewayUnreachable) as caught:
        await kept.call("health")
    assert caught.value.code in ("gateway-starting", "gateway-down")
    fake.refusals = [STARTING]
    fake.up = True
    await kept.connected(60)
    assert await kept.call("health") == {"ok": True}
    assert (kept.hello.boot_id, kept.counters.reconnects) == ("boot-2", 1)
    assert [(await anext(events)).name for _ in range(3)] == ["shutdown", "local.lost", "local.connected"]


async def test_connect_can_keep_the_connection(fake: FakeGateway) -> None:
    client = GatewayClient(endpoint(), opener=fake.opener, backoff=QUICK)
    await client.connect(keep=True)
    assert client.keeps_connected
    await fake.connections[0].end.close(1006)
    await fake.connection(2)
    await client.connected(LIMIT_S)
    await client.close()
    fake.up = False
    with pytest.raises(GatewayUnreachable):
        await client.connect(keep=True)
    assert client.connection.state is State.CLOSED


async def test_a_misbehaving_gateway_is_tried_again_slowly(fake: FakeGateway) -> None:
    client = GatewayClient(endpoint(), opener=fake.opener, backoff=Backoff(base=0.001, cap=0.4))
    client.start()
    await client.connected(LIMIT_S)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await fake.connections[0].end.send("garbage")
    assert await until(client, State.MISBEHAVING) is State.MISBEHAVING
    assert client.connection.code == "gateway-misbehaving"
    await fake.connection(2)
    assert loop.time() - began >= 0.2
    await client.close()


async def test_silence_is_stuck_then_dropped_then_healed(fake: FakeGateway) -> None:
    fake.policy["tickIntervalMs"] = 60
    client = GatewayClient(endpoint(), opener=fake.opener, backoff=QUICK)
    client.start()
    await client.connected(LIMIT_S)
    await until(client, State.STUCK)
    assert client.connection.code == "gateway-stalled"
    await fake.connection(2)
    await client.close()


async def test_a_late_word_heals_a_stuck_connection(fake: FakeGateway) -> None:
    fake.policy["tickIntervalMs"] = 1_000
    client = GatewayClient(endpoint(), opener=fake.opener, backoff=QUICK)
    await client.connect()
    await until(client, State.STUCK)
    await fake.connections[0].event("tick", {})
    await until(client, State.CONNECTED)
    assert len(fake.connections) == 1
    await client.close()


async def test_a_gateway_that_accepts_but_never_answers_is_stuck(fake: FakeGateway) -> None:
    fake.silent_handshake = True
    client = GatewayClient(endpoint(), opener=fake.opener, backoff=QUICK, open_seconds=0.02)
    client.start()
    await until(client, State.STUCK)
    fake.silent_handshake = False
    await client.connected(LIMIT_S)
    await client.close()


async def test_a_refusal_ends_it_for_good(fake: FakeGateway, kept: GatewayClient) -> None:
    events = kept.events()
    fake.refusals = [NOT_PAIRED]
    await fake.connections[0].end.close(1006)
    await until(kept, State.CLOSED)
    assert kept.connection.code == "gateway-pairing"
    names = [event.name async for event in events]
    assert names == ["local.lost", "local.closed"]
    with pytest.raises(GatewayUnreachable) as caught:
        await kept.connected(1)
    assert caught.value.code == "gateway-pairing"


async def test_a_waiter_is_told_why_there_is_no_connection(fake: FakeGateway) -> None:
    fake.up = False
    client = GatewayClient(endpoint(), opener=fake.opener, backoff=QUICK)
    client.start()
    with pytest.raises(GatewayUnreachable, match="Nothing answers at"):
        await client.connected(0.05)
    await client.close()


async def test_closing_stops_trying_and_may_be_repeated(fake: FakeGateway) -> None:
    fake.up = False
    client = GatewayClient(endpoint(), opener=fake.opener, backoff=QUICK)
    client.start()
    await until(client, State.RECONNECTING)
    await client.close()
    await client.close()
    assert client.connection.state is State.CLOSED
    fake.up = True
    assert (await client.connect()).version == "2026.9.6"
    await client.close()


async def test_a_second_start_is_our_bug(kept: GatewayClient) -> None:
    with pytest.raises(IllegalTransition):
        kept.start()
    assert kept.connection.state is State.CONNECTED


async def test_a_bug_in_the_work_ends_the_connection_and_is_raised(fake: FakeGateway) -> None:
    client = GatewayClient(endpoint(), opener=fake.opener, backoff=QUICK)
    await client.connect()

    def broken(_: Any) -> bool:
        raise ZeroDivisionError

    events, bad = client.events(), client.events(broken)
    await fake.connections[0].event("tick", {})
    await until(client, State.CLOSED)
    assert [event.name async for event in events][-1] == "local.closed"
    bad.close()
    with pytest.raises(ZeroDivisionError):
        await client.close()
