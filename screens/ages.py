"""Times, ages and numbers, in words and as the language writes them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from screens.words import Words

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
SLOW, STUCK = 15, 60
"""Seconds after which a wait is slow, and after which it says why it may be and what to press."""


def moment(text: str) -> float:
    """A time as our files have it (ISO 8601) in seconds since 1970; 0 for one that cannot be read."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0


def age_of(words: Words, since: float, now: float | None = None) -> str:
    """The age of an epoch time: `just now` within a minute, relative under a day, the date after."""
    seconds = (time.time() if now is None else now) - since
    if seconds < MINUTE:
        return words("age.now")
    if seconds < HOUR:
        return words("age.minutes", count=int(seconds // MINUTE))
    if seconds < DAY:
        return words("age.hours", count=int(seconds // HOUR))
    return words("date.exact", date=date_of(words, since), time=_clock(since))


def short_age(words: Words, since: float, now: float) -> str:
    """The age under a day, the date after: for a column."""
    return age_of(words, since, now) if now - since < DAY else date_of(words, since)


def clock_or_date(words: Words, when: float, now: float | None = None) -> str:
    """A moment: the time within a day, the date before."""
    near = (time.time() if now is None else now) - when < DAY
    return _clock(when) if near else date_of(words, when)


def date_of(words: Words, when: float) -> str:
    """The day of a moment: `20 Nov 2026`."""
    day = time.localtime(when)
    return words("date.day", day=day.tm_mday, month=words(f"month.{day.tm_mon}"), year=day.tm_year)


def due_of(words: Words, when: float, now: float) -> str:
    """A moment that is to come: the time, with its weekday where that is not today."""
    day = time.localtime(when)
    if day[:3] == time.localtime(now)[:3]:
        return _clock(when)
    return words("date.weekday", weekday=words(f"weekday.{day.tm_wday}"), time=_clock(when))


def decimal(words: Words, value: float) -> str:
    """A number with one place behind the point, or the comma."""
    return f"{value:.1f}".replace(".", words("number.point"))


def span_of(words: Words, seconds: float) -> str:
    """How long something has lasted, in its largest unit."""
    for unit, size in (("days", DAY), ("hours", HOUR), ("minutes", MINUTE)):
        if seconds >= size:
            return words(f"span.{unit}", count=int(seconds // size))
    return words("span.moment")


def waiting(words: Words, seconds: float) -> str:
    """What a wait is called: plain, slow, or with what to do."""
    stage = "working" if seconds < SLOW else "slow" if seconds < STUCK else "stuck"
    return words(f"wait.{stage}", seconds=int(seconds))


def waiting_for(words: Words, what: str, seconds: float) -> str:
    """What is waited for and for how long; slow waits say so on a line of their own, with the seconds."""
    if seconds < SLOW:
        return f"… {what} · {int(seconds)} s"
    return f"… {what}\n  {waiting(words, seconds)}"


def _clock(when: float) -> str:
    return time.strftime("%H:%M", time.localtime(when))
