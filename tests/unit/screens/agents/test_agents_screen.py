"""The staff on the screen: four states, both sizes, and what each key asks the box for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.errors import Conflict, Invalid, LunaError, Note, NotFound, Refused
from appliance.health.models import Today
from appliance.ops.agents import AgentChanged, AgentDetail, AgentList, AgentRow, AgentText
from appliance.ops.agents_restore import ArchiveAgent
from appliance.ops.core import Change, Plan
from appliance.ops.models_estimate import EstimateModel, ModelEstimate
from appliance.ops.provider_show import ProviderRow
from appliance.ops.providers import ProviderList
from appliance.ops.templates import TemplateList, TemplateRow
from screens.agents.screen import AgentsScreen
from screens.agents.sheet import record_of
from screens.widgets.columns import Cell
from screens.words import Words
from tests.fakes.shop import OPEN, read
from tests.unit.screens.desks import Answers, OneScreen, until, visible

if TYPE_CHECKING:
    from pathlib import Path

LUNA = AgentRow("luna", "Luna", "Your assistant.", "", "openai/gpt-6-sol", default=True, protected=True)
SUPPORT = AgentRow("support", "Customer Support", "Answers.", "", "", default=False, protected=False)
TEXTS = (AgentText("SOUL.md", "present", "# SOUL.md\n\nBe **kind**."), AgentText("USER.md", "missing", ""))
DETAIL = AgentDetail(LUNA, "luna", "/home/x/workspaces/luna", "minimal", (), TEXTS)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    given = Answers(
        {
            "agents.list": AgentList((LUNA, SUPPORT)),
            "agents.show": DETAIL,
            "agents.archive": AgentChanged("support", changed=True),
            "agents.create": AgentChanged("sales", changed=True, state="saved and in use"),
            "templates.list": TemplateList((TemplateRow("sales", "Sales", "Sells.", ""),)),
            "providers.list": ProviderList(
                "openai/gpt-6-sol",
                (ProviderRow("openai", "OpenAI", "", ("gpt-6-sol", "gpt-6-luna"), "", True),),
            ),
            "agents.update": AgentChanged("luna", changed=True),
            "models.estimate": ModelEstimate(
                "openai/gpt-6-sol", 2.0, 10.0, "30m", 48.0, 20_000, 300, 2.06, 61.92, "", 0.857, 0.0368
            ),
            "undo.last": NotFound("There is no change to take back.", code="nothing-to-undo"),
        },
        {
            "agents.create": Plan("agents.create", (Change("agent sales", "create “Sales”"),)),
            "agents.archive": Plan("agents.archive", (Change("agent support", "remove from the staff"),)),
            "agents.update": Plan("agents.update", (Change("agents.entries.luna.name", "Luna → Lu"),)),
        },
    )
    monkeypatch.setattr("screens.operation_screen.dispatch", given.dispatch)
    monkeypatch.setattr("screens.operation_screen.plan", given.plan)
    return given


def test_who_answers_right_now_and_when_somebody_last_did() -> None:
    today = Today("2026-11-20", spoken={"luna": 1000.0}, answering=("luna",))
    seen = replace(OPEN, today=today)
    rows = {row.id: record_of(row, Words(), seen, 1000.0 + 240).cells[-2:] for row in (LUNA, SUPPORT)}
    assert rows == {
        "luna": (Cell("answering", "good", "●"), "4 min ago"),
        "support": (Cell("no brain", "look", "▲"), ""),
    }
    closed = replace(seen, state="closed")
    assert record_of(LUNA, Words(), closed, 1240.0).cells[-2:] == (Cell("on no line", "muted", "◌"), "")
    known = replace(LUNA, channels=("telegram",))
    assert record_of(known, Words(), closed, 1240.0).cells[-2:] == (Cell("ready", "good", "✓"), "")
    failed = replace(OPEN, today=Today("2026-11-20", failed=("luna",)))
    assert record_of(known, Words(), failed, 1240.0).cells[-2] == Cell("no answer", "look", "▲")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_staff_with_what_each_thinks_with(
    answers: Answers, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "Customer Support" in visible(app))
        text = visible(app)
        assert "2 agents" in text
        assert "gpt-6-sol" in text
        assert "◌ on no line" in text
        assert "▲ no brain" in text
        assert "n New" in text
        if size[0] == 120:
            await until(pilot, lambda: "Be kind." in visible(app))
        else:
            assert "Be kind." not in text


async def test_enter_shows_one_in_full_and_escape_goes_back(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Customer Support" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Be kind." in visible(app))
        await until(pilot, lambda: "Nothing yet." in visible(app))
        await pilot.press("d")
        await until(pilot, lambda: "lunatui agents show luna" in visible(app))
        await until(pilot, lambda: "/home/x/workspaces/luna" in visible(app))
        await pilot.press("escape")
        await until(pilot, lambda: "Customer Support" in visible(app))


async def test_while_a_filter_is_typed_only_keys_that_are_not_typed_are_named(
    answers: Answers, tmp_path: Path
) -> None:
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "n Take on an agent" in visible(app))
        await pilot.press("slash", "s")
        await until(pilot, lambda: "of 2" in visible(app))
        keys = visible(app).splitlines()[-1]
        assert keys.split("   ") == [" enter To the list", "esc Show all", "F1 Help"]
        await until(pilot, lambda: "Take on an agent" not in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "n Take on an agent" in visible(app))
        await until(pilot, lambda: "n New" in visible(app))


async def test_where_nothing_matches_nobody_is_shown_in_full(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "Be kind." in visible(app))
        await pilot.press("slash", *"zebra")
        await until(pilot, lambda: "Nothing matches" in visible(app) and "Be kind." not in visible(app))


async def test_a_name_is_whole_while_another_column_can_go(answers: Answers, tmp_path: Path) -> None:
    long = replace(SUPPORT, name="Operations Manager", model="openai/gpt-6-sol-preview-2")
    answers.answers["agents.list"] = AgentList((LUNA, long))
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(110, 36)) as pilot:
        await until(pilot, lambda: "Operations Manager" in visible(app))


async def test_nobody_yet(answers: Answers, tmp_path: Path) -> None:
    answers.answers["agents.list"] = AgentList(())
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Press n" in visible(app))


async def test_a_broken_file_is_said_in_place_and_r_looks_again(answers: Answers, tmp_path: Path) -> None:
    answers.answers["agents.list"] = Invalid("Line 3 is odd.", code="config-syntax")
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "✗ The settings file is damaged" in visible(app))
        await pilot.press("d")
        await until(pilot, lambda: "config-syntax" in visible(app) and "Line 3 is odd." in visible(app))
        await pilot.press("escape")
        answers.answers["agents.list"] = AgentList((LUNA,))
        await pilot.press("r")
        await until(pilot, lambda: "1 agent" in visible(app))
        await until(pilot, lambda: "✗" not in visible(app))


async def test_talk_goes_to_the_selected_agent(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Customer Support" in visible(app))
        await pilot.press("j", "t")
        await until(pilot, lambda: app.talked)
        assert app.talked == ["support"]


async def test_letting_go_asks_who_takes_over_and_shows_who_answers_then(
    answers: Answers, tmp_path: Path
) -> None:
    moves = Note(
        "routing-moves",
        "On whatsapp, everyone: Customer Support → Luna.",
        channel="whatsapp",
        account="",
        kind="everyone",
        who="",
        before="Customer Support",
        after="Luna",
    )
    schedules = Note("schedules-move", "“luna” gets its schedules: Weekly.", names="Weekly")
    answers.plans["agents.archive"] = replace(answers.plans["agents.archive"], warnings=(moves, schedules))
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Customer Support" in visible(app))
        await pilot.press("j", "x")
        await until(pilot, lambda: "Who takes over?" in visible(app))
        assert "Nobody in particular" in visible(app)
        await pilot.press("enter")
        await until(pilot, lambda: "WhatsApp, everybody: Customer Support → Luna" in visible(app))
        assert "Whoever takes over gets these schedules too: Weekly." in " ".join(visible(app).split())
        assert answers.planned[-1] == ("agents.archive", ArchiveAgent("support", "luna"))
        assert not answers.params_of("agents.archive")
        await read(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Customer Support is off the staff" in visible(app))
        assert answers.params_of("agents.archive") == [ArchiveAgent("support", "luna")]
        await until(pilot, lambda: isinstance(app.screen, AgentsScreen))


async def test_nobody_in_particular_may_take_over(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Customer Support" in visible(app))
        await pilot.press("j", "x")
        await until(pilot, lambda: "Who takes over?" in visible(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: bool(answers.planned))
        assert answers.planned[-1] == ("agents.archive", ArchiveAgent("support", ""))


async def test_who_is_always_there_is_refused_before_anything_is_asked(
    answers: Answers, tmp_path: Path
) -> None:
    answers.plans["agents.archive"] = Refused("“luna” is protected.", code="agent-protected")
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Customer Support" in visible(app))
        await pilot.press("x")
        await until(pilot, lambda: "✗" in visible(app) and "Let Luna go" in visible(app))
        assert "Who takes over?" not in visible(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, AgentsScreen))
        assert not answers.params_of("agents.archive")


async def test_a_no_is_no_failure(answers: Answers, tmp_path: Path) -> None:
    answers.answers["agents.archive"] = LunaError("not confirmed", code="no-consent")
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Customer Support" in visible(app))
        await pilot.press("j", "x", "enter")
        await until(pilot, lambda: "Customer Support stops answering" in visible(app))
        await read(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: answers.params_of("agents.archive"))
        await until(pilot, lambda: "Who takes over?" in visible(app))
        assert "✗" not in visible(app)


async def test_a_new_agent_is_asked_for_shown_and_then_made(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: "Customer Support" in visible(app))
        await pilot.press("n")
        await until(pilot, lambda: "1 of 2" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "2 of 2" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "You take on Sales" in visible(app))
        await until(pilot, lambda: "about 0.04 dollars a day, once" in " ".join(visible(app).split()))
        assert answers.params_of("models.estimate") == [EstimateModel("", template="sales")]
        assert not answers.params_of("agents.create")
        await read(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: answers.params_of("agents.create"))
        made = answers.params_of("agents.create")[0]
        assert (made.template, made.name) == ("sales", "Sales")
        await until(pilot, lambda: isinstance(app.screen, AgentsScreen))
        await until(pilot, lambda: "Saved and in use." in visible(app))


async def test_an_edit_passes_on_only_what_is_different(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Customer Support" in visible(app))
        await pilot.press("e")
        await until(pilot, lambda: "What people see of this agent" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "What is it called?" in visible(app))
        await pilot.press("end", "backspace", "backspace", "enter")
        await until(pilot, lambda: "Luna → Lu" in visible(app))
        name, params = answers.planned[-1]
        assert name == "agents.update"
        assert (params.agent, params.name, params.description, params.emoji) == ("luna", "Lu", None, None)
        assert (params.model, params.fallbacks, params.thinking) == (None, None, None)


async def test_a_copy_is_asked_only_for_its_name(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Customer Support" in visible(app))
        await pilot.press("j", "c")
        await until(pilot, lambda: "Another one like Customer Support" in visible(app))
        await pilot.press(*"Mia", "enter")
        await until(pilot, lambda: bool(answers.planned))
        params = answers.planned[-1][1]
        assert (params.name, params.copy, params.template) == ("Mia", "support", "")


async def test_what_the_box_refuses_stands_under_the_question(answers: Answers, tmp_path: Path) -> None:
    answers.plans["agents.create"] = Conflict(
        "There is already an agent.", hint="Choose another.", code="agent-exists"
    )
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Customer Support" in visible(app))
        await pilot.press("n")
        await until(pilot, lambda: "1 of 2" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "2 of 2" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "✗ There is somebody of this name on the staff already." in visible(app))
        await until(pilot, lambda: "What is it called?" in visible(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, AgentsScreen))
        assert not answers.params_of("agents.create")


async def test_nothing_to_take_back_is_only_a_notice(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: "Customer Support" in visible(app))
        await pilot.press("z")
        await until(pilot, lambda: "nothing to take back" in visible(app))
        assert isinstance(app.screen, AgentsScreen)
