"""The real program on the terminals people have: what is drawn, which keys work, and how it is left."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import home_environment
from tests.e2e.shop import processes_of, wait_for
from tests.fakes.hostile_output import judged
from tests.fakes.typist import DOWN, ENTER, ESC, Typist
from tests.unit.lunatui.driver.emulator import Terminal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

BACKGROUND = {
    "xterm-256color": True, "tmux-256color": True, "linux": True,
    "screen": False, "screen-256color": False, "vt100": False,
}  # fmt: skip
"""Whether what is erased on such a terminal takes the background in force."""
PLACES = ("agents", "providers", "dashboard")
ALONE_S = 0.3
"""An escape is a key of its own once nothing has followed it for a tenth of a second."""
MODES = re.compile(r"\x1b\[\?([\d;]+)([hl])")
LEFT_AS = {
    "1049": "l",
    "1000": "l",
    "1003": "l",
    "1006": "l",
    "1015": "l",
    "1004": "l",
    "2004": "l",
    "25": "h",
    "7": "h",
}
"""The modes as they have to be at the end."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three agents and a brain, and nothing that runs."""
    home = tmp_path / "home"
    state = home / ".openclaw"
    state.mkdir(mode=0o700, parents=True)
    agents = ", ".join(f'"{name}": {{"name": "{name.title()}"}}' for name in ("luna", "sales", "support"))
    config = (
        f'{{"agents": {{"defaults": {{"model": {{"primary": "openai/gpt"}}}}, "entries": {{{agents}}}}}}}'
    )
    (state / "openclaw.json").touch(mode=0o600)
    (state / "openclaw.json").write_text(config)
    return home


@pytest.fixture
def env(home: Path, machine_cache: Path) -> dict[str, str]:
    return {**home_environment(home, machine_cache), "COLORTERM": ""}


def frame(screen: str) -> str:
    """A screen without what passes by itself."""
    return re.sub(r" *(\d\d:\d\d|just now|\d+ (s|min) ago)", "~", screen)


@pytest.mark.parametrize("term", BACKGROUND)
def test_every_terminal_is_drawn_as_it_can_be(env: dict[str, str], term: str) -> None:
    frames = []
    for name in (term, "xterm-256color"):
        with Typist(
            {**env, "TERM": name}, "--screen", "agents", erases_with_background=BACKGROUND[name]
        ) as typist:
            typist.sees("Support")
            typist.sees("closed")  # as the first look at the shop finds it, a moment after the list
            typist.press(DOWN)
            typist.sees("▸ Sales")
            typist.settles()
            frames.append(frame(typist.screen))
            typist.press("?")
            typist.settles()
            typist.press(ESC)
            typist.settles(ALONE_S)
            typist.sees("▸ Sales")
            typist.press("\x11")
            assert typist.leaves() == 0
            raw = bytes(typist.raw)
        if name == term:
            assert judged(raw).leaks == []
            assert b"38;2;" not in raw
            assert b"48;2;" not in raw
            assert "256" in term or b"8;5;" not in raw
            assert_no_background_is_counted_on(raw, erases_with_background=BACKGROUND[term])
    assert frames[0] == frames[1]


def assert_no_background_is_counted_on(raw: bytes, *, erases_with_background: bool) -> None:
    """A terminal that does not colour what it erases has to show the same as one that does."""
    if erases_with_background:
        return
    shown = raw.decode().rpartition("\x1b[?1049l")[0]
    screens = []
    for colours in (True, False):
        terminal = Terminal(80, 24, erases_with_background=colours)
        terminal.feed(shown)
        screens.append([terminal.line(y) for y in range(24)])
    assert screens[0] == screens[1]


KEYS = {
    "up": ("\x1b[A", "\x1bOA"),
    "down": ("\x1b[B", "\x1bOB"),
    "first": ("\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~", "g"),
    "last": ("\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~", "G"),
    "help": ("\x1bOP", "\x1b[11~", "\x1b[[A", "?"),
}


