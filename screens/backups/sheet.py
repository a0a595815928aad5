"""Backups in the owner's words: their rows, and each in full."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from appliance.ops.backup import LIST, VERIFY, Backups, OneArchive, SettingsVersion
from appliance.ops.backup_drill import DRILL, DrillBackup
from appliance.ops.core import Nothing
from screens.ages import decimal, short_age
from screens.command_line import command_line
from screens.deeds import deed
from screens.widgets.columns import Cell, Record
from screens.widgets.detail import Fact, Sheet

if TYPE_CHECKING:
    from appliance.ops.backup_parts import Archive
    from screens.words import Words

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def records_of(found: Backups, words: Words, now: float) -> list[Record]:
    """Archives of the whole box first, then the versions of the settings; each newest first."""
    rows = [
        Record(
            f"archive:{item.path}",
            (
                words("backups.whole"),
                age(words, item.created, now),
                size(words, item.size),
                _state(item, words, now),
            ),
            item,
        )
        for item in found.archives
    ]
    rows += [
        Record(
            f"version:{item.id}",
            (
                words("backups.settings"),
                age(words, item.made, now),
                size(words, item.size),
                _version_state(item, words),
            ),
            item,
        )
        for item in found.versions
    ]
    return rows


def archive_sheet(item: Archive, found: Backups, words: Words, now: float) -> Sheet:
    """A backup of the whole box."""
    state = _state(item, words, now)
    facts = [
        Fact(words("backups.state"), state.text, state.meaning, state.glyph),
        Fact(words("backups.made"), age(words, item.created, now)),
        Fact(words("backups.checked"), age(words, item.verified, now) or words("backups.never")),
        Fact(words("backups.proof"), age(words, item.proven, now) or words("backups.never")),
        Fact(words("backups.size"), size(words, item.size)),
        Fact(words("backups.lock"), words(f"backups.lock-is.{item.key}") if item.key else ""),
        Fact(words("backups.free"), size(words, found.free)),
    ]
    return Sheet(
        title=words("backups.whole"),
        subtitle=words("backups.whole-holds"),
        facts=_known(*facts),
        technical=_known(
            Fact("id", item.id),
            Fact("path", item.path),
            Fact("files", str(item.files)),
            Fact("content", size(words, item.content)),
            Fact("left out", str(item.left_out)),
            Fact("lunatui", item.lunatui),
            Fact("openclaw", item.engine),
            Fact("problem", item.problem),
        ),
        commands=(
            command_line(VERIFY, OneArchive(item.path)),
            command_line(DRILL, DrillBackup(item.path)),
            f"lunatui backup restore {item.id[:8]} --dry-run",
            command_line(LIST, Nothing()),
        ),
    )


def version_sheet(item: SettingsVersion, words: Words, now: float) -> Sheet:
    """An earlier version of the settings."""
    state = _version_state(item, words)
    before = deed(words, item.operation, words("backups.somebody")) if item.operation else ""
    return Sheet(
        title=words("backups.settings"),
        subtitle=words("backups.settings-hold"),
        facts=_known(
            Fact(words("backups.state"), state.text, state.meaning, state.glyph),
            Fact(words("backups.made"), age(words, item.made, now)),
            Fact(words("backups.before"), before),
            Fact(words("backups.size"), size(words, item.size)),
        ),
        technical=_known(
            Fact("id", item.id),
            Fact("operation", item.operation),
            Fact("actor", item.actor),
            Fact("pinned", item.pinned),
            Fact("differs", ", ".join(item.differs)),
        ),
    )


def summary(found: Backups, words: Words) -> str:
    """When a backup is due, that one is overdue, or that none is asked for."""
    if found.overdue:
        return words("backups.overdue")
    return words("backups.daily", at=found.schedule.at) if found.schedule.daily else words("backups.by-hand")


def age(words: Words, moment: str, now: float) -> str:
    """The age of a moment in ISO 8601, its day where that is longer ago; empty when there is none."""
    try:
        when = datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return ""
    return short_age(words, when, now)


def size(words: Words, count: int) -> str:
    """Bytes for people; empty when there are none."""
    if not count:
        return ""
    for unit, name in ((GIB, "gb"), (MIB, "mb")):
        if count >= unit:
            return words(f"backups.unit.{name}", number=decimal(words, count / unit))
    return words("backups.unit.kb", number=max(1, count // KIB))


def _state(item: Archive, words: Words, now: float) -> Cell:
    if not item.there:
        return Cell(words("backups.away"), "muted", "◌")
    if item.problem:
        return Cell(words("backups.broken"), "bad", "✗")
    if item.proven:
        return Cell(words("backups.proven", age=age(words, item.proven, now)), "good", "✓")
    if item.verified:
        return Cell(words("backups.not-proven"), "good", "✓")
    return Cell(words("backups.not-checked"), "muted", "◌")


def _version_state(item: SettingsVersion, words: Words) -> Cell:
    if not item.readable:
        return Cell(words("backups.broken"), "bad", "✗")
    if item.pinned:
        key = f"backups.pinned.{item.pinned}"
        return Cell(words(key) if key in words else words("backups.kept"), "moon", "☾")
    return Cell(words("backups.differs") if item.differs else words("backups.as-now"), "muted")


def _known(*facts: Fact) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.value)
