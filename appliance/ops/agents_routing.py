"""`agents bindings`, `who`, `bind`, `unbind`: who answers whom, by the file, Gateway up or down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.config_edit import Saved, prepare_edits
from appliance.ops.core import Call, Nothing, Operation, Prepared, Risk, Verdict, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.agents.matrix import Row
    from appliance.agents.roster import Config
    from appliance.agents.rule_edits import Scope
    from appliance.api import Appliance
    from appliance.store.edits import Edit


@dataclass(frozen=True)
class BindingRow:
    """One kind of sender and who answers it."""

    channel: str
    account: str
    """`*` for any account."""
    who: str
    """`everyone`, `person`, `group`, `people` (any person), `groups` (any group), or `others`: Discord's and
    Slack's servers, teams and roles."""
    id: str
    """Of the person or group; of `others` what tells them apart."""
    agent: str
    """Its id; empty when nobody answers."""
    agent_name: str
    why: str
    """What decides, as `agents who` says it."""
    flag: str = ""
    """What is wrong: `nobody`, `ghost` (the rule names an agent there is not), `fallback` (no rule, only the
    system agent); and what is merely true: `unreached` (another rule comes first), `no-line` (the channel is
    not set up)."""
    named: str = ""
    """The agent that a `ghost` rule names."""
    rule: int | None = None
    """Place of the deciding rule in `bindings`."""


@dataclass(frozen=True)
class DanglingMention:
    """A setting that names an agent there is not."""

    path: str
    agent: str


@dataclass(frozen=True)
class Bindings:
    """Who answers whom; what needs a look comes first."""

    rows: tuple[BindingRow, ...]
    dangling: tuple[DanglingMention, ...] = ()
    serious: bool = False


@dataclass(frozen=True)
class AskWho:
    """A message somebody might write."""

    channel: str = param("The channel, such as whatsapp.")
    account: str = param("The account, where the channel has several.", default="")
    person: str = param("Who writes: a number or the channel's own id.", default="")
    group: str = param("The group it is written in.", default="")
    guild: str = param("The Discord server.", default="")
    team: str = param("The Slack team.", default="")
    roles: tuple[str, ...] = param("Roles of the sender; repeat the flag.", default=(), flag="role")


@dataclass(frozen=True)
class Answering:
    """Who answers that message."""

    agent: str
    """Its id; empty when nobody does."""
    agent_name: str
    why: str
    """`peer` (a rule for this person or group), `kind` (for any person or group), `guild-roles`, `guild`,
    `team`, `account`, `channel`, `system` (no rule: the system agent), `marked` (an old default mark), `only`
    (there is no other), `nobody`, `ghost` (the rule names an agent there is not)."""
    channel: str
    account: str
    rule: int | None = None
    """Place of the deciding rule in `bindings`."""
    named: str = ""
    """The agent that a `ghost` rule names."""


@dataclass(frozen=True)
class Bind:
    """Which messages an agent shall answer."""

    agent: str = param("Id of the agent that shall answer.", positional=True)
    channel: str = param("The channel, such as whatsapp.")
    account: str = param("One account, or * for any; every account when left out.", default="")
    person: str = param("Only this person, by number or the channel's own id; * for any.", default="")
    group: str = param("Only this group; * for any.", default="")
    guild: str = param("Only in this Discord server.", default="")
    team: str = param("Only in this Slack team.", default="")
    roles: tuple[str, ...] = param(
        "Only who has this role in the server; repeat the flag.", default=(), flag="role"
    )


@dataclass(frozen=True)
class Unbind:
    """Which rules of an agent shall go."""

    agent: str = param("Id of the agent that shall not answer any more.", positional=True)
    channel: str = param("The channel, such as whatsapp.")
    account: str = param("One account, or * for any; every account when left out.", default="")
    person: str = param("The rule for this person; * for that for any.", default="")
    group: str = param("The rule for this group; * for that for any.", default="")
    heir: str = param("Who answers there instead.", default="")
    guild: str = param("The rule for this Discord server.", default="")
    team: str = param("The rule for this Slack team.", default="")
    roles: tuple[str, ...] = param("The rule for these roles; repeat the flag.", default=(), flag="role")


async def bindings(box: Appliance, _params: Nothing, _call: Call) -> Bindings:
    """The list, from the file."""
    from appliance.agents.matrix import matrix
    from appliance.store.edits import format_path

    value = box.config.read().value
    found = matrix(value)
    dangling = (DanglingMention(format_path(item.path), item.agent) for item in found.dangling)
    return Bindings(tuple(_row(row, value) for row in found.rows), tuple(dangling), found.serious)


