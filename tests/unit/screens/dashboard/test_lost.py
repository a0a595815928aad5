"""What another program took out of the settings: one red card, one key brings it back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.ops.history_restore import Dismissed, Restored, WhichLoss, WhichVersion
from screens.dashboard.notice import Notice
from screens.history.screen import HistoryScreen
from tests.fakes.shop import OPEN, STOPPED, Shop, opened, shown, until
from tests.gallery.scenes.history import GONE, LOST, TORN

if TYPE_CHECKING:
    from pathlib import Path

BACK = "Everything is back as it was."


@pytest.mark.parametrize(("seen", "card"), [(OPEN, "needs"), (STOPPED, "card")], ids=["open", "closed"])
async def test_one_key_brings_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: object, card: str
) -> None:
    shop = Shop()
    shop.glance = replace(seen, trouble=LOST)  # type: ignore[type-var]
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        text = " ".join(shown(app).split())
        assert "Something is missing from the settings" in text
        assert "Off the staff: HR & Admin, Social Media. Lines gone: WhatsApp." in text
        assert "Probably it was the engine" in text
        assert (
            app.screen.query_one(f"#{card}", Notice).styles.border_left[1]
            == (app.screen.query_one("#card", Notice).styles.border_left[1])
        )
        await pilot.press("enter")
        await until(pilot, lambda: shop.asked)
        assert shop.asked == [("history.restore", WhichVersion())]
        shop.glance = OPEN
        shop.finish(Restored("b", (), "saved and in use"))
        await until(pilot, lambda: any(BACK in notice.text for notice in app.desk.notices.kept))
        await until(pilot, lambda: "Something is missing" not in shown(app))


async def test_it_can_have_been_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    shop.glance = replace(OPEN, trouble=LOST)
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: shop.asked)
        assert shop.asked == [("history.dismiss", WhichLoss())]
        shop.glance = OPEN
        shop.finish(Dismissed("05", GONE))
        await until(pilot, lambda: "it was meant to go" in shown(app))
        await until(pilot, lambda: "Something is missing" not in shown(app))


async def test_what_changed_is_shown_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    shop.glance = replace(STOPPED, trouble=TORN)
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        assert "The settings cannot be read any more." in " ".join(shown(app).split())
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen))
