"""Moments and spans as people say them."""

from __future__ import annotations

import time

from screens.ages import age_of, clock_or_date, date_of, decimal, due_of, span_of
from screens.words import Words

WORDS = Words()
NOW = 1_800_000_000.0


def test_a_span_is_said_in_its_largest_unit() -> None:
    spans = [span_of(WORDS, seconds) for seconds in (5, 61, 7300, 86_400, 6 * 86_400)]
    assert spans == ["less than a minute", "1 min", "2 h", "1 day", "6 days"]


def test_a_moment_is_a_time_within_a_day_and_a_date_before() -> None:
    assert clock_or_date(WORDS, NOW - 60, NOW) == time.strftime("%H:%M", time.localtime(NOW - 60))
    assert clock_or_date(WORDS, NOW - 90_000, NOW) == date_of(WORDS, NOW - 90_000)


def test_an_age_is_relative_under_a_day() -> None:
    assert [age_of(WORDS, NOW - seconds, NOW) for seconds in (3, 720, 7300)] == [
        "just now", "12 min ago", "2 h ago",
    ]  # fmt: skip


def test_a_date_names_its_month() -> None:
    day = time.mktime((2026, 11, 20, 12, 0, 0, 0, 0, -1))
    assert date_of(WORDS, day) == "20 Nov 2026"
    assert date_of(Words("de"), day) == "20. Nov. 2026"


def test_what_is_due_another_day_names_its_weekday() -> None:
    now = time.mktime((2026, 11, 20, 12, 0, 0, 0, 0, -1))
    assert due_of(WORDS, now + 3600, now) == "13:00"
    assert due_of(WORDS, now + 86_400, now) == "Sat 12:00"


def test_a_number_has_the_point_of_its_language() -> None:
    assert (decimal(WORDS, 2.34), decimal(Words("de"), 2.34)) == ("2.3", "2,3")
