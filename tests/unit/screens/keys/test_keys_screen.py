"""The page of keys: one look when it opens, what is found in words, and two ways to mend."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError, Unreachable
from appliance.ops.core import Question
from screens.keys.screen import KeysScreen
from screens.modals.confirm import Confirm
from tests.fakes.shop import Shop, opened, read, shown, until
from tests.gallery.scenes.keys import BROKEN, CLEAN, FOUND, MENDED, MOVED, WHOLE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

    from lunatui.tui import LunaApp


class KeyShop(Shop):
    """Answers the two looks at once."""

    def __init__(self, scan: Any = FOUND, chain: Any = WHOLE) -> None:
        super().__init__()
        self.answers = {"secrets.scan": scan, "secrets.chain": chain}
        self.searches = 0

    async def dispatch(self, box: Any, operation: Any, params: Any, call: Any) -> Any:
        if operation.name not in self.answers:
            return await super().dispatch(box, operation, params, call)
        self.searches += operation.name == "secrets.scan"
        answer = self.answers[operation.name]
        if isinstance(answer, LunaError):
            raise answer
        return answer


@asynccontextmanager
async def page(
    shop: KeyShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[LunaApp, Pilot[None]]]:
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        app.action_go("keys")
        await until(pilot, lambda: isinstance(app.screen, KeysScreen))
        yield app, pilot


async def test_it_looks_once_and_again_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.list_place.LOOK_SECONDS", 0.01)
    shop, fills = KeyShop(), []
    fill = KeysScreen._fill
    monkeypatch.setattr(KeysScreen, "_fill", lambda screen: (fills.append(1), fill(screen)))
    async with page(shop, tmp_path, monkeypatch) as (app, pilot):
        await until(pilot, lambda: "Key of OpenAI" in shown(app))
        await until(pilot, lambda: len(fills) > 4)
        assert shop.searches == 1
        shop.answers["secrets.scan"] = CLEAN
        await pilot.press("s")
        await until(pilot, lambda: "none in 214 files" in shown(app))
        assert shop.searches == 2


async def test_no_file_and_no_mark_stands_on_the_owners_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with page(KeyShop(), tmp_path, monkeypatch) as (app, pilot):
        await until(pilot, lambda: "Key of OpenAI" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Lies in" in shown(app))
        assert "openclaw.json" not in shown(app)
        assert "fp:" not in shown(app)
        await pilot.press("d")
        await until(pilot, lambda: "/Users/rosa/.openclaw/openclaw.json.bak" in shown(app))


async def test_moving_asks_and_then_looks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = KeyShop()
    async with page(shop, tmp_path, monkeypatch) as (app, pilot):
        await until(pilot, lambda: "Key of OpenAI" in shown(app))
        await pilot.press("m")
        await until(pilot, lambda: [name for name, _ in shop.asked] == ["secrets.move"])
        call, future = shop._calls[-1]
        facts = {"keys": "2", "files": "4", "settings": "2", "engine": "2", "own": "1", "other": "1"}
        asked = app.run_worker(_asked(call.consent, Question("raw /a/file", **facts), future))
        await until(pilot, lambda: isinstance(app.screen, Confirm) and "2 keys" in shown(app))
        assert "/a/file" not in shown(app)
        await read(pilot)
        await pilot.press("y")
        await asked.wait()
        await until(pilot, lambda: "2 keys are in the safe. 4 files were cleaned." in shown(app))
        await until(pilot, lambda: shop.searches == 2)


async def _asked(consent: Any, question: Question, future: Any) -> None:
    assert await consent(question) is True
    future.set_result(MOVED)


async def test_with_nothing_to_move_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = KeyShop(scan=CLEAN)
    async with page(shop, tmp_path, monkeypatch) as (app, pilot):
        await until(pilot, lambda: "none in 214 files" in shown(app))
        await pilot.press("m")
        await until(pilot, lambda: "No key lies open that could be moved." in shown(app))
        assert shop.asked == []


async def test_a_repair_ends_well_or_says_which_step_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = KeyShop(scan=CLEAN, chain=BROKEN)
    async with page(shop, tmp_path, monkeypatch) as (app, pilot):
        await until(pilot, lambda: "✗ refused" in shown(app))
        await pilot.press("r")
        await until(pilot, lambda: len(shop.asked) == 1)
        shop.fail(LunaError("x", code="keys-repair-restart"))
        await until(pilot, lambda: "did not start again" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, KeysScreen))
        shop.answers["secrets.chain"] = WHOLE
        await pilot.press("r")
        await until(pilot, lambda: len(shop.asked) == 2)
        shop.finish(MENDED)
        await until(pilot, lambda: "every place says the same" in shown(app))
        await until(pilot, lambda: shop.searches == 2)


async def test_a_repair_that_leaves_another_key_somewhere_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key in a shell's start-up file is out of reach."""
    shop = KeyShop(scan=CLEAN, chain=BROKEN)
    async with page(shop, tmp_path, monkeypatch) as (app, pilot):
        await until(pilot, lambda: "✗ refused" in shown(app))
        await pilot.press("r")
        await until(pilot, lambda: len(shop.asked) == 1)
        shop.finish(replace(MENDED, chain=replace(BROKEN, connection="accepted")))
        await until(pilot, lambda: "Some places hold another key" in shown(app))
        assert "every place says the same" not in shown(app)


async def test_without_a_chain_there_are_rows_and_without_a_search_there_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = KeyShop(chain=Unreachable("nobody"))
    async with page(shop, tmp_path, monkeypatch) as (app, pilot):
        await until(pilot, lambda: "Key of Telegram" in shown(app))
        assert "Getting into the engine" not in shown(app)
    shop = KeyShop(scan=LunaError("x", code="home-unreadable"))
    async with page(shop, tmp_path, monkeypatch) as (app, pilot):
        await until(pilot, lambda: "cannot be read" in shown(app))
        shop.answers["secrets.scan"] = replace(FOUND, keys=FOUND.keys[:1])
        await pilot.press("r")
        await until(pilot, lambda: "Key of OpenAI" in shown(app))
