"""Out of the wizard: back to where it was opened, and on from a step that did not work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from appliance.api import Appliance
from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch
from appliance.ops.setup_draft import ANSWER, AnswerSetup
from appliance.places import Places
from appliance.profile.draft import read_draft
from lunatui.tui import LunaApp
from screens.dashboard.screen import DashboardScreen
from screens.desk import Desk
from screens.modals.failure import Failure
from screens.wizard.screen import WizardScreen
from screens.words import Words
from tests.fakes.box import environment, make_box
from tests.fakes.shop import NEW, Shop, opened, shown, until
from tests.fakes.wizard import Outside, page_of, setting_up

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("key", ["escape", "ctrl+q"])
async def test_opened_from_a_place_it_gives_way_to_that_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    shop, outside = Shop(), Outside()
    shop.glance = NEW
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        monkeypatch.setattr("screens.operation_screen.dispatch", outside.dispatch)
        await until(pilot, lambda: "▸ Set it up now" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "welcome/language")
        await until(pilot, lambda: "esc Back" in shown(app))
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, DashboardScreen))
        assert len(app.screen_stack) == 2


async def test_what_was_typed_is_kept_on_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, outside = Shop(), Outside()
    shop.glance = NEW
    await _at(tmp_path, "welcome", "name")
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        monkeypatch.setattr("screens.operation_screen.dispatch", outside.dispatch)
        await until(pilot, lambda: "▸ Set it up now" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "welcome/name")
        await pilot.press(*"Rosa", "ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, DashboardScreen))
    draft = read_draft(Places.from_environment(environment(tmp_path)))
    assert draft is not None
    assert draft.typed == "Rosa"


async def test_where_it_comes_first_it_ends_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        await until(pilot, lambda: page_of(app) == "welcome/language")
        await until(pilot, lambda: "esc Back" not in shown(app))
        await pilot.press("escape")
        assert isinstance(app.screen, WizardScreen)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not app.is_running)


@pytest.mark.parametrize("way", ["busy", "bug"])
async def test_setting_up_that_never_began_or_broke_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    outside = Outside()
    await _at(tmp_path, "finish", "apply", "name=Rosa", "kind=openai", "model=openai/gpt-6-sol")
    app = LunaApp(Desk(make_box(tmp_path), "human:test", Words()), first="wizard")
    monkeypatch.setattr("screens.operation_screen.dispatch", outside.dispatch)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            if way == "busy":
                app.run_worker(_for_ever(), name="setup.apply", group="setup.apply")
            await until(pilot, lambda: page_of(app) == "finish/apply")
            if way == "bug":
                await until(pilot, lambda: outside.asked)
                outside.fail(ZeroDivisionError())
                await until(pilot, lambda: isinstance(app.screen, Failure))
                await pilot.press("escape")
            said = "Something else is using this" if way == "busy" else "This is a mistake in this program."
            await until(pilot, lambda: said in shown(app))
            await until(pilot, lambda: "enter Try again" in shown(app))
            await until(pilot, lambda: "esc Back" in shown(app))
    except ZeroDivisionError:
        assert way == "bug"


async def _for_ever() -> None:
    await asyncio.Event().wait()


async def _at(home: Path, stage: str, field: str, *answers: str) -> None:
    """The wizard was left at this question."""
    box: Appliance = make_box(home)
    await dispatch(box, ANSWER, AnswerSetup(stage, field, answers), Call("human:test", "tui"))
