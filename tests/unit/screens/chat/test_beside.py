"""Where there is room, a conversation stands beside the place it was begun on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.errors import Unreachable
from screens.agents.screen import AgentsScreen
from screens.chat.screen import ChatScreen
from screens.chat.widgets import Say
from screens.theme import DAY, NIGHT
from screens.widgets.detail import Detail
from tests.fakes.shop import OPEN, Shop, opened, shown, until

if TYPE_CHECKING:
    from pathlib import Path

    from lunatui.tui import LunaApp

WIDE, NARROW = (120, 36), (80, 24)


def column(app: LunaApp, text: str) -> int:
    """Where the first line that holds this text has it."""
    return next(line.index(text) for line in shown(app).splitlines() if text in line)


async def test_the_place_stays_and_goes_on_being_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch, WIDE) as (app, pilot):
        await pilot.press("t")
        await until(pilot, lambda: "Say something to Luna." in shown(app))
        await until(pilot, lambda: "The shop is open." in shown(app))
        assert column(app, "The shop is open.") < column(app, "Say something to Luna.")
        shop.glance = replace(shop.glance, state="closed")
        app.desk.lookout.look_now()
        await until(pilot, lambda: "Nobody is answering" in shown(app))
        assert isinstance(app.focused, Say)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ChatScreen))
        await until(pilot, lambda: not app.screen.has_class("-beside"))


async def test_it_takes_all_of_a_window_that_became_narrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(Shop(), tmp_path, monkeypatch, WIDE) as (app, pilot):
        await pilot.press("t", *"hello")
        await until(pilot, lambda: "The shop is open." in shown(app))
        await pilot.resize_terminal(*NARROW)
        await until(pilot, lambda: "The shop is open." not in shown(app))
        assert column(app, "Say something to Luna.") < 5
        assert app.screen.query_one(Say).value == "hello"
        await pilot.resize_terminal(*WIDE)
        await until(pilot, lambda: "The shop is open." in shown(app))


async def test_beside_a_list_its_detail_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(Shop(), tmp_path, monkeypatch, WIDE) as (app, pilot):
        await pilot.press("2")
        await until(pilot, lambda: isinstance(app.screen, AgentsScreen))
        place = app.screen
        await until(pilot, lambda: place.query_one(Detail).region.width)
        app.action_talk("luna")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen) and not place.query_one(Detail).region)
        await pilot.press("escape")
        await until(pilot, lambda: place.query_one(Detail).region.width)


async def test_other_colours_reach_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(Shop(), tmp_path, monkeypatch, WIDE) as (app, pilot):
        app.theme = NIGHT.name
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen))
        app.theme = DAY.name
        for part in (app.screen_stack[-2].query_one("#frame"), app.screen.query_one("#pane")):
            await until(pilot, lambda part=part: part.background_colors[1].hex.lower() == DAY.ground)  # type: ignore[misc]


async def test_all_that_is_said_stands_in_one_column_over_what_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch, WIDE) as (app, pilot):
        await pilot.press("t", *"tea", "enter")
        await until(pilot, lambda: "chat.send" in [name for name, _ in shop.asked])
        shop.fail(Unreachable("The Gateway does not answer."))
        await until(pilot, lambda: "Press enter to" in shown(app))
        said, failed = (column(app, text) for text in ("you", "✗"))
        assert (said, column(app, "tea")) == (failed, column(app, "The engine does not answer."))
        assert next(line for line in reversed(shown(app).splitlines()) if "tea" in line).index("tea") == said


async def test_help_that_is_opened_in_the_same_moment_takes_no_room_from_the_pane(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(Shop(), tmp_path, monkeypatch, WIDE) as (app, pilot):
        place = app.screen
        app.action_talk("luna")
        app.action_help()
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen))
        assert app.screen.has_class("-pane")
        assert place.has_class("-beside")


async def test_what_wraps_beside_it_hangs_under_its_own_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    shop.glance = replace(OPEN, later=("lines",))
    async with opened(shop, tmp_path, monkeypatch, WIDE) as (app, pilot):
        await pilot.press("t")
        await until(pilot, lambda: "goes under 5 Channels" in shown(app))
        assert column(app, "goes under") == column(app, "No customer line")
