"""The first conversation is the same one as any other: answered once, stopped by esc, nothing of it lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from appliance.errors import LunaError
from appliance.ops.chat import Reply
from appliance.ops.chat_history import Said
from appliance.profile.draft import Draft, read_draft, write_draft
from screens.chat.widgets import LineView
from tests.fakes.box import make_box
from tests.fakes.shop import shown, until
from tests.fakes.wizard import Outside, page_of, setting_up

if TYPE_CHECKING:
    from pathlib import Path

    from lunatui.tui import LunaApp

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80", "120"])
REPLY = Reply("luna", "Good morning, Rosa!", "agent:luna:main", "run-1", 0.1, 0.2)


def left(home: Path) -> None:
    write_draft(make_box(home).places, Draft("finish", "talk", name="Rosa", kind="openai"))


def said(app: LunaApp) -> list[str]:
    return [view.line.text for view in app.screen.query(LineView)]


async def test_a_late_history_does_not_answer_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left(tmp_path)
    outside = Outside()
    outside.recalls = asyncio.Event()
    outside.said, outside.run = (Said("person", "Hello", 1.0),), "run-1"
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: outside.asked)
        outside.recalls.set()
        await pilot.pause()
        outside.finish(REPLY)
        await until(pilot, lambda: "press enter to go on" in shown(app))
        assert [name for name, _ in outside.asked] == ["chat.send"]
        assert said(app)[1:] == ["Good morning, Rosa!"]


async def test_an_answer_under_way_is_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left(tmp_path)
    outside = Outside()
    outside.said, outside.run = (Said("person", "Hello", 1.0),), "run-1"
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await until(pilot, lambda: [name for name, _ in outside.asked] == ["chat.follow"])
        assert app.screen.query_one(Input).value == ""
        outside.finish(REPLY)
        await until(pilot, lambda: "press enter to go on" in shown(app))
        assert said(app) == ["Hello", "Good morning, Rosa!"]


@SIZES
async def test_what_was_said_stays_when_something_else_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    left(tmp_path)
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside, size=size) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: outside.asked)
        outside.finish(REPLY)
        await until(pilot, lambda: "press enter to go on" in shown(app))
        outside.broken["setup.answer"] = LunaError("No space left.", code="no-space")
        await pilot.press("enter")
        await until(pilot, lambda: "✗ There is not enough room on this box." in shown(app))
        await until(pilot, lambda: "Good morning, Rosa!" in shown(app))
        assert app.screen.query_one(Input).value == ""
        outside.broken.clear()
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "finish/sheet")


async def test_esc_stops_the_answer_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left(tmp_path)
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await until(pilot, lambda: "esc" not in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: outside.asked and "esc Stop" in shown(app))
        run = outside.asked[0][1].run
        outside.emit("started", run=run)
        outside.emit("delta", text_so_far="Good mor")
        await until(pilot, lambda: "Good mor" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "Stopped." in shown(app) and outside.stopped == [run])
        await until(pilot, lambda: "Good mor" in shown(app))
        assert page_of(app) == "finish/talk"


async def test_a_message_on_its_way_is_kept_until_the_engine_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path)
    places, outside = make_box(tmp_path).places, Outside()

    def typed() -> str:
        return (read_draft(places) or Draft()).typed

    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await until(pilot, lambda: app.screen.query_one(Input).value)
        await pilot.press(*"Hi Luna", "enter")
        await until(pilot, lambda: outside.asked and typed() == "Hi Luna")
        outside.emit("started", run=outside.asked[0][1].run)
        await until(pilot, lambda: not typed())
