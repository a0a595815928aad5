"""The backups on the screen: what is offered for which row, and what is asked of whom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.ops.backup_create import CreateBackup
from appliance.ops.backup_drill import DrillBackup, Proof
from appliance.ops.backup_restore import RestoreBackup
from appliance.ops.core import Plan
from appliance.ops.history_restore import WhichVersion
from screens.backups.screen import BackupsScreen
from screens.form_screen import FormScreen
from tests.gallery.scenes.backups import FOUND, KEPT, LATE, LOCKED, MADE, RESTORES, REVERTS, VERSIONS
from tests.unit.screens.desks import Answers, OneScreen, until, visible

if TYPE_CHECKING:
    from pathlib import Path

PROOF = Proof(KEPT[0].id, "luna", "Yes.", 6, 1204, 1.0, 20.0, 3.0)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    given = Answers(
        {"backup.list": FOUND, "backup.create": MADE, "backup.drill": PROOF},
        {"backup.restore": RESTORES, "history.restore": REVERTS, "backup.drill": Plan("backup.drill", ())},
    )
    monkeypatch.setattr("screens.operation_screen.dispatch", given.dispatch)
    monkeypatch.setattr("screens.operation_screen.plan", given.plan)
    return given


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_archives_and_versions_stand_in_words(
    answers: Answers, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = OneScreen(BackupsScreen, tmp_path)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "The whole box" in visible(app))
        text = visible(app)
        for words in ("9 kept", "✗ damaged", "from the set-up", "every day at 03:30"):
            assert words in text
        for word in ("lunabackup", "config", "JSON", "key-file"):
            assert word not in text


async def test_b_makes_one_and_says_that_its_key_must_be_kept(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(BackupsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "The whole box" in visible(app))
        await pilot.press("b")
        await until(pilot, lambda: "Keep a copy of this box's key" in visible(app))
        assert answers.params_of("backup.create") == [CreateBackup()]


async def test_p_proves_the_selected_one(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(BackupsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "The whole box" in visible(app))
        await pilot.press("down", "p")
        await until(pilot, lambda: "somebody answered" in visible(app))
        assert answers.params_of("backup.drill") == [DrillBackup(KEPT[1].path)]


async def test_a_version_and_a_disk_that_is_away_cannot_be_proven(answers: Answers, tmp_path: Path) -> None:
    answers.answers["backup.list"] = replace(FOUND, archives=(KEPT[4],))
    app = OneScreen(BackupsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "its disk is not here" in visible(app))
        await pilot.press("p", "r", "down", "p")
        await pilot.pause()
        assert answers.params_of("backup.drill") == []
        assert isinstance(app.screen, BackupsScreen)


async def test_r_shows_first_what_a_restore_means(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(BackupsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "The whole box" in visible(app))
        await pilot.press("r")
        await until(pilot, lambda: "WhatsApp may have to be linked" in visible(app))
        assert "trash for 30 days" in " ".join(visible(app).split())
        assert answers.params_of("backup.restore") == []
        assert answers.planned[-1][1] == RestoreBackup(KEPT[0].path, None, "", True)


async def test_a_passphrase_is_asked_for_where_one_is_needed(answers: Answers, tmp_path: Path) -> None:
    answers.answers["backup.list"] = LOCKED
    app = OneScreen(BackupsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "The whole box" in visible(app))
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await until(pilot, lambda: "passphrase" in visible(app))
        assert answers.params_of("backup.drill") == []


async def test_r_on_a_version_puts_back_what_differs(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(BackupsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "The whole box" in visible(app))
        await pilot.press(*["down"] * 5, "r")
        await until(pilot, lambda: "This will change" in visible(app))
        assert answers.planned[-1][1] == WhichVersion(VERSIONS[0].id)


async def test_an_overdue_backup_is_said_on_top(answers: Answers, tmp_path: Path) -> None:
    answers.answers["backup.list"] = LATE
    app = OneScreen(BackupsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "overdue" in visible(app))
