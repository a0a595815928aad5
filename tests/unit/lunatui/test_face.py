"""`lunatui` on a terminal: which screen opens first, and that leaving or dying loses nothing."""

from __future__ import annotations

import signal
import stat
import sys
from pathlib import Path

import pytest

from appliance.places import Places
from appliance.profile.draft import Draft, read_draft, write_draft
from lunatui import diagnostics
from lunatui.sturdy import BUGS
from tests.fakes.box import environment
from tests.fakes.typist import CTRL_Q, ENTER, Typist

MOUSE = "\x1b[?1000h"
"""The terminal is asked for clicks."""
RESTORED = "\x1b[?1049l"
"""The terminal's own screen is back."""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return dict(environment(tmp_path))


def draft_of(env: dict[str, str]) -> Draft | None:
    return read_draft(Places.from_environment(env))


def test_killed_at_a_question_it_opens_there_again(env: dict[str, str]) -> None:
    with Typist(env) as typist:
        typist.sees("Which language shall we use?")
        typist.press(ENTER)
        typist.sees("Who sits here?")
        typist.press(ENTER)
        typist.sees("How much time do you have?")
        typist.press(ENTER)
        typist.sees("What is your business called?")
        typist.press("Rosa", ENTER)
        typist.sees("What does it do or sell?")
        typist.process.kill()
        assert typist.leaves() == -signal.SIGKILL
    with Typist(env) as typist:
        typist.sees("What does it do or sell?")
        typist.sees("Saved so far: Rosa")
        typist.press("Cakes", CTRL_Q)
        assert typist.leaves() == 0
        assert RESTORED in typist.arrived
    assert draft_of(env) == Draft("welcome", "what", "English", "Rosa", typed="Cakes")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_dropped_line_ends_it_cleanly(env: dict[str, str], number: signal.Signals) -> None:
    write_draft(Places.from_environment(env), Draft("welcome", "hours", name="Rosa"))
    with Typist(env) as typist:
        typist.sees("When are you open?")
        typist.process.send_signal(number)
        assert typist.leaves() == 0
        assert RESTORED in typist.arrived
        assert "Traceback" not in typist.arrived
    assert draft_of(env) == Draft("welcome", "hours", name="Rosa")


@pytest.mark.parametrize(("field", "first"), [("consent", "1 Dashboard"), ("talk", "Say something to Luna")])
def test_a_box_that_is_set_up_opens_its_dashboard_or_the_conversation(
    env: dict[str, str], field: str, first: str
) -> None:
    places = Places.from_environment(env)
    places.state_dir.mkdir(mode=0o700)
    places.config_path.touch(mode=0o600)
    places.config_path.write_text(
        '{wizard: {lastRunAt: "2026-11-20T10:00:00.000Z"}, agents: {defaults: {model: {primary: "p/m"}}}}'
    )
    write_draft(places, Draft("finish", field))
    with Typist(env) as typist:
        typist.sees(first)


def test_another_screen_can_come_first_and_a_wrong_name_is_said(env: dict[str, str]) -> None:
    with Typist(env, "--screen", "skills") as typist:
        typist.sees("price lists")
    with Typist(env, "--read-only", "--screen=governance") as typist:
        typist.sees("only looking")
        typist.sees("the record of every change")
    with Typist(env, "--screen", "nowhere") as typist:
        assert typist.leaves() == 6
        assert "There is no screen “nowhere”." in typist.arrived.replace("\r\n", " ")


BUGGY = """
import sys
from screens.place import Place
from lunatui.cli import main

def burst(self):
    hidden = "the value of a variable"
    raise RuntimeError("a bug of a test", len(hidden))

Place.action_undo = burst
sys.exit(main(["--screen", "settings"]))
"""


def test_a_bug_is_said_plainly_and_the_program_goes_on(env: dict[str, str]) -> None:
    with Typist(env, program=(sys.executable, "-c", BUGGY)) as typist:
        typist.sees("Name of the business")
        typist.press("z")
        typist.sees("This is a bug in lunatui")
        typist.press(ENTER)
        typist.sees("Name of the business")
        typist.press("q")
        assert typist.leaves() == 0
        assert typist.modes == typist.modes_before
    log = Places.from_environment(env).logs_dir / "crash.log"
    assert "in burst" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_bugs_without_end_end_it_with_their_code_and_nothing_of_theirs_on_the_terminal(
    env: dict[str, str],
) -> None:
    with Typist(env, program=(sys.executable, "-c", BUGGY)) as typist:
        typist.sees("Name of the business")
        for _ in range(BUGS - 1):
            typist.press("z")
            typist.sees("This is a bug in lunatui")
            typist.press(ENTER)
            typist.reads_until(lambda: "This is a bug" not in typist.screen)
        typist.press("z")
        assert typist.leaves() == diagnostics.BUG
        assert RESTORED in typist.arrived
        assert "Traceback" not in typist.arrived
        assert "the value of a variable" not in typist.arrived
        assert "This is a bug in lunatui" in typist.arrived.rpartition(RESTORED)[2]
        assert "The details are in" in typist.arrived
        assert typist.modes == typist.modes_before


def test_without_the_mouse_the_terminal_keeps_its_own_selection(env: dict[str, str]) -> None:
    for given, listens in ((env, True), ({**env, "LUNATUI_NO_MOUSE": "1"}, False)):
        with Typist(given, "--screen", "settings") as typist:
            typist.sees("Name of the business")
            assert (MOUSE in typist.arrived) is listens
