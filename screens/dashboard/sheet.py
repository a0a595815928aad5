"""What the dashboard says of a look at the shop, as text; no widget, no clock of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from appliance.text import safe_line
from screens.ages import age_of, clock_or_date, due_of, moment, span_of
from screens.history.phrases import by_whom
from screens.lines import line_name
from screens.lookout import DECISION
from screens.problems import problem_of

if TYPE_CHECKING:
    from appliance.health.models import Glance, Today, Trouble
    from screens.widgets.hanging import Row
    from screens.words import Words

FINE = ("✓ ", "$good")
LOOK = ("▲ ", "$look")
UNCHECKED = ("◌ ", "$muted")
STALE_S = 15.0
DAY_S = 24 * 3600


def sentence(words: Words, seen: Glance, now: float) -> Content:
    """Is the shop open? In one sentence, with who answers where."""
    parts: list[Content | str | tuple[str, str]] = [(words(f"dash.{seen.state}"), "bold")]
    if seen.state == "open":
        parts += [" ", (_staff(words, seen), "$muted")]
        if now - seen.checked_at > STALE_S:
            parts += [" ", (words("dash.stale", age=age_of(words, seen.checked_at, now)), "$look")]
    elif seen.state == "starting":
        cause = f"{why(words, seen.trouble)} " if seen.trouble else ""
        parts += [" ", (cause + words("dash.starting-more"), "$muted")]
    return Content.assemble(*parts)


def needs_title(words: Words, count: int) -> Content:
    """The heading, with how many wait."""
    return Content.assemble(words("dash.needs"), "  ", (str(count), "bold $need"))


def later_lines(words: Words, later: tuple[str, ...]) -> Content:
    """What was put off at the setup: said quietly, one line each."""
    return Content("\n").join([_line(("○ ", "$muted"), words(f"dash.later.{name}")) for name in later])


def today_lines(words: Words, today: Today | None, now: float) -> Content:
    """What happened today, as far as it is known."""
    if today is None:
        return _line(UNCHECKED, words("dash.quiet"))
    lines = []
    if today.conversations is not None:
        lines.append(_line(FINE, words("dash.talks", count=today.conversations)))
    if today.schedules_on:
        due = words("dash.next", when=due_of(words, today.next_schedule, now)) if today.next_schedule else ""
        lines.append(_line(FINE, words("dash.schedules", count=today.schedules_on), due))
    if today.schedules_failed:
        lines.append(_line(LOOK, words("dash.failed-schedules", count=today.schedules_failed)))
    return Content("\n").join(lines or [_line(UNCHECKED, words("dash.quiet"))])


def box_lines(words: Words, seen: Glance, now: float) -> Content:
    """Engine, brain and settings, each with its age."""
    up = words("dash.up", span=span_of(words, now - seen.up_since)) if seen.up_since else ""
    brain = words("dash.brain", name=safe_line(seen.provider or seen.model))
    lines = [
        _line(FINE, words("dash.engine", version=safe_line(seen.engine)), up)
        if seen.engine
        else _line(LOOK, words("dash.no-engine")),
        _line(UNCHECKED, brain, words("dash.unchecked"))
        if seen.model
        else _line(LOOK, words("dash.no-brain")),
        _backup_line(words, seen, now),
    ]
    if seen.last_change:
        lines.append(_line(("  ", ""), words("dash.change"), age_of(words, seen.last_change, now)))
    return Content("\n").join(lines)


def _backup_line(words: Words, seen: Glance, now: float) -> Content:
    """When the box was last backed up, and when that was last proven."""
    if not seen.last_backup:
        return _line(UNCHECKED, words("dash.no-backup"))
    last = words("dash.backup", age=age_of(words, seen.last_backup, now))
    if not seen.last_proven:
        return _line(LOOK if seen.backup_late else FINE, last, words("dash.not-proven"))
    proven = words("dash.proven", age=age_of(words, seen.last_proven, now))
    return _line(LOOK if seen.backup_late else FINE, last, proven)


def why(words: Words, trouble: Trouble) -> str:
    """The cause in the owner's words, and what a person can do where no key does it."""
    return str(problem_of(words, trouble, "dashboard"))


def lost(words: Words, trouble: Trouble, now: float) -> str:
    """What another program took out of the settings, when, and who it probably was."""
    facts = trouble.facts
    parts = []
    for code, key in (("file-unreadable", "unreadable"), ("file-gone", "gone"), ("lost-size", "smaller")):
        if facts.get("file") == code:
            parts.append(words(f"dash.lost.{key}"))
    for name in ("agents", "lines", "sections"):
        if names := facts.get(name):
            told = [line_name(each) if name == "lines" else each for each in names.split(", ")]
            parts.append(words(f"dash.lost.{name}", names=safe_line(", ".join(told))))
    if rules := facts.get("rules"):
        parts.append(words("dash.lost.rules", count=int(rules)))
    who = by_whom(words, facts.get("writer", ""))
    parts.append(words("dash.lost.by", who=who, age=age_of(words, moment(facts.get("at", "")), now)))
    return " ".join(parts)


def need(words: Words, code: str, count: int = 0) -> str:
    """What a person has to do, as a heading; `count`: of the decisions that wait."""
    if code == DECISION:
        return words("dash.waiting", count=count)
    try:
        return words(f"dash.need.{code}")
    except KeyError:
        return words("dash.need.other")


def last_open(words: Words, seen: Glance, now: float) -> str:
    """When it was last open; empty when nobody knows."""
    if seen.last_open is None or seen.state == "open":
        return ""
    age = age_of(words, seen.last_open, now)
    if now - seen.last_open >= DAY_S:
        return words("dash.last-open", age=age)
    return words("dash.last-open-at", when=clock_or_date(words, seen.last_open, now), age=age)


def technical(seen: Glance) -> list[Row]:
    """Codes, names and the same look as a command line."""
    trouble = seen.trouble
    repair = f"lunatui {trouble.repair.replace('.', ' ')}" if trouble and trouble.repair else ""
    facts = [
        ("state", seen.state),
        ("code", trouble.code if trouble else ""),
        ("message", trouble.message if trouble else ""),
        ("hint", trouble.hint if trouble and trouble.hint != repair else ""),
        ("repair", repair),
        *((name, value) for name, value in (trouble.facts.items() if trouble else ())),
        ("model", seen.model),
        ("engine", seen.engine),
        ("channels", ", ".join(seen.channels)),
        ("agents", ", ".join(agent.id for agent in seen.agents)),
        ("remembered", ", ".join(seen.remembered)),
        ("notes", "; ".join(seen.notes)),
        ("command", "lunatui health glance --json"),
    ]
    known = [(name, safe_line(value)) for name, value in facts if value]
    return [(Content.styled(f"{name:<12}", "$muted"), Content(value)) for name, value in known]


def _staff(words: Words, seen: Glance) -> str:
    if not seen.agents:
        return words("dash.nobody")
    first = safe_line(seen.agents[0].name)
    who = words("dash.staff", count=len(seen.agents), first=first, others=len(seen.agents) - 1)
    lines = ", ".join(safe_line(line_name(name)) for name in seen.channels)
    return words("dash.on", who=who, lines=lines) if lines else words("dash.here", who=who)


def _line(mark: tuple[str, str], text: str, more: str = "") -> Content:
    line = Content.assemble("  ", mark, text)
    return Content.assemble(line, "  ", (more, "$muted")) if more else line
