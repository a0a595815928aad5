"""Starting a Gateway that is there already: it is waited for, and whoever stops waiting does not stop it."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest

from appliance.engine import running
from appliance.engine.running import Fact, Running
from appliance.errors import LunaError
from appliance.ops import gateway
from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch
from appliance.ops.gateway import START, StartGateway
from launchd.spec import ServiceSpec
from tests.fakes.ports import free_port
from tests.fakes.waiting import wait_until
from tests.unit.appliance.ops.shops import SHOP, shop_box

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.api import Appliance

CALL = Call("human:rosa", "cli")


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Appliance]:
    """Its engine is a program that never listens."""
    shop = shop_box(tmp_path)
    shop.edits(gateway=SHOP["gateway"] | {"port": free_port()})
    found = shop.box
    service = ServiceSpec("silent", (sys.executable, "-c", "import time; time.sleep(600)"), tmp_path)
    monkeypatch.setattr(running, "gateway_service", lambda *_: service)
    monkeypatch.setattr(gateway, "_check_start", lambda _box: None)
    monkeypatch.setattr(found, "engine", lambda: None)
    yield found
    asyncio.run(found.supervisor.stop())


async def test_a_start_that_fails_leaves_nothing_running(box: Appliance) -> None:
    with pytest.raises(LunaError) as caught:
        await dispatch(box, START, StartGateway(patience=0.5), CALL)
    assert caught.value.code == "gateway-no-port"
    assert (await box.supervisor.status()).state == "stopped"


async def test_a_gateway_that_is_slow_to_answer_outlives_the_patience(box: Appliance) -> None:
    await box.supervisor.install(running.gateway_service(None, box.places, {}))  # type: ignore[arg-type]
    began = await box.supervisor.start()
    with pytest.raises(LunaError) as caught:
        await dispatch(box, START, StartGateway(patience=0.5), CALL)
    assert caught.value.code == "gateway-no-port"
    assert (await box.supervisor.status()).pid == began.pid


async def test_whoever_stops_waiting_does_not_stop_it(box: Appliance) -> None:
    await box.supervisor.install(running.gateway_service(None, box.places, {}))  # type: ignore[arg-type]
    began = await box.supervisor.start()
    said: list[str] = []
    call = Call("human:rosa", "cli", emit=lambda event: said.append(event.text))
    waiting = asyncio.create_task(dispatch(box, START, StartGateway(), call))
    await asyncio.to_thread(wait_until, lambda: said)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await box.supervisor.status()).pid == began.pid


async def test_none_is_started_beside_one_of_somebody_else(
    box: Appliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = (Fact("process", True, "pid 7"), Fact("port", True, "1"), Fact("ready", False, "starting"))

    async def observe(*_: object) -> Running:
        return Running(facts, 1, 7)

    monkeypatch.setattr(running, "observe", observe)
    with pytest.raises(LunaError) as caught:
        await dispatch(box, START, StartGateway(), CALL)
    assert caught.value.code == "gateway-not-ours"
    assert (await box.supervisor.status()).state == "stopped"
