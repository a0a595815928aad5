"""Records as deeds: what was begun and how it ended are one row, in the owner's words."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from appliance.errors import Usage
from appliance.text import safe_line
from appliance.values import dataclass
from screens.ages import clock_or_date
from screens.command_line import command_line
from screens.deeds import deed
from screens.widgets.columns import Cell, Record
from screens.widgets.detail import Fact, Section, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appliance.ops.audit import AuditRecord, OneRecord
    from screens.words import Words

_STATES = {
    "done": ("good", "✓"),
    "failed": ("bad", "✗"),
    "bug": ("bad", "✗"),
    "interrupted": ("look", "▲"),
    "recovered": ("look", "▲"),
    "refused": ("look", "▲"),
    "open": ("moon", "…"),
    "noted": ("muted", "·"),
}
"""How a deed ended: its meaning and its sign."""


@dataclass(frozen=True)
class Deed:
    """One row: an intent with its outcome, a refusal, or a note."""

    seq: int
    """Of the record that says how it ended."""
    at: float
    """Epoch seconds."""
    actor: str
    operation: str
    state: str
    """A key of `_STATES`."""
    via: str
    changes: tuple[str, ...]


def deeds_of(records: Iterable[AuditRecord]) -> list[Deed]:
    """The deeds in records of one stretch, newest first."""
    begun: dict[str, AuditRecord] = {}
    found: list[Deed] = []
    for record in records:
        if record.phase == "intent":
            begun[record.deed] = record
        else:
            found.append(_deed(record, begun.pop(record.deed, record)))
    found += [_deed(record, record) for record in begun.values()]
    return sorted(found, key=lambda each: -each.seq)


def record_of(item: Deed, words: Words, names: Mapping[str, str], now: float) -> Record:
    """Its row; `names`: of agents, by id."""
    meaning, glyph = _STATES[item.state]
    when = clock_or_date(words, item.at, now)
    state = Cell(words(f"audit.state.{item.state}"), meaning, glyph)
    return Record(
        str(item.seq), (when, who(item.actor, words, names), what(item.operation, words), state), item
    )


def sheet_of(item: Deed, one: OneRecord, words: Words, names: Mapping[str, str]) -> Sheet:
    """One deed in full, and turned over."""
    from appliance.ops.audit import SHOW, WhichRecord

    meaning, glyph = _STATES[item.state]
    changes = item.changes or (one.other.changes if one.other else ())
    begun = f"{one.other.seq} + {item.seq}" if one.other else str(item.seq)
    return Sheet(
        title=what(item.operation, words),
        facts=(
            Fact(words("audit.who"), who(item.actor, words, names)),
            Fact(words("audit.when"), _exact(item.at, words)),
            Fact(words("audit.from"), whence(item.via, words)),
            Fact(words("audit.ended"), words(f"audit.state.{item.state}"), meaning, glyph),
            Fact(words("audit.number"), begun),
        ),
        sections=(Section(words("audit.changed"), "\n".join(changes)),) if changes else (),
        technical=(
            Fact("operation", item.operation),
            Fact("actor", item.actor),
            Fact("via", item.via),
            *(Fact(name, text) for name, text in sorted(one.more.items())),
        ),
        raw=(Section("params", one.asked), Section("record", one.raw))
        if one.asked
        else (Section("record", one.raw),),
        commands=(command_line(SHOW, WhichRecord(item.seq)),),
    )


def who(actor: str, words: Words, names: Mapping[str, str]) -> str:
    """A person by name, an agent by its own, a program by what it is."""
    kind, _, name = actor.partition(":")
    if kind == "agent":
        return names.get(name, name)
    if kind == "human":
        return name
    key = f"audit.actor.{kind}"
    return words(key) if key in words else safe_line(actor)


def whence(via: str, words: Words) -> str:
    """From which of our faces, and over the network from where."""
    face, _, peer = via.partition(" ssh:")
    key = f"audit.via.{face}"
    told = words(key) if key in words else safe_line(face)
    return words("audit.over-network", face=told, peer=safe_line(peer)) if peer else told


def what(operation: str, words: Words) -> str:
    """A deed as a thing, in words where there are some."""
    key = f"audit.event.{operation}"
    told = words(key) if key in words else deed(words, operation, _summary(operation))
    return told[:1].upper() + told[1:]


@cache
def _summary(operation: str) -> str:
    from appliance.ops.registry import find

    try:
        return find(operation).summary
    except Usage:
        return safe_line(operation)


def _deed(record: AuditRecord, intent: AuditRecord) -> Deed:
    states = {"refusal": "refused", "note": "noted", "intent": "open"}
    ended = record.result if record.result in _STATES else "failed"
    return Deed(
        record.seq,
        datetime.fromisoformat(record.at).timestamp(),
        intent.actor,
        record.operation,
        states.get(record.phase, ended),
        intent.via,
        record.changes or intent.changes,
    )


def _exact(at: float, words: Words) -> str:
    from screens.ages import DAY, age_of

    return age_of(words, at, at + DAY)
