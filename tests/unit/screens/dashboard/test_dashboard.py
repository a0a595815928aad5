"""The dashboard says in one sentence whether the shop is open, and offers the repair when it is not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.errors import LunaError
from appliance.health.models import Trouble
from appliance.ops.approvals import Decided, Decision, Decisions
from screens.dashboard.notice import Notice
from screens.modals.failure import Failure
from screens.providers.screen import ProvidersScreen
from screens.wizard.screen import WizardScreen
from tests.fakes.shop import NEW, OPEN, STOPPED, Shop, opened, read, shown, until

if TYPE_CHECKING:
    from pathlib import Path

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80", "120"])


@SIZES
async def test_an_open_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    async with opened(Shop(), tmp_path, monkeypatch, size) as (app, _pilot):
        text = shown(app)
    assert "Café Rosa" in text
    assert "● open" in text
    assert "The shop is open. Luna and 1 more answer on WhatsApp." in text
    assert "✓ 3 conversations" in text
    assert "✓ 2 schedules are on" in text
    assert "✓ engine 2026.9.6" in text
    assert "brain OpenAI" in text
    assert "Needs you" not in text
    assert "enter" not in text.splitlines()[-1]


@SIZES
async def test_before_the_first_look_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    shop = Shop()
    shop.glance = None
    async with opened(shop, tmp_path, monkeypatch, size) as (app, _pilot):
        text = shown(app)
    assert "Looking at the shop…" in text
    assert "◌ not checked" in text


@SIZES
async def test_a_look_that_fails_is_shown_in_place_and_r_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    shop = Shop()
    shop.glance = LunaError("~/.lunatui cannot be read.", hint="Repair its rights.", code="home-unreadable")
    async with opened(shop, tmp_path, monkeypatch, size) as (app, pilot):
        text = shown(app)
        assert "The shop could not be looked at" in text
        assert "The folder of this program cannot be read." in text
        assert "rights" not in text
        await pilot.press("d")
        await until(pilot, lambda: "Repair its rights." in shown(app))
        shop.glance = OPEN
        await pilot.press("r")
        await until(pilot, lambda: "The shop is open." in shown(app))


async def test_a_new_box_asks_to_be_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    shop.glance = NEW
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        text = shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, WizardScreen))
    assert "This box is not set up yet." in text
    assert "1 needs you" in text
    assert "▸ Set it up now" in text


async def test_without_a_brain_somebody_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    shop.glance = replace(OPEN, model="", provider="")
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        text = shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProvidersScreen))
    assert "1 needs you" in text
    assert "Your staff have no brain yet" in text
    assert "▸ Choose a brain" in text


@SIZES
async def test_a_closed_shop_is_one_card_with_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    shop = Shop()
    shop.glance = STOPPED
    async with opened(shop, tmp_path, monkeypatch, size) as (app, _pilot):
        text = shown(app)
    assert "✗ closed since" in text
    assert "Nobody is answering" in text
    assert "The engine was stopped." in text
    assert "▸ Start the engine" in text
    assert "Today" not in text
    assert "Last seen open" in text
    assert "gateway" not in text.lower()


async def test_enter_repairs_once_and_the_return_needs_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    shop.glance = STOPPED
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "… Starting the engine" in shown(app))
        assert [name for name, _ in shop.asked] == ["gateway.start"]
        shop.glance = OPEN
        shop.finish(None)
        await until(pilot, lambda: "The shop is open." in shown(app))


async def test_a_repair_that_fails_says_why_and_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    shop.glance = STOPPED
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: shop.asked)
        shop.fail(LunaError("It did not come up."))
        await until(pilot, lambda: isinstance(app.screen, Failure))
        await pilot.press("escape", "enter")
        await until(pilot, lambda: len(shop.asked) == 2)


async def test_a_repair_goes_on_while_the_place_is_left_and_is_seen_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.lookout.EVERY_S", 0.05)
    shop = Shop()
    shop.glance = STOPPED
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: shop.asked)
        await pilot.press("3")
        await until(pilot, lambda: "price lists" in shown(app))
        await pilot.press("1")
        await until(pilot, lambda: "… Starting the engine" in shown(app))
        await until(pilot, lambda: "▸" not in shown(app))
        await pilot.press("enter")
        assert [name for name, _ in shop.asked] == ["gateway.start"]
        shop.fail(LunaError("It did not come up."))
        await until(pilot, lambda: "▸ Start the engine" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: len(shop.asked) == 2)


async def test_a_repair_with_a_bug_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    shop.glance = STOPPED
    with suppress(ZeroDivisionError):  # Textual hands a test the bug when the program is closed
        async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
            await pilot.press("enter")
            await until(pilot, lambda: shop.asked)
            shop.fail(ZeroDivisionError())
            await until(pilot, lambda: isinstance(app.screen, Failure))
            await pilot.press("escape")
            await until(pilot, lambda: "▸ Start the engine" in shown(app))
            await pilot.press("enter")
            await until(pilot, lambda: len(shop.asked) == 2)


async def test_what_no_operation_repairs_names_the_culprit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = {"port": "18789", "program": "ng[b]inx\x1b[31m", "pid": "7"}
    shop = Shop()
    shop.glance = replace(STOPPED, trouble=Trouble("port-taken", "Taken.", "End it.", facts=facts))
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        text = shown(app)
        assert "(port 18789)" in text
        assert "“ng[b]inx␛[31m”" in " ".join(text.split())
        assert "▸ Look again" in text
        await pilot.press("down", "enter")
        await until(pilot, lambda: "port-taken" in shown(app))
    assert not shop.asked


async def test_details_are_on_d_and_go_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    shop.glance = STOPPED
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("d")
        await until(pilot, lambda: "lunatui gateway start" in shown(app))
        await pilot.press("d")
        await until(pilot, lambda: "lunatui gateway start" not in shown(app))


async def test_a_death_is_seen_everywhere_and_nothing_is_painted_when_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.lookout.EVERY_S", 0.01)
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        painted: list[object] = []
        card = app.screen.query_one("#card", Notice)
        monkeypatch.setattr(type(card), "update", lambda _self, text: painted.append(text))
        monkeypatch.setattr("textual.widgets.Static.update", lambda _self, text: painted.append(text))
        for number in range(20):
            shop.glance = replace(OPEN, checked_at=OPEN.checked_at + number)
            told = shop.looks + 2
            await until(pilot, lambda: shop.looks >= told)  # noqa: B023 - called at once
        await pilot.pause()
        assert painted == []
        monkeypatch.undo()
    shop.glance = OPEN
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("3")
        await until(pilot, lambda: "● open" in shown(app))
        shop.glance = STOPPED
        await until(pilot, lambda: "✗ closed" in shown(app))


@SIZES
async def test_what_was_put_off_is_said_quietly_and_can_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    shop = Shop()
    shop.glance = replace(OPEN, channels=(), later=("lines", "hours"))
    async with opened(shop, tmp_path, monkeypatch, size) as (app, pilot):
        text = shown(app)
        assert "○ No customer line is linked yet; that goes under 5 Channels" in text
        assert "○ Your staff do not know yet when you are open; tell them under 7 Settings" in text
        assert "Needs you" not in text
        await pilot.press("i")
        await until(pilot, lambda: shop.asked)
        name, params = shop.asked[0]
        assert (name, params.what, params.again) == ("setup.remind", "lines", False)
        shop.glance = replace(OPEN, channels=(), later=("hours",))
        shop.finish(None)
        await until(pilot, lambda: "No customer line" not in shown(app))


async def test_how_many_wait_stands_beside_the_heading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    shop.glance = replace(OPEN, model="", provider="")
    async with opened(shop, tmp_path, monkeypatch) as (app, _pilot):
        assert "Needs you  1" in shown(app)


@SIZES
async def test_what_waits_for_a_decision_needs_you_and_is_taken_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    shop = Shop()
    assert OPEN.today is not None
    shop.glance = replace(OPEN, today=replace(OPEN.today, waiting=2))
    accepted, arguments = ("deny", "allow-once"), ("rm", "a\u202eb")
    waits = Decision("ap-1", "exec", "luna", "", "rm", arguments, 1, "", "", accepted, 1.0, 0.0)
    async with opened(shop, tmp_path, monkeypatch, size) as (app, pilot):
        await until(pilot, lambda: "2 need you" in shown(app))
        await until(pilot, lambda: "Needs you  2" in shown(app))
        await until(pilot, lambda: "2 decisions wait for you" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: shop.asked)
        shop.finish(Decisions((waits,)))
        await until(pilot, lambda: "▸ No, do not do this" in shown(app))
        await until(pilot, lambda: "Luna would like to do this on the box" in shown(app))
        await until(pilot, lambda: "a⟦202E⟧b" in shown(app))
        await read(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: len(shop.asked) == 2)
        name, params = shop.asked[1]
        assert (name, params.id, params.answer) == ("approvals.decide", "ap-1", "allow-once")
        shop.glance = OPEN
        shop.finish(Decided("ap-1", True, "allowed", "allow-once"))
        await until(pilot, lambda: "need you" not in shown(app))
