"""`channels.list`, `show` and `test`: the lines as they are, four facts each, and who gets an answer."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from appliance.ops.core import Call, Nothing, Operation, Risk, Verdict, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.api import Appliance
    from appliance.channels.facts import Facts
    from appliance.channels.policy import Policy
    from appliance.channels.settings import Account
    from appliance.gateway.channel_results import ChannelsStatus, PluginRow

TROUBLED = frozenset({"failing", "unlinked", "no-token", "no-plugin"})
"""States that somebody has to look at."""
PROBE_SECONDS = 10.0


@dataclass(frozen=True)
class OneChannel:
    """Which line."""

    channel: str = param("Such as whatsapp, telegram or slack.", positional=True)
    account: str = param("One of its accounts; its default one when left out.", default="")


@dataclass(frozen=True)
class ChannelRow:
    """One account of a channel, with four facts: linked, socket open, last sign of life, last messages."""

    channel: str
    account: str
    title: str
    state: str
    """`ready`, `starting`, `failing`, `stopped`, `off`, `unlinked`, `no-token`, `no-plugin`, `unknown`."""
    linked: bool | None
    """A session or a token is there; None where nobody could be asked."""
    socket_open: bool | None
    last_alive: str
    """The last sign of life of the line itself, ISO 8601; empty when there was none. Quiet is not broken."""
    last_in: str
    last_out: str
    reconnects: int
    """Attempts since it was last connected."""
    number: str
    problem: str
    policy: str
    """Who gets an answer, who a code, who silence."""


@dataclass(frozen=True)
class ChannelList:
    """Every line that is set up."""

    channels: tuple[ChannelRow, ...]
    gateway: str
    """`asked`, or why it could not be."""


@dataclass(frozen=True)
class ChannelShown:
    """One line, and the people who may talk on it."""

    line: ChannelRow
    strangers: str
    """What somebody on no list gets: `answer`, `code` or `silence`."""
    listed: tuple[str, ...]
    approved_count: bool
    """Whether people who were let in by a code are answered too."""
    groups: str
    """Who is answered in groups: `everybody`, `listed` or `nobody`."""
    open_groups: tuple[str, ...]
    personal: bool
    """The number is its owner's own."""
    issues: tuple[str, ...]
    """What OpenClaw itself finds wrong."""


async def list_(box: Appliance, _params: Nothing, _call: Call) -> ChannelList:
    """The lines of the file, with what the Gateway knows of each."""
    from appliance.channels.settings import accounts

    config = box.config.read().value
    status, plugins, why = await _asked(box)
    rows = (_row(config, account, status, plugins) for account in accounts(config))
    return ChannelList(tuple(rows), why or "asked")


async def show(box: Appliance, params: OneChannel, _call: Call) -> ChannelShown:
    """One line.

    Raises:
        NotFound: it is not set up.
    """
    from appliance.channels.policy import policy_of
    from appliance.channels.settings import account_of

    config = box.config.read().value
    account = account_of(config, params.channel, params.account)
    status, plugins, _ = await _asked(box)
    return _shown(account, _row(config, account, status, plugins), policy_of(config, account), status)


async def test(box: Appliance, params: OneChannel, _call: Call) -> ChannelShown:
    """Have the Gateway ask the service itself.

    Raises:
        NotFound: it is not set up.
        Unreachable: the Gateway does not answer.
    """
    from appliance.channels.policy import policy_of
    from appliance.channels.settings import account_of
    from appliance.gateway.channel_calls import channels_status, plugins_list

    config = box.config.read().value
    account = account_of(config, params.channel, params.account)
    async with box.gateway() as client:
        plugins = (await plugins_list(client)).plugins
        status = await channels_status(client, probe_seconds=PROBE_SECONDS)
    return _shown(account, _row(config, account, status, plugins), policy_of(config, account), status)


async def _asked(box: Appliance) -> tuple[ChannelsStatus | None, tuple[PluginRow, ...] | None, str]:
    """Status and plugins, or why there are none: a Gateway that is down is no error here."""
    from appliance.errors import Unreachable
    from appliance.gateway.channel_calls import channels_status, plugins_list
    from appliance.gateway.probe import probe

    seen = await asyncio.to_thread(probe, box.endpoint())
    if not seen.ready:
        return None, None, f"The Gateway does not answer: {seen.problem}."
    try:
        async with box.gateway() as client:
            return await channels_status(client), (await plugins_list(client)).plugins, ""
    except Unreachable as error:
        return None, None, error.message


def _row(
    config: dict[str, object],
    account: Account,
    status: ChannelsStatus | None,
    plugins: Iterable[PluginRow] | None,
) -> ChannelRow:
    from appliance.channels.facts import facts_of
    from appliance.channels.policy import policy_of

    return row_of(facts_of(account, status, plugins), policy_of(config, account))


def row_of(facts: Facts, policy: Policy) -> ChannelRow:
    """Facts and policy as a row."""
    return ChannelRow(
        facts.channel,
        facts.account,
        facts.title,
        facts.state,
        facts.linked,
        facts.socket_open,
        _moment(facts.last_alive),
        _moment(facts.last_in),
        _moment(facts.last_out),
        facts.reconnects,
        facts.number,
        facts.problem,
        policy.sentence,
    )


def _shown(account: Account, row: ChannelRow, policy: Policy, status: ChannelsStatus | None) -> ChannelShown:
    issues = status.status_issues if status else ()
    own = (issue for issue in issues if (issue.channel, issue.account_id) == (account.channel, account.id))
    return ChannelShown(
        row,
        policy.strangers,
        policy.listed,
        policy.approved_count,
        policy.groups,
        policy.open_groups,
        policy.personal,
        tuple(issue.message for issue in own),
    )


def _moment(seconds: float | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if seconds else ""


def _works(row: ChannelRow) -> Verdict:
    return Verdict.FINDINGS if row.state in TROUBLED else Verdict.DONE


LIST = Operation(
    "channels.list",
    "The lines, four facts each, and who gets an answer",
    Risk.READ,
    Nothing,
    ChannelList,
    run=list_,
    verdict=lambda result: max(map(_works, result.channels), default=Verdict.DONE),
)
SHOW = Operation(
    "channels.show", "One line and who may talk on it", Risk.READ, OneChannel, ChannelShown, run=show
)
TEST = Operation(
    "channels.test",
    "Have the service itself asked whether the line works",
    Risk.READ,
    OneChannel,
    ChannelShown,
    run=test,
    verdict=lambda result: Verdict.DONE if result.line.state == "ready" else Verdict.FINDINGS,
)
