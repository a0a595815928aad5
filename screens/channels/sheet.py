"""A line in the owner's words: its row, and it in full with its four facts and who gets an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.channels_look import SHOW, TEST, OneChannel
from appliance.ops.channels_switch import REMOVE, START, STOP
from screens.ages import age_of, moment
from screens.command_line import command_line
from screens.lines import line_name
from screens.widgets.columns import Cell, Record
from screens.widgets.detail import Fact, Section, Sheet

if TYPE_CHECKING:
    from appliance.ops.channels_look import ChannelRow, ChannelShown
    from screens.words import Words

LOOKS: dict[str, tuple[str, str]] = {
    "ready": ("good", "●"),
    "starting": ("moon", "…"),
    "failing": ("bad", "✗"),
    "stopped": ("bad", "✗"),
    "off": ("muted", "◌"),
    "unlinked": ("look", "▲"),
    "no-token": ("look", "▲"),
    "no-plugin": ("look", "▲"),
    "unknown": ("muted", "◌"),
}
"""Meaning and glyph of each state of `ChannelRow`."""
WORKS = frozenset({"ready", "starting", "failing"})
"""States of a line that runs, so that it can be stopped."""
USUAL_ACCOUNT = "default"


def key_of_line(row: ChannelRow) -> str:
    """What its row stays selected by."""
    return f"{row.channel} {row.account}"


def title_of(row: ChannelRow) -> str:
    """What it is called: the channel, with the account where it is not the usual one."""
    return line_name(row.channel, "" if row.account == USUAL_ACCOUNT else row.account)


def one(row: ChannelRow) -> OneChannel:
    """Which line an operation is about."""
    return OneChannel(row.channel, row.account)


def record_of(row: ChannelRow, words: Words, now: float) -> Record:
    """Its row."""
    heard = max(moment(row.last_in), moment(row.last_out))
    last = age_of(words, heard, now) if heard else words("channels.quiet")
    return Record(key_of_line(row), (title_of(row), row.number, last, state_of(row, words)), row)


def state_of(row: ChannelRow, words: Words) -> Cell:
    """How it is, as a sign and a word."""
    meaning, glyph = LOOKS[row.state]
    return Cell(words(f"channels.is.{row.state}"), meaning, glyph)


def sheet_of(row: ChannelRow, words: Words, now: float, shown: ChannelShown | None = None) -> Sheet:
    """It in full, and turned over; `shown`: what was read of it alone."""
    line = one(row)
    issues = shown.issues if shown else ()
    return Sheet(
        title=title_of(row),
        subtitle=words(f"channels.next.{row.state}"),
        facts=_facts(row, words, now),
        sections=(Section(words("channels.who"), policy(shown, words)),) if shown else (),
        technical=(
            Fact("channel", row.channel),
            Fact("account", row.account),
            Fact("state", row.state),
            Fact("linked", _raw(row.linked)),
            Fact("socket open", _raw(row.socket_open)),
            Fact("last alive", row.last_alive or "–"),
            Fact("last in", row.last_in or "–"),
            Fact("last out", row.last_out or "–"),
            Fact("reconnects", str(row.reconnects)),
            Fact("problem", row.problem or "–"),
            Fact("policy", row.policy),
        ),
        raw=tuple(Section("status issue", text) for text in issues),
        commands=(
            command_line(SHOW, line),
            command_line(TEST, line),
            command_line(STOP if row.state in WORKS else START, line),
            command_line(REMOVE, line),
        ),
    )


def policy(shown: ChannelShown, words: Words) -> str:
    """Who gets an answer, who has to wait and who hears nothing."""
    listed = words("channels.policy.listed", count=len(shown.listed)) if shown.listed else ""
    strangers = words(f"channels.policy.strangers-{shown.strangers}")
    groups = words("channels.policy.groups-some", count=len(shown.open_groups))
    if not shown.open_groups or shown.groups == "everybody":
        groups = words(f"channels.policy.groups-{shown.groups}")
    own = words("channels.policy.personal") if shown.personal else ""
    return "\n".join(filter(None, (own, listed, strangers, groups)))


def _facts(row: ChannelRow, words: Words, now: float) -> tuple[Fact, ...]:
    state = state_of(row, words)
    known = [Fact(words("channels.state"), state.text, state.meaning, state.glyph)]
    if row.number:
        known.append(Fact(words("channels.number"), row.number))
    known += [
        _yes_or_no("linked", row.linked, words),
        _yes_or_no("open", row.socket_open, words),
        Fact(words("channels.alive"), _age(row.last_alive, words, now)),
        Fact(words("channels.last-in"), _age(row.last_in, words, now)),
        Fact(words("channels.last-out"), _age(row.last_out, words, now)),
    ]
    if row.reconnects:
        known.append(Fact(words("channels.reconnects"), str(row.reconnects), "look", "▲"))
    return tuple(known)


def _yes_or_no(what: str, value: bool | None, words: Words) -> Fact:
    """A fact nobody could be asked about is neither."""
    if value is None:
        return Fact(words(f"channels.{what}"), words("channels.unknown"), "muted", "◌")
    answer = "yes" if value else "no"
    return Fact(
        words(f"channels.{what}"),
        words(f"channels.{answer}"),
        "good" if value else "look",
        "✓" if value else "▲",
    )


def _age(at: str, words: Words, now: float) -> str:
    return age_of(words, moment(at), now) if at else words("channels.none-yet")


def _raw(value: bool | None) -> str:
    return "unknown" if value is None else str(value).lower()
