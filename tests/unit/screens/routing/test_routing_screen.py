"""Who answers: looked at, tried, changed and taken away by keys."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import NotFound
from appliance.ops.agents_routing import AskWho, Bind, Bindings, Unbind
from screens.form_screen import FormScreen
from screens.routing.screen import RoutingScreen
from screens.routing.sheet import scope_of_row
from screens.words import Words
from tests.gallery.cafe import AGENTS
from tests.gallery.scenes.routing import ANSWERS, FALLBACK, FINE, LOOK, PERSON, PLANS, SERVER, WHATSAPP, row
from tests.unit.screens.desks import Answers, OneScreen, until, visible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

GROUPS = row("slack", "groups", "luna", "Luna", "kind")


@asynccontextmanager
async def opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: Bindings = FINE
) -> AsyncIterator[tuple[OneScreen, Pilot[None], Answers]]:
    from appliance.ops.agents import AgentList

    staff = {"agents.list": AgentList(AGENTS), "health.glance": NotFound("not asked")}
    box = Answers({**ANSWERS, **staff, "agents.bindings": found}, PLANS)
    monkeypatch.setattr("screens.operation_screen.dispatch", box.dispatch)
    monkeypatch.setattr("screens.operation_screen.plan", box.plan)
    app = OneScreen(RoutingScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: box.params_of("agents.list"))
        yield app, pilot, box


async def test_what_needs_a_look_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path, monkeypatch, LOOK) as (app, pilot, _box):
        await until(pilot, lambda: "Customer Support" in visible(app))
        text = visible(app)
    lines = [line for line in text.splitlines() if "✗" in line or "▲" in line or "✓" in line]
    assert "is gone" in lines[0]
    assert "Telegram (shop), everybody" in lines[1]
    assert "nobody" in lines[2]
    assert "✓" in lines[-2]


async def test_no_line_yet_is_said_and_nothing_can_be_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, monkeypatch, Bindings(())) as (app, pilot, _box):
        await until(pilot, lambda: "No line is connected yet" in visible(app))
        await pilot.press("t", "n", "e", "x")
        await pilot.pause()
        assert isinstance(app.screen, RoutingScreen)


async def test_e_and_a_choice_have_somebody_else_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.grace.GRACE_S", 0.0)
    async with opened(tmp_path, monkeypatch) as (app, pilot, box):
        await until(pilot, lambda: "e Change" in visible(app))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and "Luna" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "WhatsApp, everybody: Customer Support → Luna" in visible(app))
        assert not box.params_of("agents.bind")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RoutingScreen))
    assert box.params_of("agents.bind") == [Bind("luna", "whatsapp")]


async def test_t_asks_who_would_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path, monkeypatch) as (app, pilot, box):
        await until(pilot, lambda: "t Who would answer?" in visible(app))
        await pilot.press("t", "enter", *"+447700")
        await pilot.press("enter")
        await until(pilot, lambda: "Luna answers: there is a rule of its own" in visible(app))
    assert box.params_of("agents.who") == [AskWho("whatsapp", person="+447700")]


async def test_x_takes_a_rule_for_one_away_and_never_that_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.grace.GRACE_S", 0.0)
    async with opened(tmp_path, monkeypatch) as (app, pilot, box):
        await until(pilot, lambda: "e Change" in visible(app))
        await pilot.press("x")
        await pilot.press("down", "x")
        await until(pilot, lambda: "What came in for this agent goes to others" in visible(app))
        assert not box.params_of("agents.unbind")
        await pilot.press("enter")
        await until(pilot, lambda: "The rule is gone" in visible(app))
    assert box.params_of("agents.unbind") == [Unbind("luna", "whatsapp", "*", "+44 7700 900321")]


@pytest.mark.parametrize(
    ("of", "alone", "scope"),
    [
        (WHATSAPP, True, {"channel": "whatsapp", "account": ""}),
        (FALLBACK, False, {"channel": "telegram", "account": "shop"}),
        (PERSON, True, {"channel": "whatsapp", "account": "*", "person": "+44 7700 900321"}),
        (
            row("slack", "groups", "a", "A", "kind"),
            True,
            {"channel": "slack", "account": "default", "group": "*"},
        ),
        (SERVER, True, {"channel": "discord", "account": "default"}),
    ],
)
def test_a_row_is_changed_for_the_same_senders(of: Any, alone: bool, scope: dict[str, str]) -> None:
    assert scope_of_row(of, alone=alone) == scope


def test_every_reason_and_flag_has_words() -> None:
    from typing import get_args

    from appliance.agents.matrix import Flag
    from appliance.agents.routes import Why

    words = Words("en")
    for why in get_args(Why):
        assert f"routing.why.{why}" in words
        assert f"routing.told.{why}" in words
    for flag in filter(None, get_args(Flag)):
        assert f"routing.flag.{flag}" in words
        assert f"routing.means.{flag}" in words
