"""The driver in a pty: what it says to the terminal beside the picture, and how it leaves it."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.unit.lunatui.driver.line import LIMIT_S, Line, shown

_MODES = re.compile(r"\x1b\[\?(?!2026[hl])[\d;]+(?:[hl]|\$p)|\x1b\[[<>]\d*u|\x07|\x1b\]22;\w+\x07")
DRIVERS = ("stock", "lean")


def _started(line: Line, words: str = "Hello Luna") -> None:
    assert line.until(lambda: words in line.text()), line.text()
    line.settle()


def _shows(line: Line, cells: list[Any]) -> bool:
    return shown(line) == cells


def _stopped(line: Line) -> bool:
    return os.waitpid(line.process.pid, os.WUNTRACED | os.WNOHANG)[0] != 0


def _ended(line: Line) -> None:
    assert line.until(lambda: line.process.poll() is not None)
    line.settle(0.1)


def _turns(line: Line) -> set[int]:
    """The turns of the stream whose numbers stand in the table."""
    rows = [row.split() for row in line.terminal.display if row.lstrip().startswith("agent-")]
    return {(int(row[-1]) - 1) // 10 for row in rows if row[-1].isdigit()}


def _modes_of_a_session(driver: str, *, ends: str) -> tuple[list[str], bool, list[object]]:
    """Everything but the picture, whether the tty is as before, and the last state of the cursor's pen."""
    with Line("broken" if ends == "crash" else "hello", driver) as line:
        _started(line)
        if ends == "key":
            line.type("b")
            line.settle()
            line.type("q")
        elif ends == "crash":
            line.type("x")
        else:
            line.process.send_signal(signal.SIGTERM)
        _ended(line)
        restored = termios.tcgetattr(line.tty) == line.modes_before
        return _MODES.findall(line.arrived), restored, list(line.terminal.cursor.attrs)


@pytest.mark.parametrize("ends", ["key", "crash", "sigterm"])
def test_the_terminal_is_taken_and_given_back_as_the_stock_driver_does(ends: str) -> None:
    stock = _modes_of_a_session("stock", ends=ends)
    ours = _modes_of_a_session("lean", ends=ends)
    assert ours == stock
    assert ours[1], "the tty's modes are not restored"
    assert "\x1b[?1049l" in ours[0]


def test_a_suspended_program_gives_the_terminal_back_and_draws_all_when_it_returns() -> None:
    modes = {}
    for driver in DRIVERS:
        with Line("table", driver) as line:
            _started(line, "agent-0")
            before = shown(line)
            line.process.send_signal(signal.SIGTSTP)
            assert line.until(partial(_stopped, line))
            line.settle(0.1)
            assert termios.tcgetattr(line.tty) == line.modes_before
            line.terminal.reset()
            line.process.send_signal(signal.SIGCONT)
            if driver == "lean":
                assert line.until(partial(_shows, line, before))
            line.settle()
            modes[driver] = _MODES.findall(line.arrived)
    assert modes["lean"] == modes["stock"]


@pytest.mark.parametrize("size", [(60, 20), (100, 30)])
def test_a_resized_terminal_shows_what_the_stock_driver_shows(size: tuple[int, int]) -> None:
    screens = []
    for driver in DRIVERS:
        with Line("table", driver) as line:
            _started(line, "agent-0")
            line.resize(*size)
            line.settle()
            screens.append(shown(line))
    assert screens[0] == screens[1]


def test_a_terminal_that_lost_cells_in_a_resize_there_and_back_is_drawn_again() -> None:
    with Line("table", "lean") as line:
        _started(line, "agent-0")
        before = shown(line)
        line.resize(40, 10)
        line.terminal.erase_in_display(2)
        line.resize(80, 24)
        assert line.until(lambda: shown(line) == before), line.text()


@pytest.mark.parametrize("term", ["xterm-256color", "screen-256color", "vt100"])
def test_every_kind_of_terminal_gets_the_same_screen(term: str) -> None:
    screens = []
    for driver in DRIVERS:
        with Line("table", driver, term=term) as line:
            line.terminal.erases_with_background = term.startswith(("xterm", "tmux"))
            _started(line, "agent-0")
            line.type("\x1b[B" * 3)
            line.settle()
            line.type("s")
            _started(line, "Agent  5")
            screens.append(shown(line))
    assert screens[0] == screens[1]


def test_nothing_is_written_when_nothing_changes() -> None:
    with Line("table", "lean") as line:
        _started(line, "agent-0")
        before = line.terminal.bytes
        line.carry(1.5)
        assert line.terminal.bytes == before


def test_a_terminal_that_never_answers_is_served_all_the_same() -> None:
    with Line("table", "lean", answers=False) as line:
        _started(line, "agent-0")
        line.type("s")
        assert line.until(lambda: "Agent  5" in line.text()), line.text()


def test_a_slow_far_line_gets_fewer_pictures_and_ends_with_the_newest() -> None:
    turns: set[int] = set()
    with Line("stream", "lean", rate=9600, delay=0.2) as line:
        assert line.until(lambda: "agent-0" in line.text())
        end = line.terminal.bytes + 6000
        # Each turn of the stream changes ten of thirty rows: on a line that gets every picture all are seen.
        # A machine so busy that it draws no faster than the line carries leaves none out until it is quieter.
        assert line.until(
            lambda: (turns.update(_turns(line)) or line.terminal.bytes > end) and len(turns) < max(turns)
        ), turns
        line.type("s")
        assert line.until(lambda: "Agent  5" in line.text()), line.text()


def test_a_terminal_that_takes_nothing_for_a_while_gets_the_newest_picture_then() -> None:
    with Line("stream", "lean") as line:
        assert line.until(lambda: "agent-0" in line.text())
        line.takes_bytes = False
        line.type("s")
        line.settle()
        line.takes_bytes = True
        assert line.until(lambda: "Agent  5" in line.text()), line.text()


def test_a_lost_terminal_ends_the_program() -> None:
    with Line("stream", "lean") as line:
        assert line.until(lambda: "agent-0" in line.text())
        line.hang_up()
        assert line.process.wait(LIMIT_S) is not None


def test_a_hang_up_without_a_signal_ends_the_program() -> None:
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-m", "tests.unit.lunatui.driver.programs", "table", "lean"]
    # A session of its own, and the terminal is not its controlling one: nobody sends SIGHUP.
    child = subprocess.Popen(
        argv,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        cwd=Path(__file__).parents[4],
    )
    os.close(theirs)
    shown = b""
    while b"agent-0" not in shown:
        assert select.select([ours], [], [], LIMIT_S)[0], shown
        shown += os.read(ours, 65_536)
    os.close(ours)
    try:
        child.wait(LIMIT_S)
    finally:
        child.kill()
