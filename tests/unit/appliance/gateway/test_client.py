"""The client over an in-memory gateway: getting in, asking, listening, deadlines and limits."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import Refused, Unreachable
from appliance.gateway.client import GatewayClient
from appliance.gateway.faults import GatewayError, GatewayRefused, GatewayUnreachable, Misbehaved
from appliance.gateway.frames import USUAL_LIMIT, Event
from appliance.gateway.handshake import APPROVAL_CAPS, READ, USUAL_CAPS
from appliance.gateway.release import Support
from appliance.gateway.state import State
from tests.fakes.gateway import NO_ANSWER, NOT_PAIRED, PROTOCOL_MISMATCH, STARTING, FakeGateway, endpoint

if TYPE_CHECKING:
    from appliance.gateway.identity import Identity


def client_of(fake: FakeGateway, **options: Any) -> GatewayClient:
    return GatewayClient(endpoint(), opener=fake.opener, **options)


async def test_the_handshake_gives_a_hello_and_a_release(fake: FakeGateway, identity: Identity) -> None:
    async with client_of(fake, identity=identity) as client:
        states = [client.connection.state]
        hello = client.hello
        assert (hello.version, hello.protocol, hello.boot_id) == ("2026.9.6", 4, "boot-1")
        assert (hello.tick_ms, hello.max_payload, hello.model_configured) == (30_000, 26_214_400, True)
        assert (hello.config_path, hello.state_dir) == (
            "/home/o/.openclaw/openclaw.json",
            "/home/o/.openclaw",
        )
        assert hello.applied_config_hash == "hmac-sha256:v1:BemM"
        release = client.release
        assert (release.support, release.edits_by_file, release.has("health")) == (Support.FULL, True, True)
    states.append(client.connection.state)
    assert states == [State.CONNECTED, State.CLOSED]
    connect = fake.connections[0].connect
    assert (connect["minProtocol"], connect["maxProtocol"]) == (3, 4)
    assert connect["client"]["displayName"] == "lunatui"
    assert tuple(connect["caps"]) == USUAL_CAPS
    assert identity.token_for("127.0.0.1:18789") == "device-tok"


async def test_approval_caps_are_asked_for_only_when_wanted(fake: FakeGateway) -> None:
    async with client_of(fake, caps=(*USUAL_CAPS, *APPROVAL_CAPS), scopes=(READ,)) as client:
        assert client.can_approve
    assert fake.connections[0].connect["caps"][-3:] == list(APPROVAL_CAPS)
    assert fake.connections[0].connect["scopes"] == [READ]


async def test_answers_may_come_out_of_order(fake: FakeGateway) -> None:
    fake.handlers["slow"] = lambda _: NO_ANSWER
    async with client_of(fake) as client:
        slow = asyncio.create_task(client.call("slow"))
        await asyncio.sleep(0)
        assert await client.call("health") == {"ok": True}
        await fake.connections[0].end.send('{"type":"res","id":"1","ok":true,"payload":"late"}')
        assert await slow == "late"


async def test_no_more_than_32_calls_are_in_flight(fake: FakeGateway) -> None:
    fake.handlers["hold"] = lambda _: NO_ANSWER
    async with client_of(fake) as client:
        calls = [asyncio.create_task(client.call("hold")) for _ in range(40)]
        seen = await fake.connection()
        await fake.asked(seen, 32)
        await asyncio.gather(*(asyncio.sleep(0) for _ in range(50)))
        assert len(seen.calls) == 32
        for number in range(1, 33):
            await seen.end.send(json.dumps({"type": "res", "id": str(number), "ok": True, "payload": number}))
        await fake.asked(seen, 40)
        for call in calls[32:]:
            call.cancel()
        assert await asyncio.gather(*calls[:32]) == list(range(1, 33))


async def test_a_call_without_an_answer_ends_at_its_deadline(fake: FakeGateway) -> None:
    fake.handlers["hold"] = lambda _: NO_ANSWER
    async with client_of(fake) as client:
        with pytest.raises(GatewayUnreachable) as caught:
            await client.call("hold", timeout=0.05)
        assert caught.value.code == "gateway-stalled"
        assert "`hold` within 0.05 s" in caught.value.message
        await fake.connections[0].end.send('{"type":"res","id":"1","ok":true,"payload":"too late"}')
        assert await client.call("health") == {"ok": True}
        assert client.counters.unknown == 1


async def test_unknown_frames_and_ids_are_counted_and_ignored(fake: FakeGateway) -> None:
    async with client_of(fake) as client:
        for raw in ('{"type":"push"}', '{"type":"res","id":"x","ok":true}', '{"type":"event"}'):
            await fake.connections[0].end.send(raw)
        assert await client.call("health") == {"ok": True}
        assert client.counters.unknown == 3


async def test_an_answer_above_its_limit_fails_only_its_call(fake: FakeGateway) -> None:
    fake.handlers["big"] = lambda _: "x" * USUAL_LIMIT
    async with client_of(fake) as client:
        with pytest.raises(GatewayError) as caught:
            await client.call("big")
        assert caught.value.code == "answer-size"
        assert len(await client.call("big", large=True)) == USUAL_LIMIT
        assert client.counters.oversize == 1


async def test_an_event_reaches_every_reader_from_when_it_listens(fake: FakeGateway) -> None:
    async with client_of(fake) as client:
        seen = fake.connections[0]
        everything, ticks = client.events(), client.events(lambda event: event.name == "tick")
        await seen.event("health", {"ok": True})
        await seen.event("tick", {"ts": 1})
        assert [(await anext(everything)).name for _ in range(2)] == ["health", "tick"]
        assert (await anext(ticks)) == Event("tick", {"ts": 1}, 2)
        ticks.close()
        await seen.event("tick", {"ts": 2})
        assert (await anext(everything)).payload == {"ts": 2}
    assert [event.name async for event in everything] == ["local.closed"]


async def test_a_flood_of_5000_events_is_bounded_counted_and_blocks_nobody(fake: FakeGateway) -> None:
    async with client_of(fake) as client:
        reader = client.events()
        for number in range(5_000):
            await fake.connections[0].event("chat", {"state": "delta", "n": number})
        assert await client.call("health") == {"ok": True}
        assert len(reader) == 1_000
        assert (client.counters.events, client.counters.shed, reader.shed) == (5_000, 4_000, 4_000)


async def test_a_gap_in_the_numbers_is_told(fake: FakeGateway) -> None:
    async with client_of(fake) as client:
        events = client.events()
        await fake.connections[0].event("tick", {})
        await fake.connections[0].event("tick", {}, skip=3)
        assert [(await anext(events)).name for _ in range(3)] == ["tick", "local.gap", "tick"]
        assert client.counters.gaps == 3


async def test_a_refused_port_fails_at_once(fake: FakeGateway) -> None:
    fake.up = False
    client = client_of(fake)
    with pytest.raises(Unreachable) as caught:
        await client.connect()
    assert caught.value.code == "gateway-down"
    assert caught.value.hint == "Start it: lunatui gateway start"
    assert (client.connection.state, client.connection.code) == (State.CLOSED, "gateway-down")


async def test_a_cold_start_is_waited_for_when_asked(fake: FakeGateway) -> None:
    fake.refusals = [STARTING] * 3
    with pytest.raises(Unreachable) as caught:
        await client_of(fake).connect()
    assert caught.value.code == "gateway-starting"
    client = client_of(fake)
    assert (await client.connect(wait=20)).version == "2026.9.6"
    await client.close()


async def test_waiting_ends_with_the_last_reason(fake: FakeGateway) -> None:
    fake.up = False
    with pytest.raises(Unreachable) as caught:
        await client_of(fake).connect(wait=0.3)
    assert caught.value.code == "gateway-down"


async def test_a_silent_handshake_is_a_stall(fake: FakeGateway) -> None:
    fake.silent_handshake = True
    with pytest.raises(Unreachable) as caught:
        await client_of(fake, open_seconds=0.05).connect()
    assert caught.value.code == "gateway-stalled"


@pytest.mark.parametrize(
    ("refusal", "code"), [(NOT_PAIRED, "gateway-pairing"), (PROTOCOL_MISMATCH, "gateway-protocol")]
)
async def test_a_refusal_is_final(fake: FakeGateway, refusal: dict[str, Any], code: str) -> None:
    fake.refusals = [refusal]
    client = client_of(fake)
    with pytest.raises(GatewayError) as caught:
        await client.connect(wait=5)
    assert (caught.value.code, client.connection.code) == (code, code)


async def test_a_wrong_token_is_refused_in_words(fake: FakeGateway) -> None:
    fake.token = "another"
    with pytest.raises(Refused) as caught:
        await client_of(fake).connect()
    assert caught.value.code == "gateway-unauthorized"
    assert "tok-test" not in caught.value.message + caught.value.hint


async def test_a_changed_token_is_read_again_once(fake: FakeGateway) -> None:
    fake.token = "rotated"
    read: list[str] = []

    def reread() -> Any:
        read.append("again")
        return endpoint("rotated")

    async with client_of(fake, reread=reread) as client:
        assert client.endpoint.secret == "rotated"
    assert read == ["again"]


async def test_the_device_token_gets_in_when_the_token_does_not(
    fake: FakeGateway, identity: Identity
) -> None:
    async with client_of(fake, identity=identity):
        pass
    fake.token = "rotated"
    async with client_of(fake, identity=identity, reread=endpoint):
        pass
    assert fake.connections[1].connect["auth"] == {"deviceToken": "device-tok"}


async def test_a_dead_device_token_is_forgotten(fake: FakeGateway, identity: Identity) -> None:
    identity.keep_token("127.0.0.1:18789", "dead")
    mismatch = {"code": "INVALID_REQUEST", "message": "m", "details": {"code": "AUTH_DEVICE_TOKEN_MISMATCH"}}
    fake.token = "rotated"
    fake.refusals = [{**mismatch, "details": {"code": "AUTH_TOKEN_MISMATCH"}}, mismatch]
    with pytest.raises(GatewayRefused) as caught:
        await client_of(fake, identity=identity).connect()
    assert caught.value.details == {"code": "AUTH_TOKEN_MISMATCH"}
    assert identity.token_for("127.0.0.1:18789") == ""


async def test_a_secret_that_cannot_be_read_is_said_without_connecting(fake: FakeGateway) -> None:
    from dataclasses import replace

    unreadable = replace(endpoint(""), secret_problem="The token is kept elsewhere.")
    with pytest.raises(GatewayRefused, match="kept elsewhere"):
        await GatewayClient(unreadable, opener=fake.opener).connect()
    assert fake.connections == []


async def test_an_old_release_that_grants_no_scopes_is_met_as_backend(
    fake: FakeGateway, identity: Identity
) -> None:
    fake.scopeless_ids = {"cli"}
    async with client_of(fake, identity=identity) as client:
        assert client.hello.scopes
    assert [seen.connect["client"]["id"] for seen in fake.connections] == ["cli", "gateway-client"]
    assert "device" not in fake.connections[1].connect


@pytest.mark.parametrize("raw", ["garbage", "[]", '{"type":"res","ok":true}', "[" * 100 + "]" * 100])
async def test_garbage_ends_a_one_time_connection_as_misbehaving(fake: FakeGateway, raw: str) -> None:
    fake.handlers["hold"] = lambda _: NO_ANSWER
    async with client_of(fake) as client:
        call = asyncio.create_task(client.call("hold"))
        await asyncio.sleep(0)
        await fake.connections[0].end.send(raw)
        with pytest.raises(Misbehaved):
            await call
        assert client.connection.state is State.CLOSED
        assert client.connection.code == "gateway-misbehaving"
        with pytest.raises(GatewayUnreachable):
            await client.call("health")


async def test_a_frame_above_what_it_announced_is_misbehaving(fake: FakeGateway) -> None:
    fake.policy["maxPayload"] = 100_000
    async with client_of(fake) as client:
        events = client.events()
        await fake.connections[0].event("tick", {"x": "y" * 100_001})
        assert (await anext(events)).payload["code"] == "gateway-misbehaving"


@pytest.mark.parametrize("payload", [None, [], {}, {"protocol": "4"}])
async def test_a_hello_that_is_none_is_misbehaving(fake: FakeGateway, payload: Any) -> None:
    fake.odd_hellos = [payload]
    with pytest.raises(Misbehaved):
        await client_of(fake).connect(wait=5)


async def test_a_call_that_is_open_when_the_connection_ends_says_so(fake: FakeGateway) -> None:
    fake.handlers["hold"] = lambda _: NO_ANSWER
    async with client_of(fake) as client:
        call = asyncio.create_task(client.call("hold"))
        await asyncio.sleep(0)
        await fake.connections[0].end.close(1006)
        with pytest.raises(GatewayUnreachable) as caught:
            await call
        assert caught.value.code == "gateway-lost"
        assert "before you repeat a change" in caught.value.hint
