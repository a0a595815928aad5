"""The words of the dashboard for what a look may find."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.health.models import Staff, Today, Trouble
from screens.dashboard.sheet import box_lines, last_open, sentence, technical, today_lines, why
from screens.words import Words
from tests.fakes.shop import OPEN, STOPPED

WORDS = Words()
NOW = OPEN.checked_at
TODAY = Today("2026-11-20")


@pytest.mark.parametrize(
    ("agents", "channels", "said"),
    [
        ((), (), "There is nobody on the staff yet."),
        ((Staff("luna", "Luna"),), (), "Luna answers here; no customer line yet."),
        ((Staff("luna", "Luna"), Staff("a", "A")), ("slack", "x1"), "Luna and 1 more answer on Slack, x1."),
    ],
)
def test_who_answers_where(agents: tuple[Staff, ...], channels: tuple[str, ...], said: str) -> None:
    seen = replace(OPEN, agents=agents, channels=channels)
    expected = said if not agents else f"The shop is open. {said}"
    assert sentence(WORDS, seen, NOW).plain.endswith(expected)


def test_a_look_that_is_old_says_so() -> None:
    assert "As of" not in sentence(WORDS, OPEN, NOW + 5).plain
    assert "As of 2 min ago." in sentence(WORDS, OPEN, NOW + 130).plain


@pytest.mark.parametrize(
    ("today", "lines"),
    [
        (None, ["◌ Nothing is known of today yet"]),
        (TODAY, ["◌ Nothing is known of today yet"]),
        (replace(TODAY, conversations=0), ["✓ Nobody has written yet"]),
        (replace(TODAY, conversations=1, schedules_on=0, waiting=0), ["✓ 1 conversation"]),
        (
            replace(TODAY, schedules_on=2, schedules_failed=1, waiting=1),
            [
                "✓ 2 schedules are on",
                "▲ 1 schedule failed the last time it ran",
            ],
        ),
    ],
)
def test_today_says_only_what_is_known(today: Today | None, lines: list[str]) -> None:
    assert [line.strip() for line in today_lines(WORDS, today, NOW).plain.split("\n")] == lines


def test_the_box_names_what_is_missing() -> None:
    bare = replace(OPEN, engine="", model="", last_backup=None, last_change=None)
    lines = [line.strip() for line in box_lines(WORDS, bare, NOW).plain.split("\n")]
    assert lines == ["▲ no engine", "▲ no brain", "◌ no backup of the box yet"]


def test_causes_never_speak_of_what_an_owner_need_not_know() -> None:
    odd = Trouble("gateway-odd", "The gateway token of the RPC is wrong.", "Look at the config.")
    assert why(WORDS, odd) == "The engine cannot be asked how it is. The details say more."
    assert any("token" in text.plain for _, text in technical(replace(STOPPED, trouble=odd)))


def test_when_it_was_last_open() -> None:
    assert last_open(WORDS, OPEN, NOW) == ""
    assert last_open(WORDS, replace(STOPPED, last_open=NOW - 720), NOW).endswith("12 min ago.")
    assert last_open(WORDS, replace(STOPPED, last_open=None), NOW) == ""
