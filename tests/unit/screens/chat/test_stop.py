"""Esc ends one answer and no other, and says so when that has happened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from appliance.errors import LunaError, Unreachable
from appliance.ops.chat import Reply
from appliance.ops.chat_history import Stopped
from screens.chat.screen import ChatScreen
from tests.fakes.shop import Shop, opened, shown, until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from textual.pilot import Pilot

    from lunatui.tui import LunaApp

REPLY = Reply("luna", "One and two.", "agent:luna:main", "run-1", 0.1, 0.2)


async def ask(pilot: Pilot[None], shop: Shop, app: LunaApp, text: str) -> str:
    """Say something; the name of the run that the engine began for it."""
    asked = len(shop.asked)
    await pilot.press(*text, "enter")
    await until(pilot, lambda: len(shop.asked) > asked)
    run = str(shop.asked[-1][1].run)
    shop.emit("started", run=run)
    shop.emit("delta", text_so_far="Half of")
    await until(pilot, lambda: app.desk.talks["luna"].run.accepted)  # type: ignore[union-attr]
    return run


async def test_it_is_stopped_when_the_engine_has_stopped_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    shop.stopping = asyncio.Event()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        await ask(pilot, shop, app, "one")
        await pilot.press("escape")
        await until(pilot, lambda: "Stopping…" in shown(app))
        await until(pilot, lambda: "Stopped." not in shown(app))
        assert shop.cancelled == []
        shop.emit("delta", text_so_far="Half of the answer")
        await until(pilot, lambda: "Half of the answer" in shown(app))
        shop.stopping.set()
        await until(pilot, lambda: "Stopped." in shown(app))
        assert shop.cancelled == ["chat.send"]


async def test_it_names_the_run_and_each_run_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, stops = Shop(), []
    shop.stopping = asyncio.Event()
    dispatch = shop.dispatch

    async def note(box: object, operation: object, params: object, call: object) -> object:
        if getattr(operation, "name", "") == "chat.stop":
            stops.append(params.run)  # type: ignore[attr-defined]
        return await dispatch(box, operation, params, call)  # type: ignore[arg-type]

    monkeypatch.setattr(shop, "dispatch", note)
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        first = await ask(pilot, shop, app, "one")
        await pilot.press("escape")
        await until(pilot, lambda: stops == [first])
        shop.finish(REPLY)  # it had ended before the engine heard of the stop
        await until(pilot, lambda: "One and two." in shown(app))
        second = await ask(pilot, shop, app, "two")
        await pilot.press("escape")
        await until(pilot, lambda: stops == [first, second])
        assert first != second
        shop.stopping.set()
        await until(pilot, lambda: "Stopped." in shown(app))


async def test_an_answer_that_cannot_be_stopped_is_still_followed_and_can_be_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    shop.stop = Unreachable("The Gateway does not answer.")
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        await ask(pilot, shop, app, "one")
        await pilot.press("escape")
        await until(pilot, lambda: "It could not be stopped: Luna may still" in shown(app))
        await until(pilot, lambda: "Stopped." not in shown(app))
        await until(pilot, lambda: "esc Back" in shown(app))
        shop.emit("delta", text_so_far="Half of the answer")
        await until(pilot, lambda: "Half of the answer" in shown(app))
        shop.finish(REPLY)
        await until(pilot, lambda: "One and two." in shown(app))


async def test_an_answer_that_is_part_of_another_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    shop.stop = Stopped(stopped=False)
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        await ask(pilot, shop, app, "one")
        await pilot.press("escape")
        await until(pilot, lambda: "It could not be stopped" in shown(app))
        assert shop.cancelled == []


async def test_the_engines_own_word_that_it_stopped_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    shop.stopping = asyncio.Event()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        await ask(pilot, shop, app, "one")
        await pilot.press("escape")
        shop.fail(LunaError("Somebody stopped the answer.", code="chat-stopped"))
        await until(pilot, lambda: "Stopped." in shown(app))
        await until(pilot, lambda: "✗" not in shown(app))
        shop.stopping.set()
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ChatScreen))


async def test_a_message_that_the_engine_does_not_have_yet_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    shop.stop = Stopped(stopped=False)
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t", *"one", "enter")
        await until(pilot, lambda: shop.asked)
        await pilot.press("escape")
        await until(pilot, lambda: "Stopped." in shown(app))
        assert shop.cancelled == ["chat.send"]
        assert shop.stopped == ["luna"]
