"""The lines on the screen: what each says of itself, a test, a switch, and what is asked before it goes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import Invalid, Unreachable
from appliance.ops.channels_add import AddChannel
from appliance.ops.channels_look import ChannelList, ChannelRow, ChannelShown, OneChannel
from appliance.ops.channels_policy import SetPolicy
from appliance.ops.channels_save import ChannelAdded
from appliance.ops.channels_switch import ChannelRemoved, Switched
from appliance.ops.config_edit import Saved
from appliance.ops.core import Change, Plan
from screens.channels.screen import ChannelsScreen
from screens.channels.sheet import LOOKS
from screens.words import Words
from tests.unit.screens.desks import Answers, OneScreen, until, visible

if TYPE_CHECKING:
    from pathlib import Path

TELEGRAM = ChannelRow(
    "telegram", "default", "Telegram", "ready", True, True, "2026-11-30T10:00:00Z", "", "", 0, "", "", "who"
)  # fmt: skip
SHOWN = ChannelShown(TELEGRAM, "code", ("4711",), True, "nobody", (), False, ())
LINE = OneChannel("telegram", "default")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    given = Answers(
        {
            "channels.list": ChannelList((TELEGRAM,), "asked"),
            "channels.show": SHOWN,
            "channels.test": SHOWN,
            "channels.start": Switched("telegram", "default", done=True),
            "channels.stop": Switched("telegram", "default", done=True),
            "channels.remove": ChannelRemoved("telegram", "default", "saved and in use"),
            "channels.policy": Saved("saved and in use", (), "", ""),
            "channels.add": ChannelAdded("slack", "default", "@rosa", "ready", "saved and in use", "who", ()),
        }
    )
    monkeypatch.setattr("screens.operation_screen.dispatch", given.dispatch)
    monkeypatch.setattr("screens.operation_screen.plan", given.plan)
    return given


def flat(app: OneScreen) -> str:
    return " ".join(visible(app).split())


def app_in(tmp_path: Path) -> OneScreen:
    return OneScreen(ChannelsScreen, tmp_path)


def with_state(answers: Answers, state: str, **more: Any) -> None:
    row = replace(TELEGRAM, state=state, **more)
    answers.answers["channels.list"] = ChannelList((row,), "asked")
    answers.answers["channels.show"] = replace(SHOWN, line=row)


@pytest.mark.parametrize("state", LOOKS)
async def test_each_state_has_its_word_and_its_sentence(answers: Answers, tmp_path: Path, state: str) -> None:
    with_state(answers, state)
    app, words = app_in(tmp_path), Words()
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: words(f"channels.is.{state}") in visible(app))
        first = words(f"channels.next.{state}").split()[:3]
        await until(pilot, lambda: " ".join(first) in visible(app))


async def test_quiet_is_not_broken(answers: Answers, tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "that is no fault" in " ".join(visible(app).split()))
        assert "▲" not in visible(app)
        assert "✗" not in visible(app)


async def test_what_nobody_could_be_asked_is_neither_yes_nor_no(answers: Answers, tmp_path: Path) -> None:
    with_state(answers, "unknown", linked=None, socket_open=None, last_alive="")
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Telegram" in visible(app))
        await pilot.press("enter")
        facts = ("Set up there", "Connection")
        await until(pilot, lambda: all(f"{what} ◌ not checked" in flat(app) for what in facts))


async def test_who_may_talk_is_said_in_words(answers: Answers, tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "1 person on your list" in visible(app))
        assert answers.params_of("channels.show")[-1] == LINE


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ChannelList((), "asked"), "No line yet"),
        (Invalid("The settings file is damaged.", code="config-syntax"), "✗"),
        (asyncio.Event(), "Looking which lines there are"),
    ],
)
async def test_none_an_error_and_waiting(answers: Answers, tmp_path: Path, answer: Any, said: str) -> None:
    answers.answers["channels.list"] = answer
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: said in visible(app))


async def test_the_service_is_asked_and_its_answer_told(answers: Answers, tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Telegram" in visible(app))
        await pilot.press("t")
        await until(pilot, lambda: "Telegram works" in visible(app))
        answers.answers["channels.test"] = Unreachable("Gone.", code="gateway-refused")
        await pilot.press("t")
        await until(pilot, lambda: "✗" in visible(app))
        assert answers.params_of("channels.test") == [LINE, LINE]


@pytest.mark.parametrize(("state", "verb"), [("ready", "stop"), ("failing", "stop"), ("stopped", "start")])
async def test_space_stops_what_runs_and_starts_what_does_not(
    answers: Answers, tmp_path: Path, state: str, verb: str
) -> None:
    with_state(answers, state)
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Telegram" in visible(app))
        await pilot.press("space")
        await until(pilot, lambda: answers.params_of(f"channels.{verb}") == [LINE])


async def test_a_line_that_was_not_switched_is_not_told_as_one(answers: Answers, tmp_path: Path) -> None:
    answers.answers["channels.stop"] = Switched("telegram", "default", done=False, reason="disabled")
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Telegram" in visible(app))
        await pilot.press("space")
        await until(pilot, lambda: "Nothing changed on Telegram" in visible(app))


async def test_a_removal_says_what_is_left_of_it(answers: Answers, tmp_path: Path) -> None:
    answers.answers["channels.remove"] = ChannelRemoved("telegram", "default", "saved", ("still there",))
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Telegram" in visible(app))
        await pilot.press("x")
        await until(pilot, lambda: "could not be taken out" in visible(app))
        assert answers.params_of("channels.remove") == [LINE]


async def test_who_may_talk_is_asked_from_how_it_is(answers: Answers, tmp_path: Path) -> None:
    rule = Change("channels.telegram.dmPolicy", '"pairing" → "allowlist"')
    answers.plans["channels.policy"] = Plan("channels.policy", (rule,))
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: bool(answers.params_of("channels.show")) and "Telegram" in visible(app))
        await pilot.press("e")
        await until(pilot, lambda: "▸ your list, and whoever you let in" in visible(app))
        await pilot.press("up", "enter")
        await until(pilot, lambda: "4711" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "And in groups?" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "hears nothing" in visible(app))
        wanted = SetPolicy("telegram", "listed", ("4711",), "nobody", "default")
        assert answers.planned == [("channels.policy", wanted)]


async def test_a_bot_is_added_with_its_codes_and_none_of_them_is_shown(
    answers: Answers, tmp_path: Path
) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Telegram" in visible(app))
        await pilot.press("n")
        await until(pilot, lambda: "scanning a code" in visible(app))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "Add Slack" in visible(app))
        await pilot.press(*"xoxb", "enter")
        await until(pilot, lambda: "of the app" in visible(app))
        await pilot.press(*"xapp", "enter")
        await until(pilot, lambda: bool(answers.planned))
        params = answers.planned[-1][1]
        assert isinstance(params, AddChannel)
        assert (params.channel, params.who) == ("slack", "code")
        assert params.app_token is not None
        with params.token.expose() as bot, params.app_token.expose() as app_code:
            assert (bot, app_code) == ("xoxb", "xapp")
        assert "xapp" not in visible(app)


def test_every_state_that_a_line_can_have_has_a_look() -> None:
    from typing import get_args

    from appliance.channels.facts import State

    assert set(get_args(State)) == set(LOOKS)
