"""Who answers whom, as one list: every line with an account, every rule, and what is wrong with each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from appliance.agents.mentions import Mention, dangling
from appliance.agents.roster import IMPLICIT_ID
from appliance.agents.routes import Router, Sender, Why
from appliance.agents.rule import ANY_ACCOUNT, ANYBODY, DEFAULT_ACCOUNT, Kind, account_id, agent_id, lowered
from appliance.store.edits import lookup
from appliance.store.layouts import roster_layout
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.agents.roster import Config
    from appliance.agents.routes import Route
    from appliance.agents.rule import Rule

Flag = Literal["", "nobody", "ghost", "fallback", "unreached", "no-line"]
"""`nobody` answers; the rule names a `ghost`; no rule, only the `fallback` answers; another rule always comes
before it (`unreached`); its channel is not set up (`no-line`)."""
SERIOUS: frozenset[Flag] = frozenset({"nobody", "ghost", "fallback"})
"""Flags that somebody has to look at; the rest is merely true."""
_NOT_CHANNELS = frozenset({"defaults", "modelByChannel"})
_STRANGER = "a stranger"
"""An id that no rule names."""


@dataclass(frozen=True)
class Line:
    """One account of a channel that is set up."""

    channel: str
    account: str
    on: bool = True


@dataclass(frozen=True)
class Row:
    """One kind of sender and who answers it."""

    channel: str
    account: str
    """`*` for any."""
    agent: str
    """Its id; empty when nobody answers."""
    why: Why
    kind: Kind | None = None
    peer: str = ""
    """`*` for anybody of that kind; empty for everybody."""
    guild: str = ""
    team: str = ""
    roles: tuple[str, ...] = ()
    flag: Flag = ""
    rule: int | None = None
    """Place in `bindings` of the rule that decides."""
    named: str = ""
    """What the rule names, where that agent is not there."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is about."""
        return (self.channel, self.account, self.kind, self.peer, self.guild, self.team, self.roles)


@dataclass(frozen=True)
class Matrix:
    """All of it."""

    rows: tuple[Row, ...]
    dangling: tuple[Mention, ...]
    """Other places that name an agent there is not."""

    @property
    def serious(self) -> bool:
        """Whether somebody has to look at it."""
        return bool(self.dangling) or any(row.flag in SERIOUS for row in self.rows)


def lines(config_value: Config) -> tuple[Line, ...]:
    """Every account of every channel that is set up; a channel without any has its default one."""
    present = lookup(config_value, ("channels",))
    found: dict[tuple[str, str], Line] = {}
    for name, settings in present.items() if isinstance(present, dict) else ():
        if name in _NOT_CHANNELS or not isinstance(settings, dict):
            continue
        for account, on in _accounts(settings):
            line = Line(lowered(name), account, on and settings.get("enabled") is not False)
            found[line.channel, line.account] = line
    return tuple(found.values())


def matrix(config_value: Config) -> Matrix:
    """Who answers whom; what needs a look comes first, then in the order of the channels."""
    router, set_up = Router(config_value), lines(config_value)
    rows = [_everybody(router, line) for line in set_up]
    rows += _of_rules(router, set_up)
    rows.sort(key=lambda row: row.flag not in SERIOUS)
    agents = frozenset(_agents(config_value) or (IMPLICIT_ID,))
    return Matrix(tuple(rows), dangling(config_value, agents))


def unowned_lines(config_value: Config) -> tuple[Line, ...]:
    """Lines that no rule gives to an agent."""
    router = Router(config_value)
    return tuple(line for line in lines(config_value) if not router.owned(Sender(line.channel, line.account)))


def _agents(config_value: Config) -> tuple[str, ...]:
    return tuple(map(agent_id, roster_layout(config_value).read(config_value)))


def _accounts(settings: dict[str, object]) -> Iterator[tuple[str, bool]]:
    accounts = settings.get("accounts")
    if not isinstance(accounts, dict) or not accounts:
        yield DEFAULT_ACCOUNT, True
        return
    for name, account in accounts.items():
        yield account_id(name), not (isinstance(account, dict) and account.get("enabled") is False)


def _everybody(router: Router, line: Line) -> Row:
    sender = Sender(line.channel, line.account)
    route = router.route(sender)
    rule = route.rule
    flag: Flag = ""
    if line.on and rule is not None and not router.owned(sender):
        flag = "ghost"
    elif line.on and not route.agent:
        flag = "nobody"
    elif line.on and rule is None and route.why != "only":
        flag = "fallback"
    return Row(
        line.channel,
        line.account,
        route.agent,
        route.why,
        flag=flag,
        rule=rule.index if rule else None,
        named=rule.agent if rule and flag == "ghost" else "",
    )


def _of_rules(router: Router, set_up: tuple[Line, ...]) -> Iterator[Row]:
    """A row for each rule that the rows for everybody do not show already."""
    accounts: dict[str, list[str]] = {}
    for line in set_up:
        accounts.setdefault(line.channel, []).append(line.account)
    for rule in router.rules:
        meant = [
            account for account in accounts.get(rule.channel, ()) if rule.account in (account, ANY_ACCOUNT)
        ]
        if rule.whole and meant:
            continue
        asked = meant or [DEFAULT_ACCOUNT if rule.account == ANY_ACCOUNT else rule.account]
        routes = [router.route(example(rule, account)) for account in asked]
        route = next((route for route in routes if route.rule == rule), None)
        yield _row(router, rule, route, is_set_up=bool(meant))


def _row(router: Router, rule: Rule, route: Route | None, *, is_set_up: bool) -> Row:
    """`route`: of a message that this rule decides; None when others come before it everywhere."""
    there = router.is_there(agent_id(rule.agent))
    flag: Flag = "" if is_set_up else "no-line"
    if not there:
        flag = "ghost"
    elif route is None:
        flag = "unreached"
    return Row(
        rule.channel,
        rule.account,
        agent_id(rule.agent) if there else "",
        route.why if route else "nobody",
        rule.kind,
        rule.peer,
        rule.guild,
        rule.team,
        rule.roles,
        flag,
        rule.index,
        "" if there else rule.agent,
    )


def example(of: Rule | Row, account: str) -> Sender:
    """A message of the kind that a rule or row is about."""
    anybody = of.peer in ("", ANYBODY)
    kind: Kind | None = of.kind or ("channel" if of.guild or of.team else None)
    peer = _STRANGER if anybody else of.peer
    return Sender(of.channel, account, kind, peer, guild=of.guild, team=of.team, roles=of.roles[:1])
