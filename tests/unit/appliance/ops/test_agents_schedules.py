"""Schedules follow an agent that goes: to its heir, or to rest; and come back with it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError, Note
from appliance.ops.agents import ARCHIVE
from appliance.ops.agents_restore import ArchiveAgent
from appliance.ops.core import Nothing
from appliance.ops.undo import LAST
from tests.fakes.gateway import TOKEN, FakeGateway, WireError
from tests.unit.appliance.ops.shops import SHOP, ShopBox, shop_box

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

JOBS: dict[str, dict[str, Any]] = {
    "a": {"id": "a", "name": "Morning", "agentId": "hr", "enabled": True},
    "b": {"id": "b", "name": "Evening", "agentId": "hr", "enabled": False},
    "c": {"id": "c", "name": "Review", "agentId": "hr", "enabled": True, "declarationKey": "review:hr"},
    "d": {"id": "d", "name": "Other", "agentId": "luna", "enabled": True},
}


class Cron:
    """The Gateway's schedules, kept as it keeps them."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = json.loads(json.dumps(JOBS))
        self.refuses = ""
        """The job whose edit is refused."""

    def list(self, params: Any) -> Any:
        return {"jobs": [job for job in self.jobs.values() if job["agentId"] == params["agentId"]]}

    def update(self, params: Any) -> Any:
        if params["id"] == self.refuses:
            raise WireError("UNAVAILABLE", "not now")
        self.jobs[params["id"]] |= params["patch"]
        return self.jobs[params["id"]]

    @property
    def kept(self) -> dict[str, tuple[str, bool]]:
        return {name: (job["agentId"], job["enabled"]) for name, job in self.jobs.items()}


@pytest.fixture
def cron() -> Cron:
    return Cron()


@pytest.fixture
async def shop(tmp_path: Path, cron: Cron) -> AsyncIterator[ShopBox]:
    """A shop whose Gateway is up."""
    gateway = FakeGateway()
    numbers = iter(range(1, 10_000))

    def state(_params: Any) -> Any:
        number = str(next(numbers))
        return {"valid": True, "configRevisionHash": number, "appliedConfigHash": number, "issues": []}

    gateway.handlers |= {"cron.list": cron.list, "cron.update": cron.update, "config.get": state}
    async with gateway.listening() as port:
        shop = await asyncio.to_thread(shop_box, tmp_path)
        answers = {"gateway": {"port": port, "auth": {"mode": "token", "token": TOKEN}}}
        shop.writes(json.dumps(SHOP | answers).encode())
        yield shop
    await gateway.stop()


async def test_an_heir_gets_them_and_gives_them_back(shop: ShopBox, cron: Cron) -> None:
    plan = await asyncio.to_thread(shop.plan, ARCHIVE, ArchiveAgent("hr", "luna"))
    (note,) = (note for note in plan.warnings if isinstance(note, Note) and note.code == "schedules-move")
    assert note.facts["names"] == "Morning, Evening"
    assert cron.jobs == JOBS
    await asyncio.to_thread(shop.run, ARCHIVE, ArchiveAgent("hr", "luna"))
    moved = {"a": ("luna", True), "b": ("luna", False), "c": ("hr", True), "d": ("luna", True)}
    assert cron.kept == moved
    await asyncio.to_thread(shop.run, LAST, Nothing())
    assert cron.jobs == JOBS


async def test_without_an_heir_they_rest_until_it_is_back(shop: ShopBox, cron: Cron) -> None:
    plan = await asyncio.to_thread(shop.plan, ARCHIVE, ArchiveAgent("hr"))
    assert "Its schedules are paused: Morning." in plan.warnings
    await asyncio.to_thread(shop.run, ARCHIVE, ArchiveAgent("hr"))
    assert cron.kept["a"] == ("hr", False)
    await asyncio.to_thread(shop.run, LAST, Nothing())
    assert cron.jobs == JOBS


async def test_where_one_cannot_follow_nothing_happens(shop: ShopBox, cron: Cron) -> None:
    cron.refuses = "b"
    before = shop.value
    with pytest.raises(LunaError, match="not now"):
        await asyncio.to_thread(shop.run, ARCHIVE, ArchiveAgent("hr", "luna"))
    assert cron.jobs == JOBS
    assert shop.value == before


async def test_where_the_agent_cannot_go_they_are_given_back(
    shop: ShopBox, cron: Cron, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise LunaError("The disk is full.", code="disk-full")

    monkeypatch.setattr("appliance.store.journal.Journal.run", full)
    with pytest.raises(LunaError, match="disk is full"):
        await asyncio.to_thread(shop.run, ARCHIVE, ArchiveAgent("hr", "luna"))
    assert cron.jobs == JOBS


async def test_what_cannot_be_given_back_stays_where_it_is(shop: ShopBox, cron: Cron) -> None:
    await asyncio.to_thread(shop.run, ARCHIVE, ArchiveAgent("hr", "luna"))
    cron.refuses = "a"
    await asyncio.to_thread(shop.run, LAST, Nothing())
    assert cron.kept["a"] == ("luna", True)
    assert cron.kept["b"] == ("hr", False)
    assert shop.value["agents"]["entries"]["hr"]


def test_with_the_gateway_down_nobody_knows_and_that_is_said(tmp_path: Path) -> None:
    shop = shop_box(tmp_path)
    plan = shop.plan(ARCHIVE, ArchiveAgent("hr", "luna"))
    assert "schedules-unseen" in {note.code for note in plan.warnings if isinstance(note, Note)}
    shop.run(ARCHIVE, ArchiveAgent("hr", "luna"))
    shop.run(LAST, Nothing())
    assert "hr" in shop.value["agents"]["entries"]
