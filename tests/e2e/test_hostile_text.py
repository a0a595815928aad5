"""Hostile text (safety T12) wherever text can come from: only our own sequences reach a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import home_environment
from tests.fakes.hostile import corpus, everything
from tests.fakes.hostile_box import (
    HostileGateway,
    listening,
    write_broken,
    write_draft,
    write_home,
)
from tests.fakes.hostile_output import judged
from tests.fakes.looker import (
    END,
    HOME,
    PAGE_DOWN,
    PAGE_UP,
    SIZES,
    WORK,
    Looker,
    at_row,
    every_agent,
    pages,
    scrolls_in_both,
)
from tests.fakes.typist import DOWN, ENTER, ESC

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


@pytest.fixture
def env(tmp_path: Path, machine_cache: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return home_environment(home, machine_cache)


@pytest.fixture
def home(env: Mapping[str, str], tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def gateway() -> HostileGateway:
    return HostileGateway()


def test_every_place_of_an_open_shop(env: dict[str, str], home: Path, gateway: HostileGateway) -> None:
    with listening(gateway) as port:
        write_home(home, port)
        with Looker(env, home) as looker:
            looker.sees("The shop is open.")
            looker.press("d")
            looker.sees("state       open")
            scrolls_in_both(looker)
            looker.press("2")
            looker.sees("0000")
            every_agent(looker)
            looker.in_both()
            every_agent(looker)
            looker.does(HOME, ENTER, quiet=0.15)
            looker.press("d")
            looker.sees("workspace")
            scrolls_in_both(looker)
            looker.goes(ESC, ESC, ESC)


def test_every_question_about_an_agent(env: dict[str, str], home: Path, gateway: HostileGateway) -> None:
    with listening(gateway) as port:
        write_home(home, port)
        with Looker(env, home, "--screen", "agents") as looker:
            looker.sees("0000")
            for number in range(3):
                looker.press(*[DOWN] * 80, "e")
                looker.sees("Change ")
                for _ in range(4):
                    looker.does(ENTER)
                    looker.in_both()
                looker.does(PAGE_DOWN, END)
                looker.does(ENTER, quiet=WORK)
                looker.in_both()
                looker.does("d")
                looker.in_both()
                back_to_the_list(looker)
                if number == 0:
                    looker.press("x")
                    looker.sees("Who takes over?")
                    looker.in_both()
                    looker.does(ENTER, quiet=WORK)
                    looker.in_both()
                    looker.does("d")
                    looker.in_both()
                    back_to_the_list(looker)
            looker.does("/", "\x1b[200~a\x1b]0;t\x07\x9b31m‮[/]\x1b[201~", quiet=WORK)
            looker.in_both()
            looker.does(ESC)
            looker.goes(ESC, ESC, ESC, ESC)


def back_to_the_list(looker: Looker) -> None:
    for _ in range(9):
        looker.does(ESC)
        if at_row(looker):
            return


def test_a_conversation(env: dict[str, str], home: Path, gateway: HostileGateway) -> None:
    with listening(gateway) as port:
        write_home(home, port)
        with Looker(env, home, "--screen", "agents") as looker:
            looker.sees("0000")
            for fails in (False, True):
                gateway.fails = fails
                looker.does("t", quiet=WORK)
                looker.press("\x1b[200~hello \x1b[31m\x9b5n‮[@click=app.quit]\x1b[201~", ENTER)
                looker.sees("again" if fails else "THE END")
                for _ in range(3 if fails else 10):
                    looker.does(PAGE_UP)
                    looker.in_both()
                looker.press(ESC)
                looker.sees("0000")
            looker.goes(ESC, ESC, ESC)


def test_every_brain(env: dict[str, str], home: Path, gateway: HostileGateway) -> None:
    with listening(gateway) as port:
        write_home(home, port)
        with Looker(env, home, "--screen", "providers") as looker:
            looker.sees("p0000")
            for _ in SIZES:
                looker.does(HOME)
                assert len(set(pages(looker, 60))) >= 40
                looker.in_both()
            looked_at = (
                (ENTER, "d", PAGE_DOWN, ESC, "t"),
                (ESC, " ", DOWN, ENTER, "d", ESC, ESC, ESC),
                ("n", ENTER, ESC, ESC, ESC),
                ("?", ESC, ":", ESC, "3", "5", "6", "7", "1"),
            )
            for keys in looked_at:
                for key in keys:
                    looker.does(key, quiet=0.15)
                    if key != ESC:
                        looker.in_both()
            looker.sees("The shop is open.")
            looker.goes(ESC, ESC, ESC)


@pytest.mark.parametrize("place", ["dashboard", "wizard"])
def test_files_that_cannot_be_read(env: dict[str, str], home: Path, place: str) -> None:
    """From the dashboard every other place is reached; the wizard is where a new box begins."""
    write_broken(home)
    with Looker(env, home, "--screen", place) as looker:
        looker.reads_until(lambda: len(looker.screen.strip()) > 200)
        for number in ("", *("234567" if place == "dashboard" else "")):
            looker.does(number, quiet=WORK)
            looker.in_both()
            looker.does("d")
            looker.in_both()
            for key in ("r", ENTER, ESC):
                looker.does(key, quiet=0.15)
        looker.goes(ESC, ESC, ESC)


FORTH = (
    "What is your business called?",
    "What does it do or sell?",
    "When are you open?",
    "How should your staff sound?",
    "what shall Luna call you?",
    "Which brain",
    "Where is it?",
    "Paste your key",
)
BACK = (
    "Before we begin",
    "This is what will be done",
    "What do your staff remember?",
    "How do people reach your staff?",
    "Who should work for you?",
    *FORTH[::-1],
)
ALONE = (
    ("brain", "model", "Paste your key"),
    ("finish", "consent", "Before we begin"),
    ("finish", "talk", "Say something to Luna"),
    ("finish", "sheet", "All is set up"),
)


@pytest.mark.parametrize(
    ("stage", "field", "key", "questions"),
    [("welcome", "name", ENTER, FORTH), ("finish", "consent", ESC, BACK)],
)
def test_every_page_of_the_wizard(
    env: dict[str, str],
    home: Path,
    gateway: HostileGateway,
    stage: str,
    field: str,
    key: str,
    questions: tuple[str, ...],
) -> None:
    with listening(gateway) as port:
        write_home(home, port)
        write_draft(home, stage, field)
        with Looker(env, home, "--screen", "wizard") as looker:
            for question in questions:
                looker.sees(question)
                looker.in_both()
                looker.press(key)
            looker.settles(WORK)
            looker.in_both()
            looker.goes()


@pytest.mark.parametrize(("stage", "field", "question"), ALONE)
def test_what_comes_behind_a_page_of_the_wizard(
    env: dict[str, str], home: Path, gateway: HostileGateway, stage: str, field: str, question: str
) -> None:
    with listening(gateway) as port:
        write_home(home, port)
        write_draft(home, stage, field)
        with Looker(env, home, "--screen", "wizard") as looker:
            looker.sees(question)
            looker.in_both()
            looker.does(ENTER, quiet=WORK)
            looker.in_both()
            looker.goes()


def test_what_was_remembered_of_a_shop_that_is_closed(
    env: dict[str, str], home: Path, gateway: HostileGateway
) -> None:
    with listening(gateway) as port:
        write_home(home, port)
        with Looker(env, home) as looker:
            looker.sees("The shop is open.")
            looker.goes(ESC, ESC, ESC)
    with Looker(env, home) as looker:
        looker.sees("closed")
        looker.in_both()
        looker.does("d", quiet=WORK)
        for _ in range(4):
            looker.does(PAGE_DOWN)
            looker.in_both()
        looker.goes(ESC, ESC, ESC)


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(corpus()) >= 500
    assert len({item.text for item in corpus()}) == len(corpus())
    assert judged(everything().encode("utf-8", "surrogatepass")).leaks
