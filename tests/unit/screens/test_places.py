"""What all places share: taking back, going elsewhere, and one screen at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.dom import DOMNode

from appliance.errors import NotFound
from appliance.ops.registry import every_operation
from appliance.ops.settings import BUSINESS, Business
from appliance.ops.settings_look import LOOK, OwnKeys
from appliance.ops.undo import Undone
from appliance.profile.choices import Choices
from lunatui.place_screens import screen_of
from screens.chat.screen import ChatScreen
from screens.form_screen import FormScreen
from screens.modals.confirm import Confirm
from screens.modals.failure import Failure
from screens.palette import Palette, action_for, is_offered, place_of
from screens.place import INNER_PLACES, PLACES, Place
from screens.places.settings import SettingsScreen
from tests.fakes.shop import Shop, opened, shown, until
from tests.unit.screens.desks import Answers, OneScreen, visible
from tests.unit.screens.desks import until as met

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from lunatui.tui import LunaApp

WHERE = pytest.mark.parametrize("key", ["1", "3", "6"], ids=["dashboard", "skills", "health"])


async def taking_back(app: LunaApp, pilot: Pilot[None], shop: Shop, key: str) -> None:
    await pilot.press(key)
    await until(pilot, lambda: getattr(app.screen, "place", "") == PLACES[int(key) - 1])
    await pilot.press("z")
    await until(pilot, lambda: [name for name, _ in shop.asked if name == "undo.last"])


@WHERE
async def test_what_was_taken_back_is_said_at_every_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await taking_back(app, pilot, shop, key)
        shop.finish(Undone("entry", "agents.archive", ()))
        await until(pilot, lambda: "Taken back: " in shown(app))


@WHERE
async def test_nothing_to_take_back_is_no_failure_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await taking_back(app, pilot, shop, key)
        shop.fail(NotFound("Nothing.", code="nothing-to-undo"))
        await until(pilot, lambda: "There is nothing to take back." in shown(app))
        assert not isinstance(app.screen, Failure)


@pytest.mark.parametrize("name", PLACES)
def test_the_key_that_takes_back_is_known_to_the_palette_everywhere(app_desk: Any, name: str) -> None:
    assert action_for(screen_of(app_desk, name), "undo.last") == "undo"


@pytest.mark.parametrize("advanced", ["on", "off"])
def test_everything_a_place_offers_can_be_done_there(app_desk: Any, advanced: Any) -> None:
    """What needs to know how it is now is never asked for in an empty form."""
    desk = replace(app_desk, choices=Choices(advanced=advanced))
    owners = [item for item in every_operation() if is_offered(item, desk.words, advanced=False)]
    assert {BUSINESS, LOOK} <= set(owners)
    for operation in owners:
        if (place := place_of(operation)) in PLACES:
            screen = screen_of(desk, place)
            action = action_for(screen, operation.name).partition("(")[0]
            assert action, operation.name
            assert isinstance(screen, DOMNode)
            assert hasattr(screen, f"action_{action}"), operation.name


@pytest.fixture
def app_desk(tmp_path: Path) -> Any:
    return OneScreen(SettingsScreen, tmp_path).desk


@pytest.mark.parametrize("kind", ["business", "look"])
async def test_a_setting_from_the_palette_is_asked_for_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    business = Business(name="Café Rosa", hours="Mornings")
    given = Answers({"settings.show": business, "settings.choices": Choices(), "settings.keys": OwnKeys(())})
    monkeypatch.setattr("screens.operation_screen.dispatch", given.dispatch)
    app = OneScreen(SettingsScreen, tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await met(pilot, lambda: isinstance(app.screen, SettingsScreen))
        operation = BUSINESS if kind == "business" else LOOK
        await app.screen.run_action(action_for(app.screen, operation.name))
        await met(pilot, lambda: isinstance(app.screen, FormScreen))
        if kind == "business":
            await met(pilot, lambda: "Café Rosa" in visible(app) and "Mornings" in visible(app))
        else:
            await met(pilot, lambda: "1 of 4" in visible(app))


async def test_going_elsewhere_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(Shop(), tmp_path, monkeypatch, (120, 36)) as (app, pilot):
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen))
        answers: list[bool | None] = []
        app.push_screen(Confirm(app.desk.words, "Really?"), answers.append)
        await until(pilot, lambda: "Really?" in shown(app))
        app.action_go("health")
        await until(pilot, lambda: getattr(app.screen, "place", "") == "health")
        assert [isinstance(screen, Place) for screen in app.screen_stack] == [False, True]
        await until(pilot, lambda: answers)
        assert not answers[0]


async def test_from_a_conversation_or_a_form_the_palette_does_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(Shop(), tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen))
        await pilot.press("ctrl+p", "x")
        await until(pilot, lambda: "x" in shown(app).splitlines()[-2])
        assert not any(isinstance(screen, Palette) for screen in app.screen_stack)
        await pilot.press("escape", "ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, Palette))


@pytest.mark.parametrize(("name", "leads"), INNER_PLACES.items())
async def test_esc_leads_from_an_inner_place_to_the_one_it_stands_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, leads: str
) -> None:
    async with opened(Shop(), tmp_path, monkeypatch, (120, 36)) as (app, pilot):
        app.action_go(name)
        title = app.desk.words(f"place.{name}")
        await until(pilot, lambda: getattr(app.screen, "place", "") == name and title in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: getattr(app.screen, "place", "") == leads)
