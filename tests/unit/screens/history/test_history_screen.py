"""The list of changes: what is selected can be taken back, gone back to, or said to be meant."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import Conflict, NotFound
from appliance.history.difference import SENTENCES, Difference, difference
from appliance.ops.history import ChangeList, ListChanges, OneChange
from appliance.ops.history_restore import WhichLoss, WhichVersion
from screens.history.phrases import by_whom, phrase
from screens.history.screen import HistoryScreen
from screens.modals.confirm import Confirm
from screens.words import Words, languages
from tests.gallery.scenes.history import ANSWERS, BACKUP, ROWS
from tests.unit.screens.desks import Answers, OneScreen, until, visible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot


class Box(Answers):
    """Answers as the café's, some of them made of the parameters."""

    async def _given(self, answer: Any) -> Any:
        if callable(answer):
            answer = answer(self.asked[-1][1])
        return await super()._given(answer)


@asynccontextmanager
async def opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **answers: Any
) -> AsyncIterator[tuple[OneScreen, Pilot[None], Box]]:
    box = Box({**ANSWERS, "health.glance": NotFound("not asked"), **answers})
    monkeypatch.setattr("screens.operation_screen.dispatch", box.dispatch)
    app = OneScreen(HistoryScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: box.params_of("history.list"))
        yield app, pilot, box


async def test_the_list_tells_what_changed_and_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, monkeypatch) as (app, pilot, _box):
        await until(pilot, lambda: "6 changes" in visible(app))
        text = visible(app)
    assert "✗ missing" in text
    assert "HR & Admin is off the staff" in text


async def test_z_takes_back_the_selected_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path, monkeypatch) as (app, pilot, box):
        await until(pilot, lambda: "6 changes" in visible(app))
        await pilot.press("down", "z")
        await until(pilot, lambda: box.params_of("history.undo"))
        await until(pilot, lambda: "Taken back: Sales Assistant" in visible(app))
    assert box.params_of("history.undo") == [OneChange("04")]


async def test_what_cannot_be_taken_back_has_no_key_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, monkeypatch) as (app, pilot, box):
        await until(pilot, lambda: "6 changes" in visible(app))
        await pilot.press("down", "down", "z", "x")
        await until(pilot, lambda: "z Undo this" not in visible(app))
    assert not box.params_of("history.undo")
    assert not box.params_of("history.dismiss")


async def test_r_shows_first_what_comes_back_and_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = replace(ANSWERS["history.preview"], told=(difference("agent-added", agent="Bob"),))  # type: ignore[type-var]
    async with opened(tmp_path, monkeypatch, **{"history.preview": back}) as (app, pilot, box):
        await until(pilot, lambda: "6 changes" in visible(app))
        await pilot.press("down", "r")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await until(pilot, lambda: "Bob is new on the staff" in visible(app))
        assert not box.params_of("history.restore")
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen))
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        monkeypatch.setattr(app.screen.grace, "takes", lambda: True)  # type: ignore[attr-defined]
        await pilot.press("y")
        await until(pilot, lambda: box.params_of("history.restore"))
        await until(pilot, lambda: "Everything is back as it was." in visible(app))
    assert box.params_of("history.restore") == [WhichVersion("04")]


async def test_a_version_that_is_not_kept_any_more_is_said_without_a_dialog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = NotFound(f"There is no version {BACKUP}.", code="backup-unknown")
    async with opened(tmp_path, monkeypatch, **{"history.preview": gone}) as (app, pilot, _box):
        await until(pilot, lambda: "6 changes" in visible(app))
        await pilot.press("r")
        await until(pilot, lambda: "is not kept any more" in visible(app))


async def test_an_undo_that_has_moved_is_a_dialog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = Conflict("port was changed again since.", code="undo-moved")
    async with opened(tmp_path, monkeypatch, **{"history.undo": moved}) as (app, pilot, _box):
        await until(pilot, lambda: "6 changes" in visible(app))
        await pilot.press("z")
        await until(pilot, lambda: "It was changed again since" in visible(app))


async def test_x_says_that_a_loss_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path, monkeypatch) as (app, pilot, box):
        await until(pilot, lambda: "6 changes" in visible(app))
        await pilot.press("x")
        await until(pilot, lambda: "it was meant to go" in visible(app))
    assert box.params_of("history.dismiss") == [WhichLoss("05")]


async def test_o_shows_only_what_others_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path, monkeypatch) as (app, pilot, box):
        await until(pilot, lambda: "6 changes" in visible(app))
        box.answers["history.list"] = ChangeList(tuple(row for row in ROWS if row.outside))
        await pilot.press("o")
        await until(pilot, lambda: "2 changes" in visible(app))
    asked = box.params_of("history.list")[-1]
    assert isinstance(asked, ListChanges)
    assert asked.outside


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("code", SENTENCES)
def test_every_difference_has_words(language: str, code: str) -> None:
    from string import Template

    words = Words(language)
    names = Template(SENTENCES[code]).get_identifiers()
    values = {name: "2" if name == "count" else "" for name in names}
    told = difference(code, **values) if code != "settings" else difference(code, section="x", count="2")
    assert phrase(words, told) != told.text or language == "en"
    assert f"history.did.{code}" in words or f"history.did.{code}.other" in words


def test_what_another_release_of_ours_told_is_told_as_it_stands() -> None:
    assert phrase(Words(), Difference("of-tomorrow", "It rains\x1b[2J.", {})) == "It rains␛[2J."


def test_who_it_was_is_told_in_words() -> None:
    words = Words()
    told = {
        "human:rosa": "you",
        "human:tom": "tom",
        "agent:luna": "luna of the staff",
        "support:key": "your supporter",
        "outside:openclaw": "the engine",
        "outside:unknown": "another program",
        "system:recovery": "this program",
    }
    assert {actor: by_whom(words, actor, "human:rosa") for actor in told} == told


async def test_a_change_by_others_names_no_place_where_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it was noticed would read as where it was made."""
    async with opened(tmp_path, monkeypatch) as (app, pilot, _box):
        await until(pilot, lambda: "6 changes" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "the engine" in visible(app))
        assert "on this screen" not in visible(app)
