"""Another program's change is told of while somebody looks, and what happened before is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lunatui.watching import SettingsWatch
from screens.desk import Desk
from screens.words import Words
from tests.unit.appliance.ops.shops import STUB, ShopBox, shop_box

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path) -> ShopBox:
    return shop_box(tmp_path)


@pytest.fixture
def desk(shop: ShopBox) -> Desk:
    return Desk(shop.box, "human:rosa", Words())


def told(desk: Desk) -> list[tuple[str, str]]:
    return [(notice.text, notice.meaning) for notice in desk.notices.kept]


async def test_a_change_is_told_once(shop: ShopBox, desk: Desk) -> None:
    watch = SettingsWatch()
    assert watch.moved(desk)
    await watch.report(desk)
    assert told(desk) == []
    assert not watch.moved(desk)
    shop.edits(channels={"telegram": {"enabled": False, "dmPolicy": "open"}})
    assert watch.moved(desk)
    await watch.report(desk)
    assert not watch.moved(desk)
    await watch.report(desk)
    told_so = "Another program changed the settings: Telegram: who may write changed from "
    assert told(desk) == [(f"{told_so}“people you approve” to “everybody”", "look")]


async def test_a_loss_is_told_as_one(shop: ShopBox, desk: Desk) -> None:
    watch = SettingsWatch()
    shop.writes(STUB)
    assert watch.moved(desk)
    await watch.report(desk)
    ((text, meaning),) = told(desk)
    assert text.startswith("Another program took something out of the settings.")
    assert meaning == "bad"


async def test_a_file_in_the_making_is_looked_at_again(shop: ShopBox, desk: Desk) -> None:
    watch = SettingsWatch()
    whole = shop.data
    assert watch.moved(desk)
    shop.writes(whole[:50], age=0.0)
    assert not watch.moved(desk)
    shop.writes(json.dumps({**shop_value(whole), "tools": {"profile": "full"}}).encode(), age=2.0)
    assert watch.moved(desk)
    await watch.report(desk)
    assert len(told(desk)) == 1


def shop_value(data: bytes) -> dict[str, object]:
    found: dict[str, object] = json.loads(data)
    return found


async def test_notes_of_openclaw_alone_are_not_worth_a_report(shop: ShopBox, desk: Desk) -> None:
    watch = SettingsWatch()
    shop.edits(meta={"lastTouchedVersion": "2026.9.7"})
    assert watch.moved(desk)
    await watch.report(desk)
    assert told(desk) == []


async def test_a_missing_file_is_no_change_until_it_was_there(tmp_path: Path) -> None:
    home = tmp_path / "other"
    home.mkdir()
    shop = shop_box(home)
    desk = Desk(shop.box, "human:rosa", Words())
    shop.places.config_path.unlink()
    watch = SettingsWatch()
    assert not watch.moved(desk)
    shop.writes(b"{}")
    assert watch.moved(desk)
    shop.places.config_path.unlink()
    assert watch.moved(desk)


async def test_what_was_cut_off_is_finished_and_told(shop: ShopBox, desk: Desk) -> None:
    shop.box.history.add(
        actor="system:recovery", operation="agents.archive", changes=(), undo=None, why="rolled-back"
    )
    watch = SettingsWatch()
    assert watch.moved(desk)
    await watch.report(desk)
    assert told(desk) == []
    shop.box.history.add(
        actor="system:recovery", operation="agents.archive", changes=(), undo=None, why="rolled-back"
    )
    await watch.report(desk)
    assert told(desk) == [("After an interruption: an agent let go. It was undone.", "look")]