def test_every_way_to_send_a_key_is_understood(env: dict[str, str]) -> None:
    with Typist(env, "--screen", "agents") as typist:
        typist.sees("▸ Luna")
        for up, down in zip(KEYS["up"], KEYS["down"], strict=True):
            typist.press(down)
            typist.sees("▸ Sales")
            typist.press(up)
            typist.sees("▸ Luna")
        for first, last in zip(KEYS["first"], KEYS["last"], strict=True):
            typist.press(last)
            typist.sees("▸ Support")
            typist.press(first)
            typist.sees("▸ Luna")
        for key in KEYS["help"]:
            before = typist.screen
            typist.press(key)
            typist.reads_until(lambda before=before: typist.screen != before)  # type: ignore[misc]
            typist.settles()
            typist.press(ESC)
            typist.settles(ALONE_S)
            typist.sees("▸ Luna")
        for backspace in ("\x7f", "\x08"):
            typist.press("/")
            typist.settles()
            typist.press("salex", backspace)
            typist.reads_until(lambda: "Luna" not in typist.screen and "Sales" in typist.screen)
            typist.press(ESC)
            typist.sees("Luna")
        typist.press("/")
        typist.settles()
        typist.press("\x1b[200~supp\x1b[201~")
        typist.reads_until(lambda: "Luna" not in typist.screen and "Support" in typist.screen)
        typist.press(ESC)
        typist.sees("Luna")
        typist.press(
            "\x1bz", "\x1b\x1b", "\x1b[24;2R", "\x1b[?62c", "\x1b]11;rgb:0/0/0\x1b\\", "\x1b[I", "\x1b[O"
        )
        typist.settles()
        assert "Luna" in typist.screen, "replies of a terminal are no keys"
        typist.press("\x11")
        assert typist.leaves() == 0


def test_bytes_that_are_no_text_do_no_harm(env: dict[str, str]) -> None:
    with Typist(env, "--screen", "agents") as typist:
        typist.sees("▸ Luna")
        typist.press("\udcff\udcfe\udce4", "\udcc3", "(", DOWN)
        typist.sees("▸ Sales")
        typist.press("\x11")
        assert typist.leaves() == 0


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_a_terminal_without_a_cursor_is_told_so(env: dict[str, str], term: str) -> None:
    for arguments in ((), ("--screen", "agents")):
        with Typist({**env, "TERM": term}, *arguments) as typist:
            assert typist.leaves() == 2
            assert "cannot show screens" in typist.screen
            assert "\x1b" not in typist.arrived
            assert typist.modes == typist.modes_before


@pytest.mark.parametrize("ends", ["key", "term", "hup", "int"])
def test_the_terminal_is_given_back(env: dict[str, str], home: Path, ends: str) -> None:
    with Typist(env, "--screen", "agents") as typist:
        typist.sees("▸ Luna")
        assert typist.modes != typist.modes_before
        if ends == "key":
            typist.press("q")
        else:
            typist.process.send_signal(signal.Signals[f"SIG{ends.upper()}"])
        typist.leaves()
        assert typist.modes == typist.modes_before
        last = {name: how for names, how in MODES.findall(typist.arrived) for name in names.split(";")}
        assert {name: last.get(name, how) for name, how in LEFT_AS.items()} == LEFT_AS
        assert typist.arrived.count("\x1b[<u") >= typist.arrived.count("\x1b[>")
    assert wait_for(lambda: not processes_of(home), 60.0)


@pytest.mark.parametrize("locale", ["C", "POSIX", "xx_XX.UTF-8"])
def test_a_locale_that_says_nothing_changes_nothing(env: dict[str, str], locale: str) -> None:
    with Typist({**env, "LC_ALL": locale, "LANG": ""}, "--screen", "agents") as typist:
        typist.sees("▸ Luna")
        typist.press("\x11")
        assert typist.leaves() == 0
    assert judged(bytes(typist.raw)).leaks == []


def test_a_terminal_that_is_no_utf_8_gets_plainer_signs(env: dict[str, str], home: Path) -> None:
    config = home / ".openclaw" / "openclaw.json"
    config.write_text(config.read_text().replace("Sales", "Café 日本 👩\u200d👧"))
    with Typist({**env, "LC_ALL": "de_DE.ISO-8859-1"}, "--screen", "agents") as typist:
        typist.sees("> Luna")
        typist.press(DOWN)
        typist.sees("> Caf")
        typist.press("\x11")
        assert typist.leaves() == 0
    shown = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", bytes(typist.raw).decode("latin-1"))
    assert "Café ???? ??" in shown
    assert not re.search("[\x80-\x9f]", shown)


def test_a_home_whose_name_is_no_text(tmp_path: Path, home: Path, env: dict[str, str]) -> None:
    odd = tmp_path / "caf\udce9 \x1b[31m"
    home.rename(odd)
    with Typist({**env, "HOME": str(odd)}, "--screen", "agents") as typist:
        typist.sees("▸ Luna")
        typist.press(ENTER, "d")
        typist.settles(0.4)
        typist.press(ESC)
        typist.settles(ALONE_S)
        typist.press("\x11")
        assert typist.leaves() == 0
    assert judged(bytes(typist.raw)).leaks == []
