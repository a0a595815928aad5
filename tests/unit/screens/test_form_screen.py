"""A form is never left waiting: what it saves ends, is refused, or has a bug, and it says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from appliance.ops.core import Change, Plan
from appliance.ops.gateway import START
from screens.form_screen import FormScreen
from tests.fakes.shop import read
from tests.unit.screens.desks import Answers, OneScreen, until, visible

if TYPE_CHECKING:
    from pathlib import Path

    from screens.desk import Desk


async def save(form: FormScreen, pilot: Any) -> None:
    """What its key does; a key that comes too fast after the review counts for nothing."""
    await read(pilot)
    form.action_save()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    given = Answers(
        {START.name: asyncio.Event()}, {START.name: Plan(START.name, (Change("service", "start"),))}
    )
    monkeypatch.setattr("screens.operation_screen.dispatch", given.dispatch)
    monkeypatch.setattr("screens.operation_screen.plan", given.plan)
    return given


def starting(desk: Desk) -> FormScreen:
    """Without a question: what would change, then it is done."""
    return FormScreen(desk, START, fixed=START.params().__dict__)


async def reviewed(app: OneScreen, pilot: Any) -> FormScreen:
    """The form at its review, where enter saves."""
    await until(pilot, lambda: "enter Save" in visible(app))
    screen = app.screen
    assert isinstance(screen, FormScreen)
    return screen


async def test_what_is_being_saved_is_not_left_and_no_key_says_otherwise(
    answers: Answers, tmp_path: Path
) -> None:
    app = OneScreen(starting, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        form = await reviewed(app, pilot)
        await until(pilot, lambda: "esc Back" in visible(app))
        await save(form, pilot)
        await until(pilot, lambda: answers.asked)
        await until(pilot, lambda: "esc Back" not in visible(app))
        await pilot.press("escape")
        assert isinstance(app.screen, FormScreen)


async def test_refused_because_it_runs_already_it_can_be_left(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(starting, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        form = await reviewed(app, pilot)
        app.push_screen(other := starting(app.desk))
        await until(pilot, lambda: other.is_current and "enter Save" in visible(app))
        form.start(START, START.params())
        await until(pilot, lambda: len(answers.asked) == 1)
        await save(other, pilot)
        await until(pilot, lambda: "Something else is using this right now." in visible(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is form)
        assert len(answers.asked) == 1


@pytest.mark.parametrize("stage", ["checking", "saving"])
async def test_a_bug_ends_the_wait(answers: Answers, tmp_path: Path, stage: str) -> None:
    bug = ValueError("a value")
    if stage == "checking":
        answers.plans[START.name] = bug
    else:
        answers.answers[START.name] = bug
    app = OneScreen(starting, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        if stage == "saving":
            await save(await reviewed(app, pilot), pilot)
        form = next(screen for screen in app.screen_stack if isinstance(screen, FormScreen))
        await until(pilot, lambda: form._stage == "done")
        if app.screen is not form:
            await pilot.press("escape")
        await until(pilot, lambda: "This is a mistake in this program" in visible(app))
        await pilot.press("escape")
        await until(pilot, lambda: form not in app.screen_stack)


async def test_the_key_that_ended_the_questions_does_not_save(
    answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.grace.GRACE_S", 3600.0)
    app = OneScreen(starting, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        form = await reviewed(app, pilot)
        await pilot.press("enter", "enter", "ctrl+s")
        assert form._stage == "review"
        assert answers.asked == []
        monkeypatch.setattr("screens.grace.GRACE_S", 0.0)
        await pilot.press("enter")
        await until(pilot, lambda: answers.asked)
