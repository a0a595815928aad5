"""What is written to an agent is never lost, and what was sent does not come back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.errors import Unreachable
from appliance.ops.chat import Reply
from appliance.ops.chat_history import Said
from screens.chat.screen import ChatScreen
from screens.chat.widgets import Say
from tests.fakes.shop import Shop, opened, until

if TYPE_CHECKING:
    from pathlib import Path

    from lunatui.tui import LunaApp

REPLY = Reply("luna", "fine", "agent:luna:main", "run-1", 0.1, 0.2)


def is_talking(app: LunaApp) -> bool:
    return isinstance(app.screen, ChatScreen) and bool(app.screen.query(Say))


@pytest.mark.parametrize("way", [("escape",), ("f1",), ("f4", "down", "enter")])
async def test_what_was_typed_a_moment_ago_is_kept_whichever_way_one_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: tuple[str, ...]
) -> None:
    monkeypatch.setattr("screens.chat.screen.KEEP_S", 3600.0)
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        await until(pilot, lambda: is_talking(app))
        await pilot.press(*"flour", *way)
        await until(pilot, lambda: shop.draft == "flour")


async def test_it_is_kept_when_the_program_itself_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.chat.screen.KEEP_S", 3600.0)
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        await until(pilot, lambda: is_talking(app))
        await pilot.press(*"flour")
        app.action_go("health")
        await until(pilot, lambda: shop.draft == "flour" and not is_talking(app))


async def test_it_is_kept_when_the_program_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.chat.screen.KEEP_S", 3600.0)
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        await until(pilot, lambda: is_talking(app))
        await pilot.press(*"flour")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not app.is_running)
    assert shop.draft == "flour"


async def test_it_is_there_again_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        await until(pilot, lambda: is_talking(app))
        await pilot.press(*"flour", "escape")
        await until(pilot, lambda: not is_talking(app))
        shop.draft = "as it was on disk"
        await pilot.press("t")
        await until(pilot, lambda: is_talking(app) and app.screen.query_one(Say).value)
        assert app.screen.query_one(Say).value == "flour"


async def test_what_was_sent_is_no_draft_when_one_leaves_with_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t", *"pay it")
        await until(pilot, lambda: shop.draft == "pay it")
        await pilot.press("enter")
        await until(pilot, lambda: shop.asked)
        shop.finish(REPLY)
        await until(pilot, lambda: app.desk.talks["luna"].run is None)
        await pilot.press("escape")
        await until(pilot, lambda: not is_talking(app) and not shop.draft)
        await pilot.press("t")
        await until(pilot, lambda: is_talking(app))
        assert app.screen.query_one(Say).value == ""


async def test_a_message_is_a_draft_until_the_engine_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t", *"pay it", "enter")
        await until(pilot, lambda: shop.asked and shop.draft == "pay it")
        shop.emit("started", run="run-1")
        await until(pilot, lambda: not shop.draft)
        shop.fail(Unreachable("The Gateway does not answer."))
        await until(pilot, lambda: shop.draft == "pay it")
        assert app.screen.query_one(Say).value == "pay it"


async def test_what_the_engine_has_is_not_said_again_after_a_broken_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    shop.draft = "pay it"
    said = (Said("person", "pay it", 1.0),)
    shop.talk = replace(shop.talk, lines=said, run_id="run-7", text_so_far="I pay")
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        await until(pilot, lambda: shop.asked)
        await until(pilot, lambda: not app.screen.query_one(Say).value and not shop.draft)
