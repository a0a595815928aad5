"""The record on the screen: deeds as rows, views of them, a check that says what it proves, a copy."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError
from appliance.ops.audit import ListRecords
from appliance.ops.audit_keep import Exported, ExportRecords
from appliance.ops.core import Plan
from screens.audit.deeds import deeds_of, whence, who
from screens.audit.screen import AuditScreen
from screens.words import Words
from tests.gallery.scenes import audit as scenes
from tests.unit.screens.desks import Answers, OneScreen, until, visible

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.ops.core import Call, Operation

WORDS = Words()


class Chosen(Answers):
    """Lists and shows what is asked for, as the scenes do."""

    async def dispatch(self, _box: Any, operation: Operation[Any, Any], params: Any, _call: Call) -> Any:
        self.asked.append((operation.name, params))
        answer = self.answers[operation.name]
        return answer(params) if callable(answer) else await self._given(answer)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Chosen:
    exported = Exported(tmp_path / "x.csv", 10, whole=True)
    given = Chosen(
        {**scenes.ANSWERS, "audit.export": exported},
        {"audit.export": Plan("audit.export", scenes.EXPORTED.changes)},
    )
    monkeypatch.setattr("screens.operation_screen.dispatch", given.dispatch)
    monkeypatch.setattr("screens.operation_screen.plan", given.plan)
    return given


def test_a_deed_is_one_row_however_it_ended() -> None:
    found = deeds_of(scenes.RECORDS)
    assert [each.state for each in found] == [
        "open", "noted", "done", "recovered", "failed", "refused", "done", "done", "done"
    ]  # fmt: skip
    assert found[2].changes == ("business.hours: – → 8 to 18",)
    assert [each.seq for each in found] == sorted((each.seq for each in found), reverse=True)


def test_an_outcome_whose_intent_is_not_in_sight_stands_alone() -> None:
    outcome = scenes.RECORDS[1]
    assert [(each.state, each.changes) for each in deeds_of([outcome])] == [("done", ())]
    assert deeds_of([replace(outcome, result="interrupted")])[0].state == "interrupted"


def test_who_and_from_where_are_words() -> None:
    assert who("agent:luna", WORDS, {"luna": "Luna"}) == "Luna"
    assert who("human:rosa", WORDS, {}) == "rosa"
    assert who("support:key1", WORDS, {}) == "A supporter"
    assert who("odd\x1b[2J", WORDS, {}) == "odd␛[2J"
    assert whence("tui", WORDS) == "On these screens"
    assert whence("cli ssh:192.0.2.7", WORDS) == "On the command line, over the network from 192.0.2.7"
    assert whence("new\x07", WORDS) == "new␇"


async def test_the_views_follow_each_other(answers: Chosen, tmp_path: Path) -> None:
    app = OneScreen(AuditScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "9 entries" in visible(app))
        for told, count in (
            ("Only what was not allowed or failed", "2 entries"),
            ("Only what nobody at this box did", "3 entries"),
            ("Only rosa", "6 entries"),
        ):
            await pilot.press("f")
            await until(pilot, lambda told=told, count=count: told in visible(app) and count in visible(app))
        await pilot.press("f")
        await until(pilot, lambda: "9 entries" in visible(app))
    wanted = answers.params_of("audit.list")
    assert all(isinstance(each, ListRecords) for each in wanted)
    assert {(each.refused, each.outside, each.actor) for each in wanted} == {
        (False, False, ""), (True, False, ""), (False, True, ""), (False, False, "human:rosa")
    }  # fmt: skip


async def test_a_check_says_what_it_proves_and_what_not(answers: Chosen, tmp_path: Path) -> None:
    answers.answers["audit.verify"] = waiting = asyncio.Event()
    app = OneScreen(AuditScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "9 entries" in visible(app))
        await pilot.press("v")
        await until(pilot, lambda: "… Checking every entry" in visible(app))
        answers.answers["audit.verify"] = scenes.ALONE
        await pilot.press("v")
        await until(pilot, lambda: "✓ Nothing was changed or taken out, up to entry 815" in visible(app))
        assert "No line of it is kept elsewhere yet" in visible(app)
        answers.answers["audit.verify"] = scenes.WHOLE
        await pilot.press("v")
        await until(pilot, lambda: "Up to entry 700 this agrees" in visible(app))
    waiting.set()


GONE_ON = LunaError("Altered.", code="audit-broken", facts={**scenes.FACTS, "whole_from": "900"})
"""Found, and the record goes on behind it."""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (scenes.BROKEN, "✗ Somebody changed the record from entry 412 on"),
        (GONE_ON, "stands in a new part, from entry 900"),
        (scenes.SHORTER, "✗ Entries are missing: the record ends at 411"),
        (LunaError("No.", code="audit-unavailable"), "✗ The record of changes cannot be written"),
    ],
)
async def test_what_a_check_has_found_is_said_in_place(
    answers: Chosen, tmp_path: Path, error: LunaError, told: str
) -> None:
    answers.answers["audit.verify"] = error
    app = OneScreen(AuditScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "9 entries" in visible(app))
        await pilot.press("v")
        await until(pilot, lambda: told in visible(app))
        assert "9 entries" in visible(app)


async def test_a_copy_is_asked_for_shown_and_written(answers: Chosen, tmp_path: Path) -> None:
    app = OneScreen(AuditScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "9 entries" in visible(app))
        await pilot.press("e")
        await until(pilot, lambda: "In which form?" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Which file?" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "new file that only you can read" in " ".join(visible(app).split()))
    (params,) = [params for name, params in answers.planned if name == "audit.export"]
    assert isinstance(params, ExportRecords)
    assert (params.format, str(params.to).startswith("~/lunatui-")) == ("csv", True)
