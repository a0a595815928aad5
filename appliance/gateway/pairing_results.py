"""What the calls about devices, people who ask, and past approvals tell (gateway-ops §6, §7)."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Any

from appliance.gateway.told import Told, WrongForm
from appliance.values import dataclass


def moment(value: Any) -> float:
    """An ISO time, as `channels.pairing.list` has them, in seconds since 1970.

    Raises:
        WrongForm: it is none.
    """
    try:
        return datetime.fromisoformat(value).timestamp()
    except (TypeError, ValueError, OverflowError, OSError):
        raise WrongForm("a time") from None


def texts(value: Any) -> tuple[tuple[str, str], ...]:
    """An object of texts, in its order; what is no text is left out."""
    if not isinstance(value, dict):
        return ()
    return tuple((str(name), each) for name, each in value.items() if isinstance(each, str))


@dataclass(frozen=True)
class DeviceToken(Told):
    """A key of a device for one role."""

    role: str
    scopes: tuple[str, ...] = ()
    created_at_ms: int = 0
    revoked_at_ms: int | None = None


@dataclass(frozen=True)
class NodeSurface(Told):
    """What a node wants to be able to do here, not approved yet."""

    request_id: str
    caps: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    ts: int = 0


@dataclass(frozen=True)
class PairedDevice(Told):
    """A device that is let in."""

    device_id: str
    display_name: str = ""
    operator_label: str = ""
    """The name that the operator gave it."""
    client_id: str = ""
    client_mode: str = ""
    platform: str = ""
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    approved_via: str = ""
    """`silent`: on this machine, with the shared token."""
    approved_at_ms: int = 0
    last_seen_at_ms: int | None = None
    remote_ip: str | None = None
    connected: bool = False
    tokens: tuple[DeviceToken, ...] = ()
    pending_node_surface: NodeSurface | None = None


@dataclass(frozen=True)
class PendingDevice(Told):
    """A device that asks to be let in, or for more than it has."""

    request_id: str
    device_id: str = ""
    display_name: str = ""
    client_id: str = ""
    client_mode: str = ""
    platform: str = ""
    role: str = ""
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    remote_ip: str | None = None
    is_repair: bool = False
    """It was let in before, and shows itself otherwise now."""
    ts: int = 0


@dataclass(frozen=True)
class DevicePairing(Told):
    """`device.pair.list`."""

    pending: tuple[PendingDevice, ...] = ()
    paired: tuple[PairedDevice, ...] = ()


@dataclass(frozen=True)
class TokenRotated(Told):
    """`device.token.rotate`; the new token is told to the device alone."""

    device_id: str
    role: str = ""
    scopes: tuple[str, ...] = ()
    rotated_at_ms: int = 0
    token_delivery: str = ""


@dataclass(frozen=True)
class PersonAsks(Told):
    """Somebody who wrote and waits for being let in."""

    request_id: str
    channel: str
    account_id: str
    sender_id: str
    channel_label: str = ""
    sender_label: str = ""
    """Which kind of id it is (`telegramUserId`); no name."""
    metadata: tuple[tuple[str, str], ...] = field(default=(), metadata={"read": texts})
    created_at: float = field(default=0.0, metadata={"read": moment})
    last_seen_at: float = field(default=0.0, metadata={"read": moment})
    expires_at: float = field(default=0.0, metadata={"read": moment})
    notify_supported: bool = False


@dataclass(frozen=True)
class PairingAccount(Told):
    """An account on which strangers get a code."""

    channel: str
    account_id: str
    channel_label: str = ""
    notify_supported: bool = False


@dataclass(frozen=True)
class PeoplePairing(Told):
    """`channels.pairing.list`."""

    accounts: tuple[PairingAccount, ...] = ()
    requests: tuple[PersonAsks, ...] = ()
    command_owner_configured: bool = False


@dataclass(frozen=True)
class PersonAnswered(Told):
    """`channels.pairing.approve` and `.dismiss`."""

    request_id: str
    sender_id: str = ""
    notification: str = "not-requested"
    """`not-requested sent unsupported failed`."""
    command_owner_bootstrap: str = "not-requested"


@dataclass(frozen=True)
class Presentation(Told):
    """What an approval was about, as it was shown."""

    kind: str = ""
    command_text: str = ""
    title: str = ""
    warning_text: str | None = None


@dataclass(frozen=True)
class By(Told):
    """Who answered, or which agent asked."""

    kind: str = ""
    id: str | None = None
    agent_id: str | None = None


@dataclass(frozen=True)
class PastApproval(Told):
    """One item of `approval.history`."""

    id: str
    status: str = ""
    """`allowed denied cancelled expired`, or `pending`."""
    decision: str = ""
    reason: str = ""
    presentation: Presentation = Presentation()
    source: By = By()
    resolver: By = By()
    created_at_ms: int = 0
    resolved_at_ms: int | None = None


@dataclass(frozen=True)
class ApprovalHistory(Told):
    """`approval.history`: newest first, 30 days."""

    items: tuple[PastApproval, ...] = ()
    next_cursor: str | None = None
