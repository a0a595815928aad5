"""No dialog is cut off, and none takes for an answer what was typed before it could be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.binding import Binding

from appliance.errors import Unreachable
from appliance.health.models import Staff
from appliance.ops.approvals import arguments_of
from appliance.text import LINE_LIMIT
from screens.chat.decision import DecisionDialog
from screens.chat.picker import AgentPicker
from screens.chat.talk import Ask
from screens.grace import Grace
from screens.modals.confirm import Confirm
from screens.modals.failure import Failure
from screens.words import Words
from tests.fakes.shop import read
from tests.unit.screens.desks import until, visible
from tests.unit.screens.modals.stand import WithDialog

if TYPE_CHECKING:
    from screens.modals.dialog import Dialog

WORDS = Words()
SIZES = pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 36)], ids=["60", "80", "120"])
SCRIPT = "python3 -c 'print(1)\n" + "\n".join(f"line {n}" for n in range(60)) + "\nrm -rf /the-end'"
LONG = "It will " + "do this and " * 300 + "the end."
ALL = ("deny", "allow-once", "allow-always")


def asked(command: str = SCRIPT, *, warning: str = "", expires_at: float = 0.0) -> Ask:
    return Ask("ap-1", command, arguments_of(command), 0, warning, ALL, expires_at)


def decision(ask: Ask) -> DecisionDialog:
    return DecisionDialog(WORDS, ask, "Luna")


@SIZES
@pytest.mark.parametrize(
    ("dialog", "stays"),
    [
        (lambda: decision(asked()), ("Luna would like", "No, do not", "Yes, this once", "esc Back")),
        (lambda: Confirm(WORDS, LONG), ("Are you sure?", "n  No", "y  Yes")),
        (
            lambda: Failure(WORDS, Unreachable(LONG), details=True),
            ("did not work", "enter Back", "d Details"),
        ),
    ],
    ids=["decision", "confirm", "failure"],
)
async def test_all_of_it_can_be_read_and_the_answers_stay_in_sight(
    dialog: object, stays: tuple[str, ...], size: tuple[int, int]
) -> None:
    app = WithDialog(dialog())  # type: ignore[operator]
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "pgdn" in visible(app))
        assert all(words in visible(app) for words in stays)
        await until(pilot, lambda: "the-end" not in visible(app))
        for _ in range(60):
            await pilot.press("pagedown")
            if "That is the end of it" in visible(app):
                break
        await until(pilot, lambda: "That is the end of it" in visible(app))
        assert "the-end" in visible(app) or "the end." in visible(app)
        assert all(words in visible(app) for words in stays)
        await pilot.press("home")
        await until(pilot, lambda: "pgdn" in visible(app))


@SIZES
async def test_a_yes_to_what_was_not_read_is_none(size: tuple[int, int]) -> None:
    app = WithDialog(decision(asked()))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "a yes counts once" in visible(app))
        await read(pilot)
        await pilot.press("down", "enter", "enter")
        await until(pilot, lambda: app.screen.query(".dialog-more.need"))
        assert app.answers == []
        await pilot.press("end")
        await until(pilot, lambda: "That is the end of it" in visible(app))
        assert not app.screen.query(".dialog-more.need")
        await pilot.press("home", "enter")
        await until(pilot, lambda: app.answers)
        assert app.answers == ["allow-once"]


async def test_a_no_needs_no_reading() -> None:
    app = WithDialog(decision(asked()))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "pgdn" in visible(app))
        await read(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: app.answers)
        assert app.answers == ["deny"]


async def test_y_to_a_question_that_was_not_read_is_none_and_n_is_a_no() -> None:
    app = WithDialog(Confirm(WORDS, LONG))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "pgdn" in visible(app))
        await read(pilot)
        await pilot.press("y")
        await until(pilot, lambda: app.screen.query(".dialog-more.need"))
        await pilot.press("tab", "enter")
        assert app.answers == []
        await pilot.press("n")
        await until(pilot, lambda: app.answers)
        assert app.answers == [False]


@pytest.mark.parametrize("keys", [("enter",), ("down", "enter"), ("down", "down", "enter")])
async def test_no_answer_counts_while_it_opens(
    monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    monkeypatch.setattr("screens.grace.GRACE_S", 3600.0)
    app = WithDialog(decision(asked("ls")))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "No, do not" in visible(app))
        await pilot.press(*keys)
        assert app.answers == []
        monkeypatch.setattr("screens.grace.GRACE_S", 0.0)
        await pilot.press("enter")
        await until(pilot, lambda: app.answers)
        assert app.answers == [ALL[len(keys) - 1]]


def test_a_held_key_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("screens.grace.time.monotonic", lambda: now)
    grace = Grace()
    assert not grace.takes()
    grace.begin()
    for _ in range(50):
        now += 0.03
        assert not grace.takes()
    now += 0.31
    assert grace.takes()


async def test_how_long_there_is_goes_down_and_too_late_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr("screens.chat.decision.time.time", lambda: now)
    dialog = decision(asked("ls", expires_at=1_130.0))
    app = WithDialog(dialog)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "There are 2 minutes left" in visible(app))
        now = 1_060.0
        await until(pilot, lambda: "There is 1 minute left" in visible(app))
        now = 1_100.0
        await until(pilot, lambda: "less than a minute" in visible(app))
        now = 1_130.0
        await until(pilot, lambda: "It is too late to decide" in visible(app))
        await until(pilot, lambda: "Yes" not in visible(app))
        await read(pilot)
        await pilot.press("enter")
        assert app.answers == []
        await until(pilot, lambda: "esc Back" in visible(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.answers)
        assert app.answers == [""]


@pytest.mark.parametrize("filling", ["x" * LINE_LIMIT, "\u202e" * (LINE_LIMIT // 4)])
async def test_what_cannot_be_shown_whole_can_only_be_refused(filling: str) -> None:
    app = WithDialog(decision(asked(f"echo {filling} ; rm -rf /")))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "It is too long to be shown whole" in visible(app))
        await until(pilot, lambda: "Yes" not in visible(app))


async def test_a_warning_of_any_length_is_read_too() -> None:
    app = WithDialog(decision(asked("ls", warning="beware " * 400 + "of the dog")))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "pgdn" in visible(app))
        await until(pilot, lambda: "Yes, this once" in visible(app))
        await pilot.press("end")
        await until(pilot, lambda: "of the dog" in visible(app))


async def test_of_a_large_staff_the_marked_one_is_in_sight() -> None:
    staff = [Staff(f"agent-{n}", f"Agent {n}") for n in range(40)]
    app = WithDialog(AgentPicker(WORDS, staff, "agent-0"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "▸ Agent 0" in visible(app))
        await until(pilot, lambda: "enter Choose" in visible(app))
        await until(pilot, lambda: "esc Back" in visible(app))
        await pilot.press(*["down"] * 39)
        await until(pilot, lambda: "▸ Agent 39" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.answers)
        assert app.answers == ["agent-39"]


@pytest.mark.parametrize("kind", [DecisionDialog, AgentPicker, Confirm, Failure])
def test_each_key_has_an_id(kind: type[Dialog[object]]) -> None:
    ours = [base for base in kind.__mro__ if base.__module__.startswith("screens.")]
    bound = [item for base in ours for item in base.__dict__.get("BINDINGS", ())]
    assert [item.key for item in bound if isinstance(item, Binding) and not item.id] == []
