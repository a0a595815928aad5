"""The light connection over real loopback sockets, and the same through the library: both must agree."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import Refused, Unreachable
from appliance.gateway.calls import health
from appliance.gateway.client import GatewayClient
from appliance.gateway.faults import GatewayError, GatewayUnreachable
from appliance.gateway.frames import USUAL_LIMIT
from appliance.gateway.oneshot import OneShot, run
from tests.fakes.gateway import NO_ANSWER, STARTING, FakeGateway, WireError, endpoint
from tests.fakes.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from appliance.gateway.identity import Identity


@pytest.fixture
async def port(fake: FakeGateway) -> AsyncIterator[int]:
    async with fake.listening() as port:
        yield port


async def in_thread(work: Callable[[], Any]) -> Any:
    """Blocking work beside the fake gateway's loop."""
    return await asyncio.to_thread(work)


async def test_one_question_is_asked_and_answered(fake: FakeGateway, port: int, identity: Identity) -> None:
    def work() -> Any:
        with OneShot(endpoint(port=port), identity=identity) as one:
            return one.hello.version, one.ask("health"), run(health(one)).ok

    assert await in_thread(work) == ("2026.9.6", {"ok": True}, True)
    assert fake.connections[0].connect["device"]["id"] == identity.device_id
    assert identity.token_for(f"127.0.0.1:{port}") == "device-tok"


async def test_events_on_the_way_are_skipped_and_sizes_of_all_kinds_read(
    fake: FakeGateway, port: int
) -> None:
    fake.handlers["echo"] = lambda params: params

    def work() -> list[int]:
        with OneShot(endpoint(port=port)) as one:
            return [len(one.ask("echo", {"x": "é" * size})["x"]) for size in (0, 100, 126, 70_000, 200_000)]

    asked = asyncio.create_task(in_thread(work))
    seen = await fake.connection()
    for _ in range(20):
        await seen.event("tick", {"ts": 1})
    assert await asked == [0, 100, 126, 70_000, 200_000]


async def test_refusals_deadlines_and_limits_are_the_clients_own(fake: FakeGateway, port: int) -> None:
    def refuse(_: Any) -> None:
        raise WireError("FORBIDDEN", "missing scope: operator.admin", details={"code": "MISSING_SCOPE"})

    fake.handlers |= {"no": refuse, "hold": lambda _: NO_ANSWER, "big": lambda _: "x" * USUAL_LIMIT}

    def work() -> list[str]:
        codes = []
        with OneShot(endpoint(port=port)) as one:
            for method, timeout in [("no", 30.0), ("hold", 0.05), ("big", 30.0), ("nope", 30.0)]:
                with pytest.raises(GatewayError) as caught:
                    one.ask(method, timeout=timeout)
                codes.append(caught.value.code)
            assert one.ask("health") == {"ok": True}
        return codes

    assert await in_thread(work) == ["gateway-scope", "gateway-stalled", "answer-size", "gateway-unsupported"]


async def test_a_cold_start_is_waited_for(fake: FakeGateway, port: int) -> None:
    fake.refusals = [STARTING]
    with pytest.raises(Unreachable) as caught:
        await in_thread(lambda: OneShot(endpoint(port=port)).connect())
    assert caught.value.code == "gateway-starting"
    fake.refusals = [STARTING]
    one = OneShot(endpoint(port=port))
    assert (await in_thread(lambda: one.connect(wait=20))).version == "2026.9.6"
    one.close()
    one.close()
    with pytest.raises(GatewayUnreachable):
        one.ask("health")


async def test_a_wrong_token_is_refused(port: int) -> None:
    with pytest.raises(Refused):
        await in_thread(lambda: OneShot(endpoint("wrong", port=port)).connect())


async def test_a_gateway_that_goes_away_in_the_middle_is_lost(fake: FakeGateway, port: int) -> None:
    fake.handlers["hold"] = lambda _: NO_ANSWER

    def work() -> str:
        with OneShot(endpoint(port=port)) as one, pytest.raises(GatewayUnreachable) as caught:
            one.ask("hold", timeout=20)
        return caught.value.code

    asked = asyncio.create_task(in_thread(work))
    seen = await fake.connection()
    await seen.end.close(1012, "service restart")
    assert await asked == "gateway-starting"


async def test_the_library_transport_speaks_to_the_same_gateway(fake: FakeGateway, port: int) -> None:
    fake.handlers["echo"] = lambda params: params
    async with GatewayClient(endpoint(port=port)) as client:
        assert await client.call("echo", {"x": "é" * 200_000}) == {"x": "é" * 200_000}
        events = client.events()
        await fake.connections[0].end.close(1012, "service restart")
        assert (await anext(events)).payload["code"] == "gateway-starting"


def test_nothing_listening_is_down_at_once() -> None:
    port = free_port()
    attempts: list[Callable[[], Any]] = [
        OneShot(endpoint(port=port)).connect,
        lambda: asyncio.run(GatewayClient(endpoint(port=port)).connect()),
    ]
    for attempt in attempts:
        with pytest.raises(Unreachable) as caught:
            attempt()
        assert caught.value.code == "gateway-down"
        assert caught.value.message == f"Nothing answers at 127.0.0.1:{port} (Connection refused)."


def test_a_coroutine_that_waits_needs_a_loop() -> None:
    async def waits() -> None:
        await asyncio.sleep(1)

    with pytest.raises(RuntimeError):
        run(waits())
