"""What an edit changes about who answers whom: every kind of sender that gets another agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.agents.matrix import Row, example, lines, matrix
from appliance.agents.routes import Router
from appliance.agents.rule import ANY_ACCOUNT, ANYBODY, DEFAULT_ACCOUNT
from appliance.errors import Note
from appliance.store.edits import lookup
from appliance.store.layouts import ENTRIES
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.agents.roster import Config
    from appliance.store.edits import Edit


@dataclass(frozen=True)
class Move:
    """One kind of sender and its agents; an empty agent is nobody."""

    about: Row
    before: str
    after: str


def edited(config_value: Config, edits: Sequence[Edit]) -> Config:
    """The configuration as it would be."""
    import json

    from appliance.store.document import Document

    return Document(json.dumps(config_value)).apply(edits).value


def moves(before: Config, after: Config) -> tuple[Move, ...]:
    """Who gets another agent, in the order of the list afterwards."""
    asked: dict[tuple[object, ...], Row] = {}
    for row in (*matrix(after).rows, *matrix(before).rows):
        asked.setdefault(row.key, row)
    routers = Router(before), Router(after)
    accounts = [line for value in (after, before) for line in lines(value)]
    found = []
    for row in asked.values():
        account = row.account
        if account == ANY_ACCOUNT:
            there = (line.account for line in accounts if line.channel == row.channel)
            account = next(there, DEFAULT_ACCOUNT)
        was, will = (router.route(example(row, account)).agent for router in routers)
        if was != will:
            found.append(Move(row, was, will))
    return tuple(found)


_MOST = 12
"""Sentences about single moves; a plan with more says how many there are."""


def move_notes(before: Config, edits: Sequence[Edit]) -> list[Note]:
    """What the edits change about who answers whom, a sentence each."""
    after = edited(before, edits)
    found = moves(before, after)
    notes = [_note(move, before, after) for move in found[:_MOST]]
    if len(found) > _MOST:
        count = str(len(found) - _MOST)
        notes.append(Note("routing-more", f"… and {count} more.", count=count))
    return notes


def _note(move: Move, before: Config, after: Config) -> Note:
    about = move.about
    names = {"before": name_of(before, move.before), "after": name_of(after, move.after)}
    account = "" if about.account in (ANY_ACCOUNT, DEFAULT_ACCOUNT) else about.account
    kind, who = who_of(about)
    where = f"{about.channel} ({account})" if account else about.channel
    said = {"person": who, "group": f"group {who}", "people": "any person", "groups": "any group"}
    arrow = f"{names['before'] or 'nobody'} → {names['after'] or 'nobody'}"
    text = f"On {where}, {said.get(kind, who or 'everyone')}: {arrow}."
    return Note("routing-moves", text, channel=about.channel, account=account, kind=kind, who=who, **names)


def who_of(about: Row) -> tuple[str, str]:
    """Whom a row is about, and its id: `everyone`, `person`, `group`, `people`, `groups` (any), or `others`.

    `others` are servers, teams and roles of Discord and Slack, with what tells them apart.
    """
    if about.guild or about.team or about.roles:
        parts = [about.guild, about.team, *about.roles]
        if about.kind and about.peer:
            parts.append(about.peer)
        return "others", " ".join(part for part in parts if part)
    if not about.kind:
        return "everyone", ""
    one = "person" if about.kind == "direct" else "group"
    if about.peer == ANYBODY:
        return "people" if one == "person" else "groups", ""
    return one, about.peer


def name_of(config_value: Config, agent: str) -> str:
    """What an agent is called; its id when it has no name."""
    found = lookup(config_value, (*ENTRIES, agent, "name")) if agent else ""
    return found if isinstance(found, str) and found else agent
