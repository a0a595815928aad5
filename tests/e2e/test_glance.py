"""The look at the shop against the real Gateway: open, killed, back again."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from appliance.api import Appliance
from appliance.health.models import Glance
from appliance.health.snapshot import snapshot_path
from appliance.ops.core import Call, Nothing
from appliance.ops.dispatch import dispatch
from appliance.ops.health import GLANCE
from tests.fakes.waiting import LIMIT_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import RunningGateway

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

BACK_S = 180.0
EVERY_S = 1.0


def box_of(gateway: RunningGateway) -> Appliance:
    return Appliance(gateway.places, gateway.env)


async def look(box: Appliance) -> Glance:
    return await dispatch(box, GLANCE, Nothing(), Call("human:test", "tui"))


async def look_until(box: Appliance, wanted: Callable[[Glance], bool], within: float) -> Glance:
    deadline = time.monotonic() + within
    while not wanted(found := await look(box)):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(EVERY_S)
    return found


def is_explained(found: Glance) -> bool:
    """Closed with its cause; for an instant the dying process may still hold its port, or not be missed."""
    code = found.trouble.code if found.trouble else ""
    return (found.state, code) in (("closed", "keeps-ending"), ("starting", "starting-again"))


async def test_an_open_shop_is_told_with_what_is_true(gateway: RunningGateway) -> None:
    box = box_of(gateway)
    found = await look(box)
    assert (found.state, found.trouble, found.notes) == ("open", None, ())
    assert (found.engine, found.model, found.provider) == (
        "2026.9.6",
        "practice/practice",
        "Practice model (no real AI)",
    )
    assert [agent.id for agent in found.agents] == ["luna"]
    assert found.up_since
    assert found.up_since < found.checked_at
    assert found.today
    assert (found.today.schedules_on, found.today.waiting) == (0, 0)
    before = found.today.conversations
    assert before is not None
    said = await asyncio.to_thread(gateway.lunatui, "chat", "send", "--agent", "luna", "--message", "hello")
    assert said.returncode == 0, said.stderr
    later = (await look(box_of(gateway))).today
    assert later
    assert later.conversations == 1


async def test_a_second_look_costs_no_question_and_no_write(
    gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = box_of(gateway)
    first = await look(box)
    kept = snapshot_path(box.places).stat()
    monkeypatch.setattr("appliance.health.ask.ask", lambda *_: pytest.fail("the Gateway was asked again"))
    second = await look(box)
    assert second.since == first.since
    assert snapshot_path(box.places).stat().st_ino == kept.st_ino


async def test_a_killed_gateway_is_seen_with_its_cause_and_its_return_needs_nobody(
    gateway: RunningGateway,
) -> None:
    box = box_of(gateway)
    opened = await look(box)
    service = await gateway.supervisor.status()
    assert service.pid
    os.kill(service.pid, signal.SIGKILL)
    closed = await look_until(box, is_explained, LIMIT_S)
    assert closed.last_open
    assert closed.last_open >= opened.checked_at - 1
    assert closed.today == opened.today
    assert "today" in closed.remembered
    back = await look_until(box, lambda found: found.state == "open", BACK_S)
    assert back.since
    assert opened.since
    assert back.since > opened.since
    assert back.trouble is None


async def test_a_stopped_gateway_says_since_when(gateway: RunningGateway) -> None:
    before = time.time()
    stopped = await asyncio.to_thread(gateway.lunatui, "gateway", "stop")
    assert stopped.returncode == 0, stopped.stderr
    found = await look(box_of(gateway))
    assert found.state == "closed"
    assert found.trouble
    assert (found.trouble.code, found.trouble.repair) == ("stopped", "gateway.start")
    assert found.since
    assert before <= found.since <= time.time()
