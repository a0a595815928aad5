"""Changes in the owner's words: what one means, who made it, and its title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.text import safe_line
from screens.deeds import deed
from screens.lines import line_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from appliance.history.difference import Difference
    from appliance.ops.history import ChangeRow
    from screens.words import Words

_MAY = ("line-who", "line-groups")
_MODELS = ("agent-model", "common-brain")
_BY = {"outside:openclaw": "engine", "outside:unknown": "unknown"}
RECOVERY = "system:"


def phrase(words: Words, told: Difference) -> str:
    """One difference as a sentence; one of another release of ours as it stands."""
    key = next((name for name in _keys(told) if name in words), "")
    if not key and f"history.did.{told.code}.other" not in words:
        return safe_line(told.text)
    facts = {name: _value(words, told.code, name, value) for name, value in told.facts.items()}
    count = told.facts.get("count", "")
    if count.isdecimal():
        return words(key or f"history.did.{told.code}", **{**facts, "count": int(count)})
    return words(key, **facts)


def by_whom(words: Words, actor: str, me: str = "") -> str:
    """Who made a change; `me`: who sits here."""
    kind, _, name = actor.partition(":")
    if actor == me:
        return words("history.by.me")
    if actor in _BY:
        return words(f"history.by.{_BY[actor]}")
    if kind == "agent":
        return words("history.by.agent", name=safe_line(name))
    if kind in ("support", "provisioner"):
        return words(f"history.by.{kind}")
    return words("history.by.program") if actor.startswith(RECOVERY) else safe_line(name or actor)


def starting(text: str) -> str:
    """The same at the start of a sentence."""
    return text[:1].upper() + text[1:]


def title_of(words: Words, row: ChangeRow, *, short: bool = False) -> str:
    """A change in one line: the first thing that it means, and unless `short` how many more."""
    if row.actor.startswith(RECOVERY):
        return words("history.was.title", what=deed(words, row.operation, row.operation))
    told = [each for each in row.told if each.code != "bookkeeping"] or list(row.told)
    if not told:
        return starting(deed(words, row.operation, row.operation))
    first = phrase(words, told[0])
    more = 0 if short else len(told) - 1
    return words("history.more", what=first, count=more) if more else first


def listed(words: Words, told: Sequence[Difference], most: int = 0) -> str:
    """Several differences, one a line; `most`: how many before the rest is only counted."""
    shown = told[:most] if most and len(told) > most + 1 else told
    lines = [f"· {phrase(words, each)}" for each in shown]
    if len(shown) < len(told):
        lines.append(words("history.ask-more", count=len(told) - len(shown)))
    return "\n".join(lines)


def _keys(told: Difference) -> Iterable[str]:
    yield f"history.did.{told.code}"
    yield f"history.writer.{told.code}"


def _value(words: Words, code: str, name: str, value: str) -> str:
    if not value:
        return words("history.nothing")
    if code in _MAY and f"history.may.{value}" in words:
        return words(f"history.may.{value}")
    if name == "line" or (code == "lost-lines" and name == "names"):
        return ", ".join(line_name(safe_line(each)) for each in value.split(", "))
    if code in _MODELS and name in ("before", "after"):
        return safe_line(value.partition("/")[2] or value)
    return safe_line(value)
