"""The screens over a real sshd: every kind of terminal, another size, and a line that drops."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import home_environment
from tests.e2e.shop import processes_of, wait_for
from tests.fakes.hostile_output import judged
from tests.fakes.sshd import Sshd, sshd_path
from tests.fakes.typist import DOWN, ENTER, Typist

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

TERMS = ("xterm-256color", "screen", "tmux-256color", "linux")
GONE_S = 60.0
BACKGROUND = ("xterm", "tmux", "linux")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    if sshd_path() is None:
        missing = "sshd is not installed; this test needs it: apt-get install openssh-server"
        if os.geteuid() == 0 or os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with Sshd(tmp_path_factory.mktemp("ssh") / "sshd") as running:
        yield running


@pytest.fixture
def env(tmp_path: Path, machine_cache: Path) -> dict[str, str]:
    (tmp_path / "home").mkdir(mode=0o700)
    return home_environment(tmp_path / "home", machine_cache)


def far(sshd: Sshd, env: dict[str, str], *arguments: str, term: str = "xterm-256color") -> Typist:
    """Somebody at the other end of the line; the terminal's name goes with it, its colours' do not."""
    local = {**os.environ, "TERM": term, "COLORTERM": "", "LC_ALL": "C.UTF-8"}
    program = sshd.client(env, *arguments)
    return Typist(local, program=program, erases_with_background=term.startswith(BACKGROUND))


@pytest.mark.parametrize("term", TERMS)
def test_every_kind_of_terminal_can_set_up_and_leave(
    sshd: Sshd, env: dict[str, str], tmp_path: Path, term: str
) -> None:
    with far(sshd, env, term=term) as typist:
        typist.sees("Which language shall we use?")
        typist.press(DOWN)
        typist.sees("▸ Deutsch")
        typist.press("\x1b[A")
        typist.sees("▸ English")
        asked_for_a_name(typist)
        typist.press("Cafe Rosax", "\x7f")
        typist.sees("Cafe Rosa")
        typist.resize(120, 36)
        typist.reads_until(lambda: "Cafe Rosa" in typist.screen and _is_high(typist.screen))
        typist.press("\x11")
        assert typist.leaves() == 0, typist.screen
        assert typist.modes == typist.modes_before
    assert judged(bytes(typist.raw)).leaks == []
    if "256" not in term:
        assert b"38;5;" not in typist.raw
    assert b"38;2;" not in typist.raw
    assert wait_for(lambda: not processes_of(tmp_path / "home"), GONE_S)


@pytest.mark.parametrize("end", ["client", "server"])
def test_a_dropped_line_ends_the_program_and_the_next_goes_on_at_the_same_page(
    sshd: Sshd, env: dict[str, str], tmp_path: Path, end: str
) -> None:
    home = tmp_path / "home"
    with far(sshd, env) as typist:
        typist.sees("Which language shall we use?")
        asked_for_a_name(typist)
        typist.press("Cafe Rosa", ENTER)
        typist.sees("What does it do or sell?")
        assert processes_of(home)
        typist.press(*["\x1b[B"] * 50)  # in the middle of drawing
        if end == "client":
            typist.process.kill()
        else:
            sshd.drop()
        assert wait_for(lambda: not processes_of(home), GONE_S), processes_of(home)
    with far(sshd, env) as typist:
        typist.sees("What does it do or sell?")
        typist.press("\x11")
        assert typist.leaves() == 0
    assert wait_for(lambda: not processes_of(home), GONE_S)


def asked_for_a_name(typist: Typist) -> None:
    """Past the pages on which one only chooses."""
    for question in ("Who sits here?", "How much time do you have?", "What is your business called?"):
        typist.press(ENTER)
        typist.sees(question)


def _is_high(screen: str) -> bool:
    """The keys stand on the last line of the larger window."""
    return "ctrl+q" in "".join(screen.splitlines()[35:])
