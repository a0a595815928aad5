"""A decision is looked up, shown, answered once and on purpose, and it is said what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import NotFound, Unreachable
from appliance.ops.approvals import Decided, Decision, Decisions
from screens.chat.decision import DecisionDialog
from screens.dashboard.screen import DashboardScreen
from screens.help import HelpScreen
from screens.modals.failure import Failure
from tests.fakes.shop import OPEN, Shop, opened, read, shown, until

if TYPE_CHECKING:
    from pathlib import Path

    from lunatui.tui import LunaApp

WAITS = Decision("ap-1", "exec", "luna", "", "rm x", ("rm", "x"), 0, "", "", ("deny", "allow-once"), 1.0, 9e9)


def waiting() -> Shop:
    """A shop in which one agent waits."""
    shop = Shop()
    assert OPEN.today is not None
    shop.glance = replace(OPEN, today=replace(OPEN.today, waiting=1))
    return shop


def asked(shop: Shop) -> list[str]:
    return [name for name, _ in shop.asked]


async def opened_dialog(app: LunaApp, pilot: Any, shop: Shop, waits: Decision = WAITS) -> None:
    """From the dashboard to the dialog."""
    await pilot.press("enter")
    await until(pilot, lambda: asked(shop) == ["approvals.list"])
    shop.finish(Decisions((waits,)))
    await until(pilot, lambda: isinstance(app.screen, DecisionDialog))


async def test_whoever_presses_enter_again_has_refused_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = waiting()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "… Looking up what it is · 0 s" in shown(app))
        await pilot.press("enter", "enter")
        assert asked(shop) == ["approvals.list"]
        monkeypatch.setattr("screens.grace.GRACE_S", 3600.0)
        shop.finish(Decisions((WAITS,)))
        await until(pilot, lambda: "▸ No, do not do this" in shown(app))
        await pilot.press("enter", "enter")
        assert isinstance(app.screen, DecisionDialog)
        assert asked(shop) == ["approvals.list"]


async def test_it_opens_over_nothing_that_was_opened_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = waiting()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: shop.asked)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        shop.finish(Decisions((WAITS,)))
        below = next(screen for screen in app.screen_stack if isinstance(screen, DashboardScreen))
        await until(pilot, lambda: not below.looks_up)
        assert isinstance(app.screen, HelpScreen)


async def test_what_cannot_be_looked_up_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = waiting()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: shop.asked)
        shop.fail(Unreachable("The Gateway does not answer."))
        await until(pilot, lambda: isinstance(app.screen, Failure))
        await pilot.press("escape")
        await until(pilot, lambda: "▸ See what it is" in shown(app))


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (Decided("ap-1", True, "allowed", "allow-once"), "✓ Allowed: Luna goes on."),
        (Decided("ap-1", False, "expired", ""), "It was too late to decide: it was not done."),
        (Decided("ap-1", False, "denied", "deny"), "Somebody else was faster, and refused it."),
        (Decided("ap-1", False, "allowed", "allow-once"), "Somebody else was faster, and allowed it."),
        (Decided("ap-1", False, "cancelled", ""), "This does not wait any more: it was not done."),
    ],
    ids=lambda value: value.status if isinstance(value, Decided) else "",
)
async def test_it_is_said_what_came_of_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, came: Decided, said: str
) -> None:
    shop = waiting()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await opened_dialog(app, pilot, shop)
        await read(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: asked(shop)[1:] == ["approvals.decide"])
        shop.finish(came)
        await until(pilot, lambda: said in shown(app))


async def test_a_no_is_reported_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = waiting()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await opened_dialog(app, pilot, shop)
        await read(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: asked(shop)[1:] == ["approvals.decide"])
        shop.finish(Decided("ap-1", True, "denied", "deny"))
        await until(pilot, lambda: "✓ Refused: Luna does not do it." in shown(app))


async def test_what_is_too_late_already_is_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = waiting()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: shop.asked)
        shop.finish(Decisions((replace(WAITS, expires_at=2.0),)))
        await until(pilot, lambda: "It was too late to decide" in shown(app))
        assert isinstance(app.screen, DashboardScreen)


async def test_in_a_conversation_what_is_gone_is_not_offered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t", *"hi", "enter")
        await until(pilot, lambda: shop.asked)
        for name in ("one", "two"):
            shop.emit("approval", "", id=name, command=f"touch {name}", decisions=["deny"], expires_at=9e9)
        await until(pilot, lambda: "F2 Decide" in shown(app))
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, DecisionDialog) and "█ one" in shown(app))
        await read(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: asked(shop)[1:] == ["approvals.decide"])
        shop.fail(NotFound("This does not wait any more.", code="approval-gone"))
        await until(pilot, lambda: isinstance(app.screen, Failure))
        await pilot.press("escape", "f2")
        await until(pilot, lambda: isinstance(app.screen, DecisionDialog) and "█ two" in shown(app))
