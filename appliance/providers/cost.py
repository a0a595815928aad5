"""What models cost: for a million tokens, and what a heartbeat makes of that in a day."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from appliance.providers.address import is_own_network
from appliance.providers.models import Price
from appliance.values import dataclass

DAY_S = 86_400
USUAL_EVERY_S = 1_800
"""OpenClaw's usual heartbeat: 30 minutes (docs/gateway/heartbeat.md)."""
TOKENS_IN = 20_000
"""Assumed for one heartbeat: texts of the agent, tools and some conversation; with much of it, 100,000."""
TOKENS_OUT = 300
"""Assumed for its answer."""
MILLION = 1_000_000
FREE = Price(0.0, 0.0)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": float(DAY_S)}
DAYS_A_MONTH = 365.25 / 12
_FIELD = re.compile(r"(?:\*|\d+(?:-\d+)?)(?:/\d+)?(?:,(?:\*|\d+(?:-\d+)?)(?:/\d+)?)*")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?")


@dataclass(frozen=True)
class Estimate:
    """What a heartbeat costs, and what was assumed."""

    runs_a_day: float
    tokens_a_day: int
    dollars_a_day: float | None
    """`None` when the price is not published."""
    dollars_a_month: float | None
    """Of 30 days."""


def is_free(base_url: str) -> bool:
    """A model in the own network costs nothing but electricity."""
    return is_own_network(urlsplit(base_url).hostname or "") if base_url else False


def estimate(price: Price | None, every_s: float, tokens_in: int, tokens_out: int) -> Estimate:
    """A day of runs every so many seconds; 0 seconds is never."""
    runs = DAY_S / every_s if every_s > 0 else 0.0
    tokens = round(runs * (tokens_in + tokens_out))
    if price is None:
        return Estimate(round(runs, 2), tokens, None, None)
    one = (tokens_in * price.input + tokens_out * price.output) / MILLION
    return Estimate(round(runs, 2), tokens, round(one * runs, 4), round(one * runs * 30, 2))


def runs_a_day(cron: str) -> float:
    """How often a day the five fields of a cron line come round, over a year; 0.0 where they are none."""
    fields = cron.split()
    if len(fields) != 5 or not all(map(_FIELD.fullmatch, fields)):
        return 0.0
    minutes, hours, days, months, weekdays = (
        _values(text, low, high)
        for text, (low, high) in zip(fields, ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6)), strict=True)
    )
    share = 1.0
    if fields[2] != "*" or fields[4] != "*":
        by_day = days / DAYS_A_MONTH if fields[2] != "*" else 0.0
        share = min(1.0, by_day + (weekdays / 7 if fields[4] != "*" else 0.0))
    return minutes * hours * share * months / 12


def _values(text: str, low: int, high: int) -> int:
    """How many values a field names."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = low if span == "*" else int(first)
        end = high if span == "*" or (step and not last) else int(last or first)
        found.update(range(begin, end + 1, int(step or 1) or 1))
    return len(found)


def seconds_of(text: str) -> float | None:
    """A span as OpenClaw writes it (`30m`, `1h30m`; a bare number is minutes); `None` when it is none."""
    text = text.strip().lower()
    parts = list(_SPAN.finditer(text))
    if not parts or "".join(part[0] for part in parts) != text:
        return None
    return sum(float(part[1]) * _UNITS[part[2] or "m"] for part in parts)
