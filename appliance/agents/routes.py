"""Which agent answers a message, by OpenClaw's own order, and why.

Follows `resolveAgentRoute` (`src/routing/resolve-route.ts`, 2026.9.6): the most specific rule wins, among
equals the first; then the agent that looks after what belongs to nobody; then nobody. A test compares it with
the installed OpenClaw, case by case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from appliance.agents.roster import IMPLICIT_ID
from appliance.agents.rule import (
    ANY_ACCOUNT,
    ANYBODY,
    DEFAULT_ACCOUNT,
    Kind,
    Rule,
    account_id,
    agent_id,
    lowered,
    plain_id,
    read_rule,
)
from appliance.store.edits import MISSING, lookup
from appliance.store.layouts import ENTRIES, LIST, roster_layout
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.agents.roster import Config

Why = Literal[
    "peer",
    "parent",
    "kind",
    "guild-roles",
    "guild",
    "team",
    "account",
    "channel",
    "system",
    "marked",
    "only",
    "nobody",
    "ghost",
]
"""What decided: a rule (the first eight), the agent for what belongs to nobody, an old `default` mark, being
the only one; nothing; or a rule that names an agent there is not."""


@dataclass(frozen=True)
class Sender:
    """A message as far as routing looks at it."""

    channel: str
    account: str = DEFAULT_ACCOUNT
    kind: Kind | None = None
    peer: str = ""
    parent_kind: Kind | None = None
    """Of the conversation a thread belongs to."""
    parent: str = ""
    guild: str = ""
    team: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """Who answers."""

    agent: str
    """Its id; empty when nobody does."""
    why: Why
    rule: Rule | None = None
    """The rule that decided, when one did."""


class Router:
    """Reads a configuration once and answers for any number of messages."""

    def __init__(self, config_value: Config) -> None:
        self._agents = _agents(config_value)
        self._fallback = _fallback(config_value, self._agents)
        self.rules = tuple(_rules(config_value))
        """Those OpenClaw looks at, in their order."""
        self._scoped: dict[tuple[str, str], tuple[Rule, ...]] = {}

    def is_there(self, agent: str) -> bool:
        """Whether the configuration lists the agent; it may list none and still have the implicit one."""
        return agent in self._agents or not self._agents

    def owned(self, sender: Sender) -> bool:
        """Whether a rule gives it to an agent that is there."""
        route = self.route(sender)
        return route.rule is not None and bool(route.agent) and self.is_there(route.agent)

    def route(self, sender: Sender) -> Route:
        """Who answers `sender`."""
        channel, account = lowered(sender.channel), account_id(sender.account)
        rules = self._of_account(channel, account)
        for why, rule in _matches(rules, sender):
            return self._chosen(why, rule)
        return self._fallback

    def _of_account(self, channel: str, account: str) -> tuple[Rule, ...]:
        key = (channel, account)
        if key not in self._scoped:
            self._scoped[key] = tuple(
                rule
                for rule in self.rules
                if rule.channel == channel and rule.account in (account, ANY_ACCOUNT)
            )
        return self._scoped[key]

    def _chosen(self, why: Why, rule: Rule) -> Route:
        wanted = agent_id(rule.agent)
        if not rule.agent.strip():
            return self._fallback
        there = not self._agents or wanted in self._agents or wanted == IMPLICIT_ID
        return Route(wanted, why, rule) if there else Route("", "ghost", rule)


def _matches(rules: Sequence[Rule], sender: Sender) -> Iterator[tuple[Why, Rule]]:
    """The rules that fit, the one that decides first."""
    peer, parent = plain_id(sender.peer), plain_id(sender.parent)
    guild, team = plain_id(sender.guild), plain_id(sender.team)
    roles = frozenset(sender.roles)

    def fits(rule: Rule) -> bool:
        return (
            (not rule.guild or rule.guild == guild)
            and (not rule.team or rule.team == team)
            and (not rule.roles or not roles.isdisjoint(rule.roles))
        )

    fitting = [rule for rule in rules if fits(rule)]
    exact = [rule for rule in fitting if rule.kind and rule.peer != ANYBODY]
    if sender.kind:
        yield from (("peer", rule) for rule in exact if _is_peer(rule, sender.kind, peer))
    if sender.parent_kind and parent:
        yield from (("parent", rule) for rule in exact if _is_peer(rule, sender.parent_kind, parent))
    if sender.kind:
        anybody = [rule for rule in fitting if rule.kind and rule.peer == ANYBODY]
        yield from (("kind", rule) for rule in anybody if _same_kind(rule.kind, sender.kind))
    plain = [rule for rule in fitting if not rule.kind]
    yield from (("guild-roles", rule) for rule in plain if rule.guild and rule.roles)
    yield from (("guild", rule) for rule in plain if rule.guild and not rule.roles)
    spaceless = [rule for rule in plain if not rule.guild]
    yield from (("team", rule) for rule in spaceless if rule.team)
    unteamed = [rule for rule in spaceless if not rule.team]
    yield from (("account", rule) for rule in unteamed if rule.account != ANY_ACCOUNT)
    yield from (("channel", rule) for rule in unteamed if rule.account == ANY_ACCOUNT)


def _is_peer(rule: Rule, kind: Kind, peer: str) -> bool:
    return rule.peer == peer and _same_kind(rule.kind, kind)


def _same_kind(one: Kind | None, other: Kind) -> bool:
    """A room counts as a group."""
    return one == other or {one, other} == {"group", "channel"}


def _rules(config_value: Config) -> Iterator[Rule]:
    found = lookup(config_value, ("bindings",))
    for index, written in enumerate(found if isinstance(found, list) else ()):
        rule = read_rule(index, written)
        if rule is not None:
            yield rule


def _agents(config_value: Config) -> tuple[str, ...]:
    return tuple(map(agent_id, roster_layout(config_value).read(config_value)))


def _fallback(config_value: Config, agents: Sequence[str]) -> Route:
    """Who answers where no rule fits."""
    if len(agents) == 1:
        return Route(agents[0], "only")
    if lookup(config_value, ("agents", "ownership")) == "explicit":
        named = lookup(config_value, ("agents", "defaults", "systemAgent", "agentId"))
        system = agent_id(named) if isinstance(named, str) and named.strip() else ""
        if system in agents:
            return Route(system, "system")
    else:
        listed = roster_layout(config_value).read(config_value)
        marked = [name for name, entry in listed.items() if entry.get("default") is True]
        if len(marked) == 1:
            return Route(agent_id(marked[0]), "marked")
    written = any(lookup(config_value, path) is not MISSING for path in (ENTRIES, LIST))
    return Route("", "nobody") if agents or written else Route(IMPLICIT_ID, "only")