async def who(box: Appliance, params: AskWho, _call: Call) -> Answering:
    """Ask the rules, as OpenClaw does.

    Raises:
        Usage: `scope-channel`, `scope-both`.
    """
    from appliance.agents.moves import name_of
    from appliance.agents.routes import Router, Sender
    from appliance.agents.rule_edits import scope

    value = box.config.read().value
    asked = scope(params.channel, params.account, person=params.person, group=params.group)
    kind = asked.kind or ("channel" if params.guild or params.team else None)
    account = asked.account or _account_of(value, asked.channel)
    sender = Sender(
        asked.channel, account, kind, asked.peer, guild=params.guild, team=params.team, roles=params.roles
    )
    route = Router(value).route(sender)
    rule = route.rule
    return Answering(
        route.agent,
        name_of(value, route.agent),
        route.why,
        asked.channel,
        account,
        rule.index if rule else None,
        rule.agent if rule and not route.agent else "",
    )


async def bind(box: Appliance, params: Bind, call: Call) -> Prepared[Saved]:
    """Find the rule that has to change, and what that changes.

    Raises:
        NotFound: `agent-unknown`, `account-unknown`.
        Usage: `scope-channel`, `scope-both`, `scope-space`, `scope-roles`.
    """
    from appliance.agents.rule_edits import binding_edits

    wanted = _scope(params)
    value = box.config.read().value
    edits = binding_edits(value, params.agent, wanted, box.places)
    return _prepared(box, value, edits, "agents.bind", call, f"{params.agent} answers {wanted.channel}")


async def unbind(box: Appliance, params: Unbind, call: Call) -> Prepared[Saved]:
    """Find the rules that go, and check that somebody still answers.

    Raises:
        NotFound: `agent-unknown`, `binding-unknown`.
        Usage: `scope-channel`, `scope-both`, `scope-space`, `scope-roles`, `heir-same`.
        Refused: `line-unowned`.
    """
    from appliance.agents.rule_edits import unbinding_edits

    wanted = _scope(params)
    value = box.config.read().value
    edits = unbinding_edits(value, params.agent, wanted, box.places, params.heir)
    why = f"{params.agent} leaves {wanted.channel}"
    return _prepared(box, value, edits, "agents.unbind", call, why)


def _scope(params: Bind | Unbind) -> Scope:
    from appliance.agents.rule_edits import scope

    return scope(
        params.channel,
        params.account,
        person=params.person,
        group=params.group,
        guild=params.guild,
        team=params.team,
        roles=params.roles,
    )


def _prepared(
    box: Appliance, value: Config, edits: Sequence[Edit], operation: str, call: Call, why: str
) -> Prepared[Saved]:
    """The edit with what it changes about who answers whom, in sentences."""
    from appliance.agents.moves import move_notes

    removed = ("bindings",) if edits else ()
    prepared = prepare_edits(box, edits, operation, call, why=why, may_remove=removed)
    notes = move_notes(value, edits) if edits else []
    return Prepared(prepared.changes, prepared.commit, (*prepared.warnings, *notes))


def _row(row: Row, value: Config) -> BindingRow:
    from appliance.agents.moves import name_of, who_of

    kind, sender = who_of(row)
    return BindingRow(
        row.channel,
        row.account,
        kind,
        sender,
        row.agent,
        name_of(value, row.agent),
        row.why,
        row.flag,
        row.named,
        row.rule,
    )


def _account_of(value: Config, channel: str) -> str:
    """The account a message comes in on where none is said: the only one, or OpenClaw's default one."""
    from appliance.agents.matrix import lines
    from appliance.agents.rule import DEFAULT_ACCOUNT

    accounts = [line.account for line in lines(value) if line.channel == channel]
    return accounts[0] if len(accounts) == 1 else DEFAULT_ACCOUNT


def _findings(found: Bindings) -> Verdict:
    return Verdict.FINDINGS if found.serious else Verdict.DONE


BINDINGS = Operation(
    "agents.bindings",
    "Who answers whom, on every channel",
    Risk.READ,
    Nothing,
    Bindings,
    run=bindings,
    local=True,
    verdict=_findings,
)
WHO = Operation(
    "agents.who",
    "Who would answer a message",
    Risk.READ,
    AskWho,
    Answering,
    run=who,
    local=True,
    verdict=lambda found: Verdict.DONE if found.agent else Verdict.FINDINGS,
)
BIND = Operation(
    "agents.bind",
    "Have an agent answer a channel, a person or a group",
    Risk.CHANGE,
    Bind,
    Saved,
    prepare=bind,
    local=True,
)
UNBIND = Operation(
    "agents.unbind",
    "Take a channel, a person or a group from an agent",
    Risk.CHANGE,
    Unbind,
    Saved,
    prepare=unbind,
    local=True,
)

OPERATIONS = (BINDINGS, WHO, BIND, UNBIND)
