"""A change in the owner's words: its row, and it in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.history import SHOW, UNDO, OneChange
from appliance.ops.history_restore import RESTORE, WhichVersion
from screens.ages import age_of, moment, short_age
from screens.command_line import command_line
from screens.history.phrases import RECOVERY, by_whom, listed, title_of
from screens.widgets.columns import Cell, Record
from screens.widgets.detail import Fact, Section, Sheet

if TYPE_CHECKING:
    from appliance.ops.history import ChangeDetail, ChangeRow
    from screens.words import Words

_GLYPHS = {"undoable": "↶", "undone": "✓"}
_VIAS = ("tui", "cli", "mcp")


def record_of(row: ChangeRow, words: Words, me: str, now: float) -> Record:
    """Its row; `me`: who sits here."""
    cells = (
        title_of(words, row),
        short_age(words, moment(row.at), now),
        by_whom(words, row.actor, me),
        _state(row, words),
    )
    return Record(row.id, cells, row)


def sheet_of(detail: ChangeDetail, words: Words, me: str, now: float) -> Sheet:
    """It in full, and turned over."""
    row = detail.change
    state = _state(row, words)
    one = OneChange(row.id)
    return Sheet(
        title=title_of(words, row, short=True),
        subtitle=age_of(words, moment(row.at), now),
        facts=(
            Fact(words("history.who"), by_whom(words, row.actor, me)),
            *_from(row, words),
            Fact(words("history.state"), state.text, state.meaning, state.glyph),
        ),
        sections=tuple(_sections(detail, words)),
        technical=_technical(detail),
        raw=tuple(_raw(detail)),
        commands=(
            command_line(SHOW, one),
            command_line(UNDO, one),
            command_line(RESTORE, WhichVersion(row.id)),
        ),
    )


def _from(row: ChangeRow, words: Words) -> tuple[Fact, ...]:
    """Where it was asked for; of a change by others only where it was noticed is known."""
    if row.outside:
        return ()
    via = row.via if row.via in _VIAS else "other"
    return (Fact(words("history.from"), words(f"history.via.{via}")),)


def _technical(detail: ChangeDetail) -> tuple[Fact, ...]:
    row = detail.change
    facts = (
        Fact("id", row.id),
        Fact("at", row.at),
        Fact("actor", row.actor),
        Fact("operation", row.operation),
        Fact("undo", detail.undo),
        Fact("backup", detail.backup),
        Fact("before", detail.before),
        Fact("after", detail.after),
        Fact("undone by", detail.undone_by),
        Fact("settled", detail.settled),
    )
    return tuple(fact for fact in facts if fact.value)


def _sections(detail: ChangeDetail, words: Words) -> list[Section]:
    row = detail.change
    found = []
    if detail.lost and row.loss:
        found.append(Section(words("history.missing"), listed(words, detail.lost)))
    if row.actor.startswith(RECOVERY):
        key = f"history.was.{row.why}"
        found.append(Section(words("history.changed"), words(key) if key in words else ""))
    if row.told:
        found.append(Section(words("history.changed"), listed(words, row.told)))
    if detail.evidence:
        found.append(Section(words("history.why"), listed(words, detail.evidence)))
    return found


def _raw(detail: ChangeDetail) -> list[Section]:
    told = "\n".join(
        line for each in detail.change.told for line in (each.text, *(f"  {s}" for s in each.settings))
    )
    found = [Section("changes", "\n".join(detail.change.changes)), Section("settings", told)]
    found.append(Section("evidence", "\n".join(each.text for each in detail.evidence)))
    return [section for section in found if section.text]


def _state(row: ChangeRow, words: Words) -> Cell:
    if row.loss:
        return Cell(words("history.is.loss"), "bad", "✗")
    return Cell(words(f"history.is.{row.state}"), "muted", _GLYPHS.get(row.state, "·"))
