"""Keys in, words out: a conversation on the screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual import events

from appliance.errors import Unreachable
from appliance.ops.chat import Reply
from appliance.ops.chat_history import Said
from screens.chat.conversation import Conversation
from screens.chat.screen import ChatScreen
from screens.chat.widgets import Say
from tests.fakes.shop import Shop, opened, read, shown, until

if TYPE_CHECKING:
    from pathlib import Path

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80", "120"])


def reply(text: str) -> Reply:
    return Reply("luna", text, "agent:luna:main", "run-1", 0.1, 0.2)


@SIZES
async def test_an_answer_streams_in_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch, size) as (app, pilot):
        await pilot.press("t")
        await until(pilot, lambda: "Say something to Luna." in shown(app))
        await pilot.press(*"hi", "enter")
        await until(pilot, lambda: shop.asked)
        name, params = shop.asked[0]
        assert (name, params.agent, params.message, params.approvals) == ("chat.send", "luna", "hi", "wait")
        await until(pilot, lambda: "Luna is thinking" in shown(app))
        await until(pilot, lambda: "esc Stop" in shown(app))
        shop.emit("delta", text_so_far="Good [b]morning")
        await until(pilot, lambda: "Good [b]morning" in shown(app))
        shop.finish(reply("Good [b]morning!"))
        await until(pilot, lambda: "Good [b]morning!" in shown(app))
        await until(pilot, lambda: "esc Back" in shown(app))
        await until(pilot, lambda: "Luna is" not in shown(app))
        said = (Said("person", "hi", 1.0), Said("agent", "Good [b]morning!", 2.0))
        shop.talk = replace(shop.talk, lines=said)
        await pilot.press("escape", "t")
        await until(pilot, lambda: "Good [b]morning!" in shown(app))


async def test_esc_stops_the_answer_and_keeps_what_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t", *"hi", "enter")
        await until(pilot, lambda: shop.asked)
        shop.emit("delta", text_so_far="Half of")
        await until(pilot, lambda: "Half of" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: shop.cancelled == ["chat.send"])
        await until(pilot, lambda: shop.stopped == ["luna"])
        await until(pilot, lambda: "· " in shown(app) and "Stopped." in shown(app))
        await until(pilot, lambda: "Half of" in shown(app))
        assert isinstance(app.screen, ChatScreen)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ChatScreen))


async def test_a_failure_is_shown_in_place_and_the_message_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t", *"hi", "enter")
        await until(pilot, lambda: shop.asked)
        shop.fail(Unreachable("The Gateway does not answer."))
        await until(pilot, lambda: "✗" in shown(app) and "The engine does not answer." in shown(app))
        assert app.screen.query_one(Say).value == "hi"
        await pilot.press("enter")
        await until(pilot, lambda: len(shop.asked) == 2)


async def test_one_message_at_a_time_and_the_second_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t", *"one", "enter")
        await until(pilot, lambda: shop.asked)
        await pilot.press(*"two", "enter")
        await until(pilot, lambda: "One thing at a time" in shown(app))
        app.screen.query_one(Conversation).show_status()  # as the clock does each second
        await pilot.pause()
        assert "One thing at a time" in shown(app)
        assert len(shop.asked) == 1
        assert app.screen.query_one(Say).value == "two"


async def test_the_arrow_brings_earlier_messages_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        for number, text in enumerate(("one", "two"), 1):
            await pilot.press(*text, "enter")
            await until(pilot, lambda number=number: len(shop.asked) == number)  # type: ignore[misc]
            shop.finish(reply("fine"))
            await until(pilot, lambda: app.desk.talks["luna"].run is None)
        field = app.screen.query_one(Say)
        found = []
        for key in ("up", "up", "up", "down", "down"):
            await pilot.press(key)
            found.append(field.value)
        assert found == ["two", "one", "one", "two", ""]


async def test_pasted_lines_become_one_and_send_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        field = app.screen.query_one(Say)
        field.post_message(events.Paste("first\nsecond\n"))
        await until(pilot, lambda: field.value)
        assert field.value == "first second "
        assert not shop.asked


async def test_whoever_reads_above_is_left_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t", *"hi", "enter")
        await until(pilot, lambda: shop.asked)
        transcript = app.screen.query_one("#transcript")
        shop.emit("delta", text_so_far="\n".join(f"line {n}" for n in range(60)))
        await until(pilot, lambda: "line 59" in shown(app))
        await pilot.press("pageup", "pageup")
        await until(pilot, lambda: "line 59" not in shown(app))
        where = transcript.scroll_y
        shop.emit("delta", text_so_far="\n".join(f"line {n}" for n in range(90)))
        await until(pilot, lambda: transcript.max_scroll_y > 70)
        assert transcript.scroll_y == where


async def test_a_decision_is_marked_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t", *"hi", "enter")
        await until(pilot, lambda: shop.asked)
        shop.emit("approval", "The agent waits", id="ap-1", command="ls /")
        await until(pilot, lambda: "▲" in shown(app) and "ls /" in shown(app))
        await until(pilot, lambda: "Waiting for a decision" in shown(app))


async def test_what_was_said_before_is_there_and_an_answer_under_way_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    assert not isinstance(shop.talk, Exception)
    said = (
        Said("person", "Yesterday", 1.0),
        Said("agent", "It was [b]fine", 2.0),
        Said("agent", "", 3.0, "no"),
    )
    shop.talk = replace(shop.talk, lines=said, run_id="run-7", text_so_far="Half")
    shop.draft = "and to"
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        await until(pilot, lambda: "It was [b]fine" in shown(app) and "Half" in shown(app))
        await until(pilot, lambda: "✗" in shown(app))
        await until(pilot, lambda: "No answer came." in shown(app))
        await until(pilot, lambda: [name for name, _ in shop.asked] == ["chat.follow"])
        assert shop.asked[0][1].run == "run-7"
        assert app.screen.query_one(Say).value == "and to"
        shop.emit("delta", text_so_far="Half and whole")
        shop.finish(reply("Half and whole."))
        await until(pilot, lambda: "Half and whole." in shown(app) and "esc Back" in shown(app))
        await pilot.press(*"day")
        await until(pilot, lambda: shop.draft == "and today")


async def test_without_the_engine_the_pane_opens_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()
    shop.talk = Unreachable("The Gateway does not answer.")
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t")
        await until(pilot, lambda: "comes back as soon as the engine answers" in shown(app))
        assert isinstance(app.screen, ChatScreen)


@SIZES
async def test_a_decision_is_shown_in_full_and_only_with_the_answers_that_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch, size) as (app, pilot):
        await pilot.press("t", *"hi", "enter")
        await until(pilot, lambda: shop.asked)
        await until(pilot, lambda: "F2" not in shown(app))
        command = "cp 'a file' /box\u202egnp.exe"
        shop.emit("approval", "", id="ap-1", command=command, decisions=["allow-once", "deny"])
        await until(pilot, lambda: "F2 Decide" in shown(app))
        await pilot.press("f2")
        await until(pilot, lambda: "Luna would like to do this" in shown(app))
        for words in (
            "a file",
            "/box⟦202E⟧gnp.exe",
            "1 character in it cannot be seen",
            "▸ No, do not do this",
        ):
            assert words in shown(app)
        await until(pilot, lambda: "do not ask again" not in shown(app))
        await read(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: len(shop.asked) == 2)
        name, params = shop.asked[1]
        assert (name, params.id, params.answer) == ("approvals.decide", "ap-1", "allow-once")


async def test_another_agent_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
        await pilot.press("t", "f4")
        await until(pilot, lambda: "▸ Luna" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Write to HR" in shown(app))
        assert isinstance(app.screen, ChatScreen)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ChatScreen))
