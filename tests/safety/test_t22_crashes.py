"""T22: a bug on any screen, in a handler or a worker: said plainly, never with values, and nothing is lost.

One bug is survived; one that comes again and again ends the program with the code of a bug, the terminal as
it was before.
"""

from __future__ import annotations

import re
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from textual.worker import WorkerFailed

from lunatui import diagnostics
from lunatui.sturdy import BUGS
from screens.chat.screen import ChatScreen
from screens.modals.failure import Failure
from screens.place import INNER_PLACES, PLACES, POWER_PLACES, Place
from tests.fakes.box import environment
from tests.fakes.shop import Shop, opened, until
from tests.fakes.typist import ROOT, Typist
from tests.safety.boxes import Box
from tests.safety.crashing import HIDDEN, Bug, burst
from tests.safety.scale import scale

if TYPE_CHECKING:
    from pathlib import Path

EVERY = (*PLACES, *INNER_PLACES, *POWER_PLACES)
TRIED = EVERY[:: scale(4, 1, 1)]
ENDS = [
    ("handler", "dashboard"),
    ("worker", "agents"),
    ("render", "settings"),
    ("timer", "providers"),
    ("mount", "health"),
]
SHOWN_ENDS = ENDS[: scale(2, 5, 5)]
MODES = re.compile(r"\x1b\[\?([\d;]+)([hl])")
LEFT_AS = {"1049": "l", "1000": "l", "1003": "l", "1006": "l", "2004": "l", "25": "h"}
"""The modes of the terminal at the end: its own screen, no mouse, no pasting, a cursor."""


def locals_in(text: str) -> bool:
    """Whether the value of a variable was told."""
    return HIDDEN in text


@pytest.mark.parametrize("place", TRIED)
@pytest.mark.parametrize("where", ["handler", "worker"])
async def test_one_bug_on_any_screen_is_said_and_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, where: str
) -> None:
    async def work() -> None:
        burst()

    with pytest.raises((Bug, WorkerFailed)) if where == "handler" else _nothing():
        async with opened(Shop(), tmp_path, monkeypatch) as (app, pilot):
            app.action_go(place)
            await until(pilot, lambda: isinstance(app.screen, Place) and app.screen.place == place)
            if where == "handler":
                app.screen.call_later(burst)
            else:
                app.screen.run_worker(work(), exit_on_error=False)
            await until(pilot, lambda: isinstance(app.screen, Failure))
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, Place))
            await pilot.press("1")
            await until(pilot, lambda: getattr(app.screen, "place", "") == "dashboard")
            log = app.desk.box.places.logs_dir / "crash.log"
            text = log.read_text()
            assert "Bug" in text
            assert not locals_in(text)
            assert stat.S_IMODE(log.stat().st_mode) == 0o600


async def test_again_and_again_it_ends_and_what_was_written_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = Shop()
    with pytest.raises(Bug):  # noqa: PT012 - it comes when the program is closed
        async with opened(shop, tmp_path, monkeypatch) as (app, pilot):
            await pilot.press("t")
            await until(pilot, lambda: isinstance(app.screen, ChatScreen))
            await pilot.press(*"Dear")
            await until(pilot, lambda: shop.draft == "Dear")
            for _ in range(BUGS):
                app.call_later(burst)
            await until(pilot, lambda: not app.is_running)
    assert app.return_code == diagnostics.BUG
    assert shop.draft == "Dear"
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert not locals_in(said.out + said.err)


class _nothing:  # noqa: N801 - reads as a word in the test above
    """No error is expected."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("where", "screen"), SHOWN_ENDS, ids=lambda value: str(value))
def test_the_real_program_ends_with_its_code_and_gives_the_terminal_back(
    tmp_path: Path, where: str, screen: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    box = Box.make(home)
    env = environment(home) | {"LUNATUI_HOME": str(home / "ours"), "PYTHONPATH": str(ROOT)}
    program = (sys.executable, "-m", "tests.safety.crashing", where)
    with Typist(env, "--screen", screen, program=program) as typist:
        if where != "mount":
            typist.sees("Help")
            for _ in range(BUGS + 2):
                if typist.changes(lambda: typist.process.poll() is not None, seconds=0.0):
                    break
                typist.press("\x1b[20~")
                typist.changes(lambda: typist.process.poll() is not None)
        assert typist.leaves() == diagnostics.BUG
        assert typist.modes == typist.modes_before
        arrived = typist.arrived
    state = {mode: how for modes, how in MODES.findall(arrived) for mode in modes.split(";")}
    assert {mode: state.get(mode, how) for mode, how in LEFT_AS.items()} == LEFT_AS
    assert not locals_in(arrived)
    assert "Traceback" not in arrived
    log = box.places.logs_dir / "crash.log"
    assert "Bug" in log.read_text()
    assert not locals_in(log.read_text())
    box.check_modes()
