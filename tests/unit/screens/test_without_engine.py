"""With no engine, and with nothing at all: every screen opens from files and says how old its facts are."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.health.snapshot import keep, snapshot_path
from lunatui.tui import LunaApp
from screens.chat.screen import ChatScreen
from screens.desk import Desk
from screens.modals.failure import Failure
from screens.place import PLACES
from screens.words import Words
from tests.fakes.box import make_box
from tests.fakes.shop import OPEN, shown, until

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80", "120"])
HOUR = 3600


@SIZES
async def test_every_screen_opens_in_an_empty_home(tmp_path: Path, size: tuple[int, int]) -> None:
    app = LunaApp(Desk(make_box(tmp_path), "human:test", Words()), first="dashboard")
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "This box is not set up yet." in shown(app))
        for number, place in enumerate(PLACES, 1):
            await pilot.press(str(number))
            await until(pilot, lambda place=place: getattr(app.screen, "place", "") == place)  # type: ignore[misc]
            await until(pilot, lambda: len(shown(app).strip().splitlines()) > 3)
            assert not isinstance(app.screen, Failure)
            await until(pilot, lambda: "not set up" in shown(app))
        await pilot.press("1", "t")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen))
        await until(pilot, lambda: "What was said earlier" in shown(app))
    assert not (tmp_path / ".openclaw").exists()


@SIZES
async def test_a_shop_whose_engine_is_gone_shows_what_was_known_and_its_age(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    box = make_box(tmp_path)
    box.places.config_path.parent.mkdir(mode=0o700)
    box.places.config_path.touch(mode=0o600)
    entries = {"luna": {"name": "Luna"}, "hr": {"name": "Helper"}}
    defaults = {"model": {"primary": "openai/gpt-6-sol"}}
    config = {"gateway": {"port": 1}, "agents": {"entries": entries, "defaults": defaults}}
    box.places.config_path.write_text(json.dumps(config))
    keep(box.places, replace(OPEN, engine="2026.9.6"))
    then = time.time() - 3 * HOUR
    os.utime(snapshot_path(box.places), (then, then))
    app = LunaApp(Desk(box, "human:test", Words()), first="dashboard")
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "Nobody is answering" in shown(app))
        await until(pilot, lambda: "Café Rosa" in shown(app))
        await until(pilot, lambda: "3 h ago" in shown(app))
        await pilot.press("2")
        await until(pilot, lambda: "Helper" in shown(app))
        await until(pilot, lambda: "✗ closed" in shown(app))
        for number in range(3, 8):
            await pilot.press(str(number))
            await until(pilot, lambda number=number: getattr(app.screen, "place", "") == PLACES[number - 1])  # type: ignore[misc]
            assert not isinstance(app.screen, Failure)
            await until(pilot, lambda: "✗ closed" in shown(app))
