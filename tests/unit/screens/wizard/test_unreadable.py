"""No page of the wizard without an answer: what cannot be read is said, and can be tried again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.errors import LunaError
from appliance.ops.profiles import Applied
from appliance.ops.setup_brain import Brain, Brains
from appliance.profile.draft import Draft, read_draft, write_draft
from appliance.secret import Secret
from screens.wizard.screen import WizardScreen
from tests.fakes.box import make_box
from tests.fakes.shop import shown, until
from tests.fakes.wizard import BRAINS, Outside, page_of, setting_up, trial

if TYPE_CHECKING:
    from pathlib import Path

    from lunatui.tui import LunaApp

FAILED = LunaError("It went wrong.", code="strange-new")
CUSTOM = Draft("brain", "model", name="Rosa", kind="custom", base_url="https://x.example/v1", keyed=True)
ELSEWHERE = Draft("brain", "model", name="Rosa", kind="ollama", base_url="http://192.168.1.20:11434")


def left(home: Path, draft: Draft) -> None:
    write_draft(make_box(home).places, draft)


def here(app: LunaApp) -> str:
    screen = app.screen
    return (
        f"{screen.page.stage}/{screen.page.field}" if isinstance(screen, WizardScreen) and screen.page else ""
    )


def without_models(brain: Brain) -> Brain:
    return replace(brain, found=False, models=())


@pytest.mark.parametrize("draft", [CUSTOM, ELSEWHERE], ids=["custom", "ollama"])
async def test_models_that_only_a_trial_knows_are_looked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, draft: Draft
) -> None:
    left(tmp_path, draft)
    outside = Outside()
    outside.brains = Brains(
        tuple(without_models(each) if each.id == "ollama" else each for each in BRAINS.brains)
    )
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        assert page_of(app) == "brain/key"
        await pilot.press(*("sk-1",) if draft is CUSTOM else (), "enter")
        await until(pilot, lambda: outside.asked)
        outside.finish(trial("a", models=("a", "b")))
        await until(pilot, lambda: page_of(app) == "brain/model" and "▸ a" in shown(app))
    kept = read_draft(make_box(tmp_path).places)
    assert kept
    assert kept.base_url == draft.base_url


@pytest.mark.parametrize(
    ("operation", "before", "at", "follows"),
    [
        ("templates.list", Draft("brain", "weak", kind="ollama", weak=True), "staff/staff", "lines/lines"),
        ("setup.summary", Draft("finish", "talk"), "finish/sheet", ""),
    ],
)
async def test_no_question_is_answered_that_does_not_stand_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    before: Draft,
    at: str,
    follows: str,
) -> None:
    left(tmp_path, replace(before, stage=at.partition("/")[0], field=at.partition("/")[2]))
    outside = Outside()
    outside.broken[operation] = FAILED
    monkeypatch.setattr("tests.fakes.wizard.page_of", here)
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await until(pilot, lambda: "This question cannot be asked yet" in shown(app))
        assert here(app) == at
        await until(pilot, lambda: "enter Try again" in shown(app))
        await until(pilot, lambda: "F3 Details" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "This question cannot be asked yet" in shown(app))
        outside.broken.clear()
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == at)
        if follows:
            await pilot.press("enter")
            await until(pilot, lambda: page_of(app) == follows)


async def test_brains_that_cannot_be_looked_up_are_looked_up_again_where_they_are_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("welcome", "owner", name="Rosa"))
    outside = Outside()
    outside.broken["setup.brains"] = FAILED
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await until(pilot, lambda: "✗" not in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "This question cannot be asked yet" in shown(app))
        outside.broken.clear()
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "brain/kind")


async def test_the_key_is_forgotten_when_the_engines_safe_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("finish", "apply", name="Rosa", kind="openai", keyed=True, agreed=True))
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside, key=Secret("practice-word")) as (app, pilot):
        await until(pilot, lambda: outside.asked)
        assert isinstance(app.screen, WizardScreen)
        assert app.screen._flow.key is not None
        outside.finish(Applied(True, (), ("luna",), "2026.9.6", 1))
        await until(pilot, lambda: page_of(app) == "finish/talk")
        assert app.screen._flow.key is None
        await pilot.press("ctrl+q")
