"""What the calls about channels and plugins answer (gateway-ops §8; OpenClaw 2026.9.6)."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from appliance.gateway.told import Told, WrongForm
from appliance.values import dataclass


@dataclass(frozen=True)
class BotSeen(Told):
    """The bot a probe met."""

    username: str | None = None


@dataclass(frozen=True)
class ChannelProbe(Told):
    """A question to the service itself, with `probe: true`."""

    ok: bool = False
    status: int | None = None
    """Its HTTP status; None where nothing answered."""
    error: str | None = None
    elapsed_ms: int | float | None = field(default=None, metadata={"read": lambda value: _number(value)})
    bot: BotSeen | None = None


@dataclass(frozen=True)
class ChannelAccount(Told):
    """One account of a channel; times are milliseconds since 1970."""

    account_id: str
    enabled: bool = False
    configured: bool | None = None
    linked: bool | None = None
    """Only of channels that are linked by a code."""
    running: bool = False
    """Its task runs; says nothing about a connection."""
    connected: bool | None = None
    lifecycle: str | None = None
    """`starting`, `running`, `stopped`, …"""
    restart_pending: bool | None = None
    reconnect_attempts: int | None = None
    last_start_at: int | None = None
    last_connected_at: int | None = None
    last_event_at: int | None = None
    """The last sign of life of the line itself."""
    last_transport_activity_at: int | None = None
    last_message_at: int | None = None
    last_inbound_at: int | None = None
    last_outbound_at: int | None = None
    last_error: str | None = None
    state_reason: str | None = None
    token_status: str | None = None
    """`available`, `missing`, … of channels with a token."""
    probe: ChannelProbe | None = None


@dataclass(frozen=True)
class LinkedSelf(Told):
    """Whose number a linked channel has."""

    e164: str | None = None


@dataclass(frozen=True)
class ChannelSummary(Told):
    """A channel as a whole."""

    configured: bool = False
    linked: bool | None = None
    linked_self: LinkedSelf | None = field(default=None, metadata={"wire": "self"})


@dataclass(frozen=True)
class StatusIssue(Told):
    """Something OpenClaw itself finds wrong."""

    channel: str
    account_id: str = ""
    kind: str = ""
    message: str = ""


def _accounts(value: Any) -> dict[str, tuple[ChannelAccount, ...]]:
    found: dict[str, tuple[ChannelAccount, ...]] = {}
    for channel, rows in _items(value, "channelAccounts"):
        if not isinstance(rows, list):
            raise WrongForm(f"channelAccounts.{channel}")
        found[channel] = tuple(ChannelAccount.from_wire(row, f"channelAccounts.{channel}") for row in rows)
    return found


def _summaries(value: Any) -> dict[str, ChannelSummary]:
    return {
        channel: ChannelSummary.from_wire(row, f"channels.{channel}")
        for channel, row in _items(value, "channels")
    }


def _labels(value: Any) -> dict[str, str]:
    return {channel: str(label) for channel, label in _items(value, "channelLabels")}


def _items(value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise WrongForm(where)
    return value.items()


def _number(value: Any) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True)
class ChannelsStatus(Told):
    """`channels.status`: what is configured or installed; a fresh OpenClaw has none."""

    ts: int
    channel_order: tuple[str, ...] = ()
    channel_labels: dict[str, str] = field(default_factory=dict, metadata={"read": _labels})
    channels: dict[str, ChannelSummary] = field(default_factory=dict, metadata={"read": _summaries})
    channel_accounts: dict[str, tuple[ChannelAccount, ...]] = field(
        default_factory=dict, metadata={"read": _accounts}
    )
    status_issues: tuple[StatusIssue, ...] = ()


@dataclass(frozen=True)
class Outcome(Told):
    """What a start came to."""

    status: str = ""
    """`handed-off`, `retry` or `skipped`."""
    reason: str = ""
    """`task-owned`: it starts already; `unlinked`: nobody linked it."""


@dataclass(frozen=True)
class ChannelStarted(Told):
    """`channels.start`."""

    channel: str
    account_id: str = ""
    started: bool = False
    outcome: Outcome = field(default=Outcome())


@dataclass(frozen=True)
class ChannelStopped(Told):
    """`channels.stop`; False also for one that stops a little later."""

    channel: str
    account_id: str = ""
    stopped: bool = False


@dataclass(frozen=True)
class ChannelLoggedOut(Told):
    """`channels.logout`."""

    channel: str
    account_id: str = ""
    cleared: bool = False
    """Something was taken away: a linked session, or a token out of openclaw.json."""
    logged_out: bool = False


@dataclass(frozen=True)
class LoginAnswer(Told):
    """`web.login.start` and `web.login.wait`: an error is no error frame here, only a `message`."""

    message: str = ""
    connected: bool = False
    qr_data_url: str = field(default="", repr=False)
    """The code as a picture (`data:image/png;base64,…`): whoever has it can take the account over."""
    code: str = ""


@dataclass(frozen=True)
class PluginRuntime(Told):
    """Whether a plugin runs."""

    state: str = ""
    """`active`, `unloaded`, …"""


@dataclass(frozen=True)
class PluginRow(Told):
    """One plugin of `plugins.list`; WhatsApp and Slack are in none before they are installed (2026.9.6)."""

    id: str
    name: str = ""
    package_name: str = ""
    version: str = ""
    installed: bool = False
    enabled: bool = False
    state: str = ""
    """`enabled`, `disabled`, `not-installed`, …"""
    channel_ids: tuple[str, ...] = ()
    runtime: PluginRuntime = field(default=PluginRuntime())


@dataclass(frozen=True)
class PluginsList(Told):
    """`plugins.list`."""

    plugins: tuple[PluginRow, ...] = ()


@dataclass(frozen=True)
class LogTail(Told):
    """`logs.tail`: lines since a place in the log file."""

    cursor: int = 0
    lines: tuple[str, ...] = ()
