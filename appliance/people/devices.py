"""The programs and machines that reach the Gateway, and those that ask to (gateway-ops §7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.gateway.pairing_results import DevicePairing, PairedDevice, PendingDevice


@dataclass(frozen=True)
class WaitingDevice:
    """Something that asks to be let in, or for more than it has."""

    id: str
    """Of the request."""
    device: str
    name: str
    wants: str
    """`in` (new), `again` (shows itself otherwise than before), `abilities` (in, and wants to do things)."""
    roles: tuple[str, ...]
    """`operator`: a program that looks and acts; `node`: a machine that does things for the agents."""
    rights: tuple[str, ...]
    """Scopes, or the abilities of a node."""
    platform: str
    address: str
    """Where it comes from; empty is this machine."""
    asked_at: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class Device:
    """One that is let in."""

    id: str
    name: str
    own: bool
    """It is this lunatui itself."""
    connected: bool
    roles: tuple[str, ...]
    rights: tuple[str, ...]
    platform: str
    address: str
    approved: str
    """`silent`: by itself, on this machine; else by whom or how."""
    approved_at: float
    seen_at: float
    """Seconds since 1970; 0 when never."""


def waiting(found: DevicePairing) -> tuple[WaitingDevice, ...]:
    """All that asks, the oldest first."""
    asks = [asking(item) for item in found.pending]
    asks += [abilities(item) for item in found.paired if item.pending_node_surface]
    return tuple(sorted(asks, key=lambda item: item.asked_at))


def name_of(device: PairedDevice | PendingDevice) -> str:
    """As OpenClaw names it: the operator's label, its own name, its program, its id (docs/cli/devices.md)."""
    label = getattr(device, "operator_label", "")
    return label or device.display_name or device.client_id or device.device_id[:8] or "?"


def asking(item: PendingDevice) -> WaitingDevice:
    roles = item.roles or ((item.role,) if item.role else ())
    wants = "again" if item.is_repair else "in"
    return WaitingDevice(
        item.request_id, item.device_id, name_of(item), wants, roles, item.scopes, item.platform,
        item.remote_ip or "", item.ts / 1000,
    )  # fmt: skip


def abilities(item: PairedDevice) -> WaitingDevice:
    asked = item.pending_node_surface
    assert asked is not None  # noqa: S101 - the caller chose those that have one
    return WaitingDevice(
        asked.request_id, item.device_id, name_of(item), "abilities", item.roles,
        (*asked.caps, *asked.commands), item.platform, item.remote_ip or "", asked.ts / 1000,
    )  # fmt: skip


def device_of(item: PairedDevice, own: str) -> Device:
    return Device(
        item.device_id, name_of(item), item.device_id == own, item.connected, item.roles, item.scopes,
        item.platform, item.remote_ip or "", item.approved_via, item.approved_at_ms / 1000,
        (item.last_seen_at_ms or 0) / 1000,
    )  # fmt: skip
