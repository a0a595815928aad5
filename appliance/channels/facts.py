"""What is known of one line, as four facts: linked, socket open, last sign of life, last message in and out.

A line that is quiet is not broken, so no fact is made of silence; a task that runs is not a connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from appliance.channels.settings import title_of
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.channels.settings import Account
    from appliance.gateway.channel_results import ChannelAccount, ChannelsStatus, PluginRow

State = Literal[
    "ready", "starting", "failing", "stopped", "off", "unlinked", "no-token", "no-plugin", "unknown"
]
"""`ready` only with an open socket. `failing`: it runs and says why it has none. `unknown`: nobody could be
asked."""
_USABLE = frozenset({"available"})
"""Of `tokenStatus`."""
_MS = 1000.0


@dataclass(frozen=True)
class Facts:
    """One account of a channel, as it was seen; times are Unix seconds, None where nothing happened yet."""

    channel: str
    account: str
    title: str
    state: State
    linked: bool | None = None
    """A session or a token is there; None where nobody could be asked."""
    socket_open: bool | None = None
    last_alive: float | None = None
    """The last sign of life of the line itself, messages or not."""
    last_in: float | None = None
    last_out: float | None = None
    reconnects: int = 0
    """Attempts since it was last connected."""
    problem: str = ""
    """What the channel says is wrong, for people who look closely."""
    number: str = ""
    """Whose it is, where the channel says so."""


def facts_of(
    account: Account, status: ChannelsStatus | None, plugins: Iterable[PluginRow] | None = None
) -> Facts:
    """The facts of an account that is set up; `status` None: the Gateway could not be asked."""
    title = title_of(account.channel)
    if status is None:
        state: State = "unknown" if account.enabled else "off"
        return Facts(account.channel, account.id, title, state)
    seen = _seen(account, status)
    if seen is None:
        missing = plugins is not None and not plugin_ready(account.channel, plugins)
        gone: State = "off" if not account.enabled else "no-plugin" if missing else "stopped"
        return Facts(account.channel, account.id, title, gone, False, False)
    summary = status.channels.get(account.channel)
    whose = summary.linked_self if summary else None
    return Facts(
        account.channel,
        account.id,
        title,
        _state(account, seen),
        _linked(seen),
        bool(seen.connected),
        _latest(seen.last_transport_activity_at, seen.last_event_at, seen.last_connected_at),
        _latest(seen.last_inbound_at),
        _latest(seen.last_outbound_at),
        seen.reconnect_attempts or 0,
        _problem(seen),
        (whose.e164 or "") if whose else "",
    )


def plugin_of(channel: str, plugins: Iterable[PluginRow]) -> PluginRow | None:
    """The plugin that brings a channel, as `plugins.list` has it."""
    return next((row for row in plugins if channel in row.channel_ids or row.id == channel), None)


def plugin_ready(channel: str, plugins: Iterable[PluginRow]) -> bool:
    """Whether the channel's plugin is there; one that is only switched off comes with its channel."""
    row = plugin_of(channel, plugins)
    return row is not None and row.installed


def _seen(account: Account, status: ChannelsStatus) -> ChannelAccount | None:
    rows = status.channel_accounts.get(account.channel, ())
    return next((row for row in rows if row.account_id.lower() == account.id.lower()), None)


def _state(account: Account, seen: ChannelAccount) -> State:
    if not (account.enabled and seen.enabled):
        return "off"
    if seen.linked is False:
        return "unlinked"
    if seen.configured is False:
        return "no-token"
    if seen.probe is not None and not seen.probe.ok:
        return "failing"
    if seen.connected:
        return "ready"
    if seen.running:
        return "failing" if seen.last_error else "starting"
    return "failing" if seen.last_error and seen.last_error != "logged out" else "stopped"


def _linked(seen: ChannelAccount) -> bool:
    if seen.linked is not None:
        return seen.linked
    if seen.token_status is not None:
        return seen.token_status in _USABLE
    return bool(seen.configured)


def _problem(seen: ChannelAccount) -> str:
    if seen.probe is not None and not seen.probe.ok and seen.probe.error:
        return seen.probe.error
    return "" if seen.connected else seen.last_error or seen.state_reason or ""


def _latest(*moments: int | None) -> float | None:
    known = [moment for moment in moments if moment]
    return max(known) / _MS if known else None
