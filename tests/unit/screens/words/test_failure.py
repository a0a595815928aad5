"""The dialog of a failure: the owner's sentence at once, what a supporter asks for behind d."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App

import screens
from appliance.errors import LunaError, NotFound
from screens.modals.failure import Failure
from screens.theme import NIGHT
from screens.words import Words
from tests.unit.screens.desks import until, visible

WORDS = Words()


class WithFailure(App[None]):
    CSS_PATH: ClassVar = [Path(screens.__file__).parent / "frame.tcss"]

    def __init__(self, dialog: Failure) -> None:
        super().__init__()
        self.register_theme(NIGHT.theme)
        self.theme = NIGHT.name
        self._dialog = dialog

    def on_mount(self) -> None:
        self.push_screen(self._dialog)


async def test_an_owner_reads_a_sentence_and_a_supporter_the_error() -> None:
    error = NotFound("No Gateway \x1b[31mat 18789.", hint="lunatui gateway start", code="engine-missing")
    app = WithFailure(Failure(WORDS, error))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "The engine is not installed on this box." in visible(app))
        await until(pilot, lambda: "The dashboard offers to install it." in visible(app))
        await until(pilot, lambda: "lunatui" not in visible(app))
        await pilot.press("d")
        await until(pilot, lambda: "lunatui gateway start" in visible(app))
        await until(pilot, lambda: "engine-missing" in visible(app))
        await until(pilot, lambda: "\x1b" not in visible(app))
        await pilot.press("d")
        await until(pilot, lambda: "engine-missing" not in visible(app))


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_a_bug_is_called_one(size: tuple[int, int]) -> None:
    app = WithFailure(Failure(WORDS, None))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "bug in lunatui" in visible(app))


async def test_details_can_be_in_sight_from_the_start() -> None:
    app = WithFailure(Failure(WORDS, LunaError("x", hint="y", code="busy"), details=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "busy" in visible(app))
