"""A setting that is too long for its column is whole in the detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.ops.settings import Business
from appliance.ops.settings_look import OwnKeys
from appliance.profile.choices import Choices
from screens.places.settings import SettingsScreen
from tests.unit.screens.desks import Answers, OneScreen, until, visible

if TYPE_CHECKING:
    from pathlib import Path

HOURS = "Tuesday to Sunday from 8 in the morning to 6 in the evening, in August to noon"


async def test_a_long_value_can_be_read_to_its_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    business = Business(name="Café Rosa", hours=HOURS)
    given = Answers({"settings.show": business, "settings.choices": Choices(), "settings.keys": OwnKeys(())})
    monkeypatch.setattr("screens.operation_screen.dispatch", given.dispatch)
    app = OneScreen(SettingsScreen, tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "Opening hours" in visible(app))
        await pilot.press("j", "j")
        await until(pilot, lambda: "to noon" in visible(app))
