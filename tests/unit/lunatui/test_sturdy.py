"""A bug of ours is put on record and said plainly; it ends the program only when it comes again and again."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.worker import WorkerFailed

from lunatui import diagnostics
from lunatui.sturdy import BUGS
from lunatui.tui import LunaApp
from screens.modals.failure import Failure
from screens.place import Place
from screens.widgets.key_line import KeyLine
from tests.fakes.shop import STOPPED, Shop, opened, shown, until

SECRET = "sk-proj-0123456789abcdefghijklmnop"


class Bug(Exception):
    """What a test lets happen."""


def burst(*_: object) -> None:
    hidden = "a value of a variable"
    raise Bug(f"broken by {SECRET}", len(hidden))


@asynccontextmanager
async def shop_with_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bug: type[Exception] = Bug, shop: Shop | None = None
) -> AsyncIterator[tuple[LunaApp, Pilot[None]]]:
    """The program on its dashboard; Textual hands a test the first bug when it is closed."""
    went_well = False
    with pytest.raises(bug):  # noqa: PT012 - it comes when the program is closed
        async with opened(shop or Shop(), tmp_path, monkeypatch) as (app, pilot):
            yield app, pilot
            went_well = True
    assert went_well, "what was expected in between did not come"


def log_of(app: LunaApp) -> Path:
    return app.desk.box.places.logs_dir / "crash.log"


async def is_said_and_goes_on(app: LunaApp, pilot: Pilot[None]) -> None:
    await until(pilot, lambda: isinstance(app.screen, Failure))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, Place))
    await pilot.press("2")
    await until(pilot, lambda: getattr(app.screen, "place", "") == "agents")


async def test_in_a_worker_of_a_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        burst()

    async with opened(Shop(), tmp_path, monkeypatch) as (app, pilot):
        app.screen.run_worker(work(), exit_on_error=False)
        await is_said_and_goes_on(app, pilot)
        text = log_of(app).read_text()
        assert "in burst" in text
        assert "Bug" in text
        assert "a value of a variable" not in text.replace('hidden = "a value of a variable"', "")
        assert SECRET not in text
        assert stat.S_IMODE(log_of(app).stat().st_mode) == 0o600


@pytest.mark.parametrize("exits", [True, False])
async def test_in_a_worker_of_the_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exits: bool) -> None:
    async def work() -> None:
        burst()

    async with shop_with_bug(tmp_path, monkeypatch, WorkerFailed if exits else Bug) as (app, pilot):
        app.run_worker(work(), exit_on_error=exits)
        await is_said_and_goes_on(app, pilot)
        assert "in burst" in log_of(app).read_text()


async def test_in_the_look_at_the_shop_it_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.lookout.EVERY_S", 0.05)
    shop, dialogs = Shop(), 0
    async with shop_with_bug(tmp_path, monkeypatch, shop=shop) as (app, pilot):
        for _ in range(2):
            shop.glance = Bug()
            await until(pilot, lambda: isinstance(app.screen, Failure))
            while isinstance(app.screen, Failure):
                dialogs += 1
                await pilot.press("escape")
            await until(pilot, lambda: "This is a mistake in this program." in shown(app))
            await until(pilot, lambda: "◌ not checked" in shown(app))
            looked = shop.looks
            await pilot.press("r")
            await until(pilot, lambda: shop.looks > looked)  # noqa: B023 - called before it is another one
            await until(pilot, lambda: "This is a mistake in this program." in shown(app))
            shop.glance = STOPPED
            await pilot.press("r")
            await until(pilot, lambda: "Nobody is answering" in shown(app))
    assert dialogs == 2, "a bug that stays is said once"


async def test_in_an_action_of_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.dashboard.screen.DashboardScreen.action_retry", burst)
    async with shop_with_bug(tmp_path, monkeypatch) as (app, pilot):
        before = app.screen
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Failure))
        assert before in app.screen_stack
        await is_said_and_goes_on(app, pilot)


async def test_in_a_handler_of_a_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with shop_with_bug(tmp_path, monkeypatch) as (app, pilot):
        before = app.screen
        before.call_later(burst)
        await until(pilot, lambda: isinstance(app.screen, Failure))
        await until(pilot, lambda: app.screen_stack[-2] is not before or before.is_running)
        await is_said_and_goes_on(app, pilot)


async def test_while_a_widget_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with shop_with_bug(tmp_path, monkeypatch) as (app, pilot):
        line = app.screen.query_one(KeyLine)
        monkeypatch.setattr(line, "render", burst)
        line.refresh()
        await is_said_and_goes_on(app, pilot)


async def test_in_a_timer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with shop_with_bug(tmp_path, monkeypatch) as (app, pilot):
        app.screen.set_timer(0.01, burst)
        await is_said_and_goes_on(app, pilot)


async def test_again_and_again_it_ends_with_the_code_of_a_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with shop_with_bug(tmp_path, monkeypatch) as (app, pilot):
        for _ in range(BUGS):
            app.call_later(burst)
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == diagnostics.BUG
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
