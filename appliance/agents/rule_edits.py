"""Making, moving and taking away routing rules, with no line left to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.agents.matrix import example, lines, unowned_lines
from appliance.agents.moves import edited
from appliance.agents.roster import entry_of, refuse_old_layout, roster
from appliance.agents.routes import Router
from appliance.agents.routing import bindings
from appliance.agents.rule import ANY_ACCOUNT, Kind, account_id, agent_id, lowered, read_rule
from appliance.errors import NotFound, Refused, Usage
from appliance.store.edits import MISSING, Edit, lookup
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.agents.roster import Config
    from appliance.agents.rule import Rule
    from appliance.places import Places

BINDINGS = ("bindings",)
_PHONE_CHANNELS = frozenset({"whatsapp", "signal", "imessage", "sms"})
_PHONE_NOISE = str.maketrans("", "", " -/().\u00a0")


@dataclass(frozen=True)
class Scope:
    """Whom a rule is for."""

    channel: str
    account: str = ""
    """One account, `*` for any, or empty: every account there is."""
    kind: Kind | None = None
    peer: str = ""
    """`*` for anybody of that kind."""
    guild: str = ""
    """Discord's server."""
    team: str = ""
    """Slack's team."""
    roles: tuple[str, ...] = ()
    """Of the server: whoever has one of them."""


def scope(
    channel: str,
    account: str = "",
    *,
    person: str = "",
    group: str = "",
    guild: str = "",
    team: str = "",
    roles: tuple[str, ...] = (),
) -> Scope:
    """What somebody typed, as OpenClaw writes it: channels in small letters, phone numbers as `+44…`.

    Raises:
        Usage: `scope-channel`, `scope-both`, `scope-space`, `scope-roles`.
    """
    name = lowered(channel)
    if not name:
        raise Usage(
            "The channel is missing.", hint="Give one, such as --channel whatsapp.", code="scope-channel"
        )
    if person and group:
        raise Usage(
            "A rule is for a person or for a group, not for both.",
            hint="Give --person or --group, and make a second rule for the other.",
            code="scope-both",
        )
    space = _space(guild, team, roles)
    wanted = account.strip()
    key = wanted if wanted in ("", ANY_ACCOUNT) else account_id(wanted)
    if person:
        return Scope(name, key, "direct", _person(name, person), *space)
    return Scope(name, key, "group", group.strip(), *space) if group else Scope(name, key, None, "", *space)


