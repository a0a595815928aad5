"""Advanced inside the wizard: what a page comes to as a command; what was typed and what runs stay."""

from __future__ import annotations

import io
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from appliance.ops.registry import find
from appliance.profile.draft import Draft, read_draft
from appliance.secret import Secret
from lunatui.commands import parse
from screens.wizard import pages
from screens.wizard.behind import behind
from tests.fakes.box import make_box
from tests.fakes.shop import shown, until
from tests.fakes.wizard import Outside, page_of, setting_up
from tests.unit.screens.wizard.test_wizard import ANSWERED, KEY, STEPS, left

if TYPE_CHECKING:
    from pathlib import Path

NAME = pages.Page("welcome", "name")
DRAFT = Draft(name="Café Rosa", kind="openai", model="gpt-6-sol", agreed=True)


@pytest.mark.parametrize(
    ("page", "command"),
    [
        (pages.FIRST, "lunatui setup answer --field language --answer language= welcome"),
        (
            pages.Page("welcome", "name"),
            "lunatui setup answer --field name --answer 'name=Café Rosa' welcome",
        ),
        (pages.Page("welcome", "pace"), "lunatui setup answer --field pace --answer short=no welcome"),
        (pages.Page("memory", "memory"), "lunatui setup answer --field memory memory"),
        (pages.Page("finish", "consent"), "lunatui setup answer --field consent --answer agreed=yes finish"),
        (pages.KEY, "lunatui setup try-brain --model gpt-6-sol --key-stdin openai"),
        (pages.PLAN, "lunatui setup plan"),
        (pages.APPLY, "lunatui setup apply --key-stdin"),
        (pages.TALK, "lunatui chat history luna"),
        (pages.SHEET, "lunatui setup summary"),
    ],
)
def test_the_equivalent_command(page: pages.Page, command: str) -> None:
    assert behind(page, DRAFT, Secret(KEY)) == command


@pytest.mark.parametrize("page", pages._ALL)
def test_every_page_comes_to_a_command_that_there_is_and_to_no_key(
    page: pages.Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = behind(page, DRAFT, Secret(KEY))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(KEY.encode())))
    program, *words = shlex.split(command)
    found = parse(words)
    assert found is not None
    assert (program, found.operation) == ("lunatui", find(f"{words[0]}.{words[1]}"))
    assert KEY not in command


async def test_f4_shows_and_hides_it_and_what_was_typed_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("welcome", "what", "English", "Rosa"))
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        await until(pilot, lambda: "lunatui" not in shown(app))
        await until(pilot, lambda: "Advanced" not in shown(app))
        await pilot.press(*"CAkes", "f4")
        await until(pilot, lambda: "lunatui setup answer --field what" in shown(app))
        screen = app.screen
        assert screen.query_one(Input).value == "CAkes"
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "welcome/hours")
        await until(pilot, lambda: "--field hours" in shown(app))
        await pilot.press("f4")
        await until(pilot, lambda: "Saved so far: Rosa" in shown(app))
        await until(pilot, lambda: "lunatui" not in shown(app))
        assert app.screen is screen
    draft = read_draft(make_box(tmp_path).places)
    assert draft is not None
    assert draft.what == "CAkes"


async def test_a_key_that_was_given_is_still_there_and_steps_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, replace(ANSWERED, field="apply", agreed=True))
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside, key=Secret(KEY)) as (app, pilot):
        await until(pilot, lambda: outside.asked)
        outside.emit("plan", steps=STEPS)
        outside.emit("step", **STEPS[0], state="running")
        await pilot.press("A")
        await until(pilot, lambda: "lunatui setup apply --key-stdin" in shown(app))
        outside.emit("progress", done=1, total=4)
        await until(pilot, lambda: "25 %" in shown(app))
        assert len(outside.asked) == 1
        assert KEY not in shown(app)


async def test_who_helps_somebody_sees_it_from_the_next_page_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("welcome", "who", "English"))
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        await until(pilot, lambda: "F4 switches it off" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: page_of(app) == "welcome/pace")
        await until(pilot, lambda: "lunatui setup answer --field pace" in shown(app))
