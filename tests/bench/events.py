"""Events taken without loss: row 13 of the targets, up to the reader's queue and without a screen.

`LUNATUI_BENCH_SECONDS` sets how long the steady stream lasts (3; `make nightly` may take 60).
"""

from __future__ import annotations

import asyncio
import json
import os
import time

from websockets.asyncio.client import connect
from websockets.asyncio.server import Server, serve

from appliance.gateway.client import GatewayClient
from tests.bench.figures import Figure, Report
from tests.bench.shop import LiveGateway, live_gateway
from tests.fakes.gateway import endpoint

FLOOD = 20_000
RATE = 5_000
BATCH = 50
LENGTH = 700
"""Characters of text in an event: the median frame of the real Gateway has 975 bytes."""
PATIENCE_S = 120.0


def frames(count: int) -> list[str]:
    """Chat events as they come over the wire, none of which a later one repeats."""
    text = [{"type": "text", "text": "x" * LENGTH}]
    payload = {"runId": "r", "sessionKey": "agent:luna:main", "state": "final", "message": {"content": text}}
    return [
        json.dumps({"type": "event", "event": "chat", "payload": payload, "seq": number})
        for number in range(1, count + 1)
    ]


def measure(report: Report, rounds: int) -> None:
    """Row 13 of the targets."""
    ours, bare = [], []
    for _ in range(max(2, rounds // 3)):
        sent = frames(FLOOD)
        with live_gateway() as gateway:
            bare.append(asyncio.run(_bare(gateway, sent)))
            seconds, lost = asyncio.run(_taken(gateway, sent, rate=0))
        ours.append(seconds)
    report.pair("13", f"{FLOOD} events up to the reader, CPU s", ours, bare, 2.0, "bare recv")
    report.add(Figure("13", "lost in a flood", lost, "events", 0))
    span = float(os.environ.get("LUNATUI_BENCH_SECONDS", "3"))
    with live_gateway() as gateway:
        _, lost = asyncio.run(_taken(gateway, frames(round(RATE * span)), rate=RATE))
    report.add(Figure("13", f"lost at {RATE} events/s for {span:.0f} s", lost, "events", 0))


async def _bare(gateway: LiveGateway, sent: list[str]) -> float:
    """CPU seconds a bare socket needs for them; the sender has the gateway's thread, as it has for ours."""

    async def tell(connection: object) -> None:
        for frame in sent:
            await connection.send(frame)  # type: ignore[attr-defined]  # the library's connection

    async def listen() -> Server:
        return await serve(tell, "127.0.0.1", 0, compression=None)

    async def end() -> None:
        server.close()
        await server.wait_closed()

    server = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(listen(), gateway.loop))
    port = next(iter(server.sockets)).getsockname()[1]
    async with connect(f"ws://127.0.0.1:{port}", compression=None) as connection:
        began = time.thread_time()
        for _ in sent:
            await connection.recv()
        seconds = time.thread_time() - began
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(end(), gateway.loop))
    return seconds


async def _taken(gateway: LiveGateway, sent: list[str], *, rate: int) -> tuple[float, int]:
    """CPU seconds until a reader had them all, and how many it never got; `rate` 0: as fast as they go."""
    client = GatewayClient(endpoint(port=gateway.port))
    client.start()
    await client.connected()

    async def tell() -> None:
        end, began = gateway.fake.connections[-1].end, time.perf_counter()
        for number, frame in enumerate(sent):
            if rate and not number % BATCH:
                await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            await end.send(frame)

    with client.events(lambda event: event.name == "chat") as reader:
        began = time.thread_time()
        telling = asyncio.run_coroutine_threadsafe(tell(), gateway.loop)
        try:
            async with asyncio.timeout(PATIENCE_S):
                got = 0
                while got + reader.shed < len(sent):
                    await anext(reader)
                    got += 1
        finally:
            await asyncio.wrap_future(telling)
        seconds = time.thread_time() - began
    await client.close()
    return seconds, len(sent) - got
