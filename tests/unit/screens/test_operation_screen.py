"""Operations in the background: asked, cancelled, begun twice, and left behind."""

from __future__ import annotations

import asyncio
import gc
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from textual import on

from appliance.errors import LunaError
from appliance.ops.core import Call, Nothing, Operation, Prepared, Risk
from screens.modals.confirm import Confirm
from screens.modals.failure import Failure
from screens.operation_screen import OperationScreen
from screens.widgets.key_line import KeyLine
from tests.unit.screens.desks import OneScreen, until, visible

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult


@dataclass(frozen=True)
class Outcome:
    """What a test's operation brings."""


async def never(*_: Any) -> Prepared[Outcome]:
    """Nothing of it is run: the door is a test's."""
    raise AssertionError


REPAIR = Operation(
    "engine.mend", "Mend the engine", Risk.CHANGE, Nothing, Outcome, prepare=never, no_undo="No."
)


async def looks(*_: Any) -> Outcome:
    """Nothing of it is run either."""
    raise AssertionError


LOOK = Operation("engine.glance", "Look at the engine", Risk.READ, Nothing, Outcome, run=looks)


class Door:
    """In the place of dispatch: keeps whoever came waiting."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.asks = False
        self.cancelled = 0

    async def dispatch(self, _box: Any, operation: Operation[Any, Any], _params: Any, call: Call) -> Any:
        self.came.append(operation.name)
        try:
            if self.asks:
                return await call.consent("Really?")
            return await asyncio.shield(self.answer)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


class Plain(OperationScreen):
    """A screen with a key line and nothing else; remembers how what it began ended."""

    def on_mount(self) -> None:
        self.ended: list[OperationScreen.Succeeded | OperationScreen.Failed] = []

    @on(OperationScreen.Succeeded)
    @on(OperationScreen.Failed)
    def keep_end(self, message: OperationScreen.Succeeded | OperationScreen.Failed) -> None:
        self.ended.append(message)

    def compose(self) -> ComposeResult:
        yield KeyLine(self.words)


@pytest.fixture
async def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    made = Door()
    monkeypatch.setattr("screens.operation_screen.dispatch", made.dispatch)
    return made


def plain(app: OneScreen) -> Plain:
    return next(screen for screen in app.screen_stack if isinstance(screen, Plain))


async def test_a_question_goes_with_whoever_asked_it(door: Door, tmp_path: Path) -> None:
    door.asks = True
    app = OneScreen(Plain, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Plain))
        plain(app).start(REPAIR, Nothing())
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        app.workers.cancel_all()
        await until(pilot, lambda: isinstance(app.screen, Plain))
        assert door.cancelled == 1
        assert not any(isinstance(screen, Failure) for screen in app.screen_stack)


async def test_a_look_that_a_newer_one_replaces_at_once_leaves_nothing(door: Door, tmp_path: Path) -> None:
    app = OneScreen(Plain, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Plain))
        screen = plain(app)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            for _ in range(3):
                assert screen.start(LOOK, Nothing())
                screen.look_ahead(REPAIR, Nothing())
            await until(pilot, lambda: door.came == [LOOK.name])
            gc.collect()
        assert [str(warning.message) for warning in said] == []


async def test_a_change_under_way_is_not_begun_again(door: Door, tmp_path: Path) -> None:
    app = OneScreen(Plain, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Plain))
        plain(app).start(REPAIR, Nothing())
        await until(pilot, lambda: door.came)
        assert plain(app).start(REPAIR, Nothing()) is False
        await until(pilot, lambda: "under way already" in visible(app))
        await until(pilot, lambda: plain(app).ended)
        refused = plain(app).ended[0]
        assert isinstance(refused, OperationScreen.Failed)
        assert (refused.error.code, refused.quiet, refused.params) == ("busy", True, Nothing())
        assert door.came == [REPAIR.name]
        assert door.cancelled == 0


@pytest.mark.parametrize("operation", [REPAIR, LOOK], ids=["change", "look"])
async def test_a_bug_is_an_end_as_well(door: Door, tmp_path: Path, operation: Operation[Any, Any]) -> None:
    app = OneScreen(Plain, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Plain))
        assert plain(app).start(operation, Nothing())
        await until(pilot, lambda: door.came)
        door.answer.set_exception(ValueError("a value"))
        await until(pilot, lambda: plain(app).ended)
        end = plain(app).ended[0]
        assert isinstance(end, OperationScreen.Failed)
        assert (end.error.code, end.quiet) == ("bug", True)
        assert "a value" not in end.error.message
        assert not plain(app).under_way(operation.name)


async def test_a_plan_with_a_bug_ends_too(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise ValueError

    monkeypatch.setattr("screens.operation_screen.plan", broken)
    app = OneScreen(Plain, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Plain))
        plain(app).look_ahead(REPAIR, Nothing())
        await until(pilot, lambda: plain(app).ended)
        await until(pilot, lambda: isinstance(app.screen, Failure))


@pytest.mark.parametrize("well", [True, False])
async def test_a_change_goes_on_when_its_screen_is_left_and_is_reported(
    door: Door, tmp_path: Path, well: bool
) -> None:
    app = OneScreen(Plain, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Plain))
        left = plain(app)
        left.start(REPAIR, Nothing())
        await until(pilot, lambda: door.came)
        await app.switch_screen(Plain(app.desk))
        await until(pilot, lambda: not left.is_running)
        assert door.cancelled == 0
        if well:
            door.answer.set_result(Outcome())
        else:
            door.answer.set_exception(LunaError("It broke."))
        said = "Done: Mend the engine" if well else "Did not work: Mend the engine"
        await until(pilot, lambda: said in visible(app))
        assert isinstance(app.screen, Plain)


async def test_below_the_least_size_a_sentence_covers_all_until_there_is_room(
    door: Door, tmp_path: Path
) -> None:
    app = OneScreen(Plain, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Plain))
        await pilot.resize_terminal(59, 24)
        await until(pilot, lambda: "at least 60 by 18" in visible(app))
        await pilot.resize_terminal(60, 17)
        await until(pilot, lambda: "60 columns, 17 lines" in visible(app))
        await pilot.resize_terminal(60, 18)
        await until(pilot, lambda: "at least" not in visible(app))


async def test_a_report_takes_no_focus_stands_above_the_keys_and_goes_by_itself(
    door: Door, tmp_path: Path
) -> None:
    now = 1_000.0
    app = OneScreen(Plain, tmp_path)
    app.desk.notices._clock = lambda: now
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Plain))
        focused = app.screen.focused
        plain(app).notice("Saved [b]and in use.")
        await until(pilot, lambda: "✓ Saved [b]and in use." in visible(app).split("\n")[-2])
        assert app.screen.focused is focused
        now += 60.0
        app.screen.query_one("NoticeLine").show_newest()  # type: ignore[attr-defined]  # what its timer does
        await until(pilot, lambda: "Saved" not in visible(app))
        assert [notice.text for notice in app.desk.notices.kept] == ["Saved [b]and in use."]