def _space(guild: str, team: str, roles: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    """A server with its roles, or a team."""
    if guild and team:
        raise Usage(
            "A rule is for a Discord server or for a Slack team, not for both.",
            hint="Give --guild or --team, and make a second rule for the other.",
            code="scope-space",
        )
    named = tuple(filter(None, map(str.strip, roles)))
    if named and not guild:
        raise Usage(
            "Roles belong to a Discord server.", hint="Give the server too, with --guild.", code="scope-roles"
        )
    return guild.strip(), team.strip(), named


def binding_edits(config_value: Config, agent: str, wanted: Scope, places: Places) -> list[Edit]:
    """Edits after which the agent answers `wanted`; empty when it does by a rule already.

    Raises:
        NotFound: `agent-unknown`, `account-unknown`.
        Refused: `agents-old-layout`.
    """
    refuse_old_layout(config_value)
    entry_of(config_value, agent, places)
    known = {line.account for line in lines(config_value) if line.channel == wanted.channel}
    if known and wanted.account not in ("", ANY_ACCOUNT, *known):
        raise NotFound(
            f"{wanted.channel} has no account “{wanted.account}”.",
            hint=f"There are: {', '.join(sorted(known))}.",
            code="account-unknown",
        )
    rules = bindings(config_value)
    target = wanted.account or ANY_ACCOUNT
    at = None
    for index, rule in _of_scope(rules, wanted):
        at = index if rule.account == target else at
        rules[index] = {**_plain(rules[index]), "agentId": agent}
    if at is None:
        at = len(rules)
        rules.append({"agentId": agent, "match": _match(wanted, target)})
    if _comes_too_late(config_value, rules, at):
        rules.insert(0, rules.pop(at))
    return _edits(config_value, rules)


def unbinding_edits(
    config_value: Config, agent: str, wanted: Scope, places: Places, heir: str = ""
) -> list[Edit]:
    """Edits that take the agent's rules for `wanted` away, or give them to `heir`.

    Raises:
        NotFound: `agent-unknown`; `binding-unknown`, it has no such rule.
        Usage: `heir-same`.
        Refused: `line-unowned`, nobody would answer there; `agents-old-layout`.
    """
    refuse_old_layout(config_value)
    entry_of(config_value, agent, places)
    check_heir(config_value, agent, heir, places)
    rules = bindings(config_value)
    own = [index for index, rule in _of_scope(rules, wanted) if agent_id(rule.agent) == agent]
    if not own:
        raise NotFound(
            f"“{agent}” has no such rule on {wanted.channel}.",
            hint="lunatui agents bindings shows the rules there are.",
            code="binding-unknown",
        )
    if heir:
        for index in own:
            rules[index] = {**_plain(rules[index]), "agentId": heir}
        return _edits(config_value, rules)
    left = [rule for index, rule in enumerate(rules) if index not in own]
    edits = _edits(config_value, left)
    _refuse_unowned(config_value, edits, places)
    return edits


def check_heir(config_value: Config, agent: str, heir: str, places: Places) -> None:
    """Raise `NotFound` (`agent-unknown`) or `Usage` (`heir-same`) unless `heir` can take over; empty can."""
    if not heir:
        return
    entry_of(config_value, heir, places)
    if heir == agent:
        raise Usage(f"“{agent}” cannot take over from itself.", hint="Name another agent.", code="heir-same")


def _refuse_unowned(config_value: Config, edits: list[Edit], places: Places) -> None:
    """With two agents or more, a line without a rule belongs to nobody."""
    if len(roster(config_value, places)) < 2:
        return
    before = set(unowned_lines(config_value))
    newly = [line for line in unowned_lines(edited(config_value, edits)) if line not in before]
    if newly:
        line = newly[0]
        raise Refused(
            f"Nobody would answer on {line.channel} ({line.account}) any more.",
            hint="Name who takes over with --heir, or bind another agent instead.",
            code="line-unowned",
            facts={"channel": line.channel},
        )


def _of_scope(rules: list[object], wanted: Scope) -> list[tuple[int, Rule]]:
    """The rules for exactly these senders; of every account where none is named."""
    read = (read_rule(index, written) for index, written in enumerate(rules))
    kind = "group" if wanted.kind == "channel" else wanted.kind or ""
    who = (kind, wanted.peer, wanted.guild, wanted.team, *sorted(wanted.roles))
    return [
        (rule.index, rule)
        for rule in read
        if rule is not None
        and rule.channel == wanted.channel
        and rule.who == who
        and wanted.account in ("", rule.account)
    ]


def _comes_too_late(config_value: Config, rules: list[object], at: int) -> bool:
    """Among equals the first wins: whether another one comes before the rule for one account."""
    rule = read_rule(at, rules[at])
    if rule is None or rule.account == ANY_ACCOUNT:
        return False
    decides = Router({**config_value, "bindings": rules}).route(example(rule, rule.account)).rule
    return decides is not None and decides.index != at


def _match(wanted: Scope, account: str) -> dict[str, object]:
    match: dict[str, object] = {"channel": wanted.channel, "accountId": account}
    if wanted.kind:
        match["peer"] = {"kind": wanted.kind, "id": wanted.peer}
    space = {"guildId": wanted.guild, "teamId": wanted.team, "roles": list(wanted.roles)}
    return match | {key: value for key, value in space.items() if value}


def _edits(config_value: Config, rules: list[object]) -> list[Edit]:
    if rules == bindings(config_value):
        return []
    return [Edit(BINDINGS, rules or MISSING, lookup(config_value, BINDINGS))]


def _plain(written: object) -> dict[str, object]:
    return dict(written) if isinstance(written, dict) else {}


def _person(channel: str, typed: str) -> str:
    """A phone number as the channels with numbers write it; elsewhere the id as it is."""
    plain = typed.strip()
    if channel not in _PHONE_CHANNELS or "@" in plain:
        return plain
    number = plain.translate(_PHONE_NOISE)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    return number if number.lstrip("+").isdecimal() else plain
