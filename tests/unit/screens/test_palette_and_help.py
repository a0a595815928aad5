"""The palette is made from the registry, help from the live keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from appliance.ops.agents import AgentList
from appliance.ops.core import Change, Plan
from appliance.ops.templates import TemplateList, TemplateRow
from appliance.profile.choices import Choices
from screens.agents.screen import AgentsScreen
from screens.form_screen import FormScreen
from screens.help import HelpScreen
from screens.palette import Commands, form_for
from tests.fakes.shop import read
from tests.unit.screens.desks import Answers, OneScreen, until, visible

if TYPE_CHECKING:
    from pathlib import Path

    from screens.desk import Desk


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    given = Answers(
        {"agents.list": AgentList(()), "templates.list": TemplateList((SUPPORT,)), "undo.last": object()},
        {"undo.last": Plan("undo.last", (Change("agents.entries.luna.name", '"Luna" → "Lu"'),))},
    )
    monkeypatch.setattr("screens.operation_screen.dispatch", given.dispatch)
    monkeypatch.setattr("screens.operation_screen.plan", given.plan)
    return given


SUPPORT = TemplateRow("support", "Support", "Answers customers", "")


class WithPalette(OneScreen):
    COMMANDS = {Commands}  # noqa: RUF012 - Textual declares it so

    def action_help(self) -> None:
        self.push_screen(HelpScreen(self.desk.words, self.screen))


async def test_help_lists_the_keys_of_the_screen_it_explains(answers: Answers, tmp_path: Path) -> None:
    app = WithPalette(AgentsScreen, tmp_path)
    async with app.run_test(size=(120, 60)) as pilot:
        await until(pilot, lambda: "Press n" in visible(app))
        await pilot.press("question_mark")
        await until(pilot, lambda: "What you can do here" in visible(app))
        text = visible(app)
        assert "Take on an agent" in text
        assert "Moving about" in text
        assert "Your AI staff" in text
        labels = ("Let an agent go", "Dark, light", "What supporters need")
        assert (
            len({line.index(label) for line in text.splitlines() for label in labels if label in line}) == 1
        )
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, AgentsScreen))


async def test_an_operation_is_found_by_its_title_and_done_as_its_key_does_it(
    answers: Answers, tmp_path: Path
) -> None:
    app = WithPalette(AgentsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Press n" in visible(app))
        await pilot.press("colon")
        await until(pilot, lambda: "Take on an agent" in visible(app))
        await pilot.press(*"take on")
        await until(pilot, lambda: "Let an agent go" not in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await until(pilot, lambda: "What should the new agent do?" in visible(app))
        await until(pilot, lambda: "Answers customers" in visible(app))


async def test_without_parameters_a_change_is_shown_before_it_is_made(
    answers: Answers, tmp_path: Path
) -> None:
    from appliance.ops.undo import LAST

    app = WithPalette(lambda desk: FormScreen(desk, LAST), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Luna → Lu" in visible(app))
        assert answers.params_of("undo.last") == []
        await read(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: len(answers.params_of("undo.last")) == 1)


async def test_without_parameters_a_read_shows_its_result(answers: Answers, tmp_path: Path) -> None:
    from appliance.ops.templates import LIST

    app = WithPalette(lambda desk: FormScreen(desk, LIST), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Answers customers" in visible(app))


@pytest.mark.parametrize("advanced", ["on", "off"])
async def test_an_operation_without_a_title_is_for_supporters(
    answers: Answers, tmp_path: Path, advanced: Literal["on", "off"]
) -> None:
    app = WithPalette(AgentsScreen, tmp_path)
    app.desk = replace(app.desk, choices=Choices(advanced=advanced))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Press n" in visible(app))
        await pilot.press("colon", *"show a setting")
        await until(pilot, lambda: "Take on" not in visible(app))
        assert ("secrets masked" in visible(app)) is (advanced == "on")


async def test_what_an_owner_has_no_words_for_is_not_asked(answers: Answers, tmp_path: Path) -> None:
    from appliance.ops.engine import INSTALL

    def form(desk: Desk) -> FormScreen:
        return form_for(AgentsScreen(desk), INSTALL)

    app = WithPalette(form, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: answers.planned)
        assert answers.planned == [("engine.install", INSTALL.params())]
        assert "Nothing would change." in visible(app)
