"""One rule of `bindings` as OpenClaw reads it, and how it normalises what stands in one.

The forms follow `src/routing/{resolve-route,binding-scope,account-id}.ts` of OpenClaw 2026.9.6.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, cast

from appliance.agents.roster import IMPLICIT_ID
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["direct", "group", "channel"]
"""OpenClaw's kinds of peer: a person, a group, a room (Slack, Discord)."""
DEFAULT_ACCOUNT = "default"
ANY_ACCOUNT = "*"
ANYBODY = "*"

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.IGNORECASE)
_NO_ID = re.compile(r"[^a-z0-9_-]+")
_LENGTH = 64
_FORBIDDEN = frozenset({"__proto__", "prototype", "constructor"})
_KINDS: Mapping[str, Kind] = {"direct": "direct", "dm": "direct", "group": "group", "channel": "channel"}


@dataclass(frozen=True)
class Rule:
    """A rule that OpenClaw looks at; those it passes over are none."""

    index: int
    """Its place in `bindings`."""
    agent: str
    """As written."""
    channel: str
    account: str
    """An account, or `*` for any."""
    kind: Kind | None = None
    peer: str = ""
    """A peer, `*` for anybody of that kind, or empty when it is for all kinds."""
    guild: str = ""
    team: str = ""
    roles: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it is for everybody of its account."""
        return not (self.kind or self.guild or self.team or self.roles)

    @property
    def who(self) -> tuple[str, ...]:
        """Whom it is for, comparable: OpenClaw takes a room and a group for one kind."""
        kind = "group" if self.kind == "channel" else self.kind or ""
        return (kind, self.peer, self.guild, self.team, *sorted(self.roles))


def read_rule(index: int, written: object) -> Rule | None:
    """The rule, or None for one that OpenClaw's routing passes over (ACP rules, those it cannot read)."""
    if not isinstance(written, dict) or written.get("type") == "acp":
        return None
    match = written.get("match")
    if not isinstance(match, dict):
        return None
    channel = lowered(match.get("channel"))
    kind, peer, readable = _peer(match.get("peer"))
    if not channel or not readable:
        return None
    account = match.get("accountId")
    pattern = account.strip() if isinstance(account, str) else ""
    roles = match.get("roles")
    return Rule(
        index,
        str(written.get("agentId") or ""),
        channel,
        pattern if pattern == ANY_ACCOUNT else account_id(pattern),
        kind,
        peer,
        plain_id(match.get("guildId")),
        plain_id(match.get("teamId")),
        tuple(str(role) for role in roles) if isinstance(roles, list) else (),
    )


def lowered(value: object) -> str:
    """Trimmed and in small letters; empty for what is no text."""
    return value.strip().lower() if isinstance(value, str) else ""


def plain_id(value: object) -> str:
    """A peer's, guild's or team's id as OpenClaw compares it."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def kind_of(value: object) -> Kind | None:
    """The kind of peer; None for one OpenClaw does not know."""
    return _KINDS.get(lowered(value))


def account_id(value: str) -> str:
    """An account's key; the default one where nothing usable is given."""
    found = _canonical(value)
    return DEFAULT_ACCOUNT if not found or found in _FORBIDDEN else found


def agent_id(value: str) -> str:
    """An agent's id as OpenClaw compares it."""
    return _canonical(value) or IMPLICIT_ID


def _canonical(value: str) -> str:
    small = value.strip().lower()
    if _ID.fullmatch(value.strip()):
        return small
    return re.sub(r"-+$", "", _NO_ID.sub("-", small).lstrip("-"))[:_LENGTH]


def _peer(written: object) -> tuple[Kind | None, str, bool]:
    """Kind, id, and whether OpenClaw can read it."""
    if not written:
        return None, "", True
    if not isinstance(written, dict):
        return None, "", False
    found = cast("dict[str, object]", written)
    kind, peer = kind_of(found.get("kind")), plain_id(found.get("id"))
    return kind, peer, bool(kind and peer)
