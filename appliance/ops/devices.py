"""`devices`: the programs and machines that may reach this box's Gateway, and those that ask to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import NotFound, Refused, Usage
from appliance.ops import devices_asking
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Risk, Undo, param
from appliance.ops.devices_asking import DeviceDone, pairs
from appliance.people.devices import Device, WaitingDevice, device_of, name_of, waiting
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.gateway.pairing_results import PairedDevice

NAME_LIMIT = 64
"""Characters of a name that OpenClaw takes (docs/cli/devices.md)."""


@dataclass(frozen=True)
class Devices:
    """Who asks first, then who is in, the latest first."""

    waiting: tuple[WaitingDevice, ...]
    devices: tuple[Device, ...]


@dataclass(frozen=True)
class OneDevice:
    """Which device."""

    id: str = param("The device, from `devices list`.", positional=True)


@dataclass(frozen=True)
class RenameDevice:
    """A name of your own for a device."""

    id: str = param("The device, from `devices list`.", positional=True)
    name: str = param("What it shall be called here, up to 64 characters.", positional=True)


@dataclass(frozen=True)
class DeviceKey:
    """A key of a device."""

    id: str = param("The device, from `devices list`.", positional=True)
    role: str = param("The role that the key is for.", default="operator")


async def list_(box: Appliance, _params: Nothing, _call: Call) -> Devices:
    """Ask the Gateway.

    Raises:
        Unreachable: it does not answer.
    """
    found = await pairs(box)
    own = box.identity().device_id
    rows = sorted(found.paired, key=lambda item: -(item.last_seen_at_ms or 0))
    return Devices(waiting(found), tuple(device_of(item, own) for item in rows))


async def rename(box: Appliance, params: RenameDevice, _call: Call) -> Prepared[DeviceDone]:
    """Check the name.

    Raises:
        Usage: `device-name`, empty or too long.
        NotFound: `device-unknown`.
        Unreachable: the Gateway does not answer.
    """
    name = params.name.strip()
    if not 0 < len(name) <= NAME_LIMIT:
        raise Usage(f"A name has 1 to {NAME_LIMIT} characters.", code="device-name")
    device = await _paired(box, params.id)
    before = name_of(device)

    async def commit() -> Done[DeviceDone]:
        from appliance.gateway.pairing_calls import device_rename

        async with box.gateway() as client:
            await device_rename(client, device.device_id, name)
        undo = Undo("devices.rename", {"id": device.device_id, "name": before[:NAME_LIMIT]})
        return Done(DeviceDone(device.device_id, name, "renamed"), undo)

    changes = (Change(f"device {device.device_id[:8]}", f"{before} → {name}"),) if name != before else ()
    return Prepared(changes, commit)


async def remove(box: Appliance, params: OneDevice, _call: Call) -> Prepared[DeviceDone]:
    """Find it; not this lunatui's own.

    Raises:
        NotFound: `device-unknown`.
        Refused: `device-own`.
        Unreachable: the Gateway does not answer.
    """
    device = await _other(box, params.id)

    async def commit() -> Done[DeviceDone]:
        from appliance.gateway.pairing_calls import device_remove

        async with box.gateway() as client:
            await device_remove(client, device.device_id)
        return Done(DeviceDone(device.device_id, name_of(device), "removed"))

    return Prepared((Change(name_of(device), "remove"),), commit)


async def rotate(box: Appliance, params: DeviceKey, _call: Call) -> Prepared[DeviceDone]:
    """Find its key.

    Raises:
        NotFound: `device-unknown`, `device-role`.
        Refused: `device-own`.
        Unreachable: the Gateway does not answer.
    """
    return await _key(box, params, "key changed")


async def revoke(box: Appliance, params: DeviceKey, _call: Call) -> Prepared[DeviceDone]:
    """Find its key.

    Raises:
        NotFound: `device-unknown`, `device-role`.
        Refused: `device-own`.
        Unreachable: the Gateway does not answer.
    """
    return await _key(box, params, "key taken away")


async def _key(box: Appliance, params: DeviceKey, state: str) -> Prepared[DeviceDone]:
    from appliance.gateway.pairing_calls import token_revoke, token_rotate

    device = await _other(box, params.id)
    if params.role not in device.roles:
        raise NotFound(
            f"{name_of(device)} is not let in as “{params.role}”.",
            hint=f"One of: {', '.join(device.roles)}.",
            code="device-role",
        )

    async def commit() -> Done[DeviceDone]:
        act = token_rotate if state == "key changed" else token_revoke
        async with box.gateway() as client:
            await act(client, device.device_id, params.role)
        return Done(DeviceDone(device.device_id, name_of(device), state))

    return Prepared((Change(f"{name_of(device)}, {params.role}", state),), commit)


async def _other(box: Appliance, device_id: str) -> PairedDevice:
    device = await _paired(box, device_id)
    if device.device_id == box.identity().device_id:
        raise Refused(
            "This is lunatui itself on this box: without it nothing here could be looked after.",
            hint="Remove it from another machine's lunatui, if it really must go.",
            code="device-own",
        )
    return device


async def _paired(box: Appliance, device_id: str) -> PairedDevice:
    """By its id, or the beginning of it where that is enough."""
    found = [item for item in (await pairs(box)).paired if item.device_id.startswith(device_id)]
    if len(found) == 1 and device_id:
        return found[0]
    raise NotFound(
        f"There is no one device “{device_id}”.", hint="lunatui devices list", code="device-unknown"
    )


OPERATIONS = (
    Operation(
        "devices.list",
        "Which devices reach this box, and which ask to",
        Risk.READ,
        Nothing,
        Devices,
        run=list_,
    ),
    *devices_asking.OPERATIONS,
    Operation(
        "devices.rename", "Give a device a name", Risk.CHANGE, RenameDevice, DeviceDone, prepare=rename
    ),
    Operation(
        "devices.remove",
        "Take a device's way to this box away",
        Risk.DANGER,
        OneDevice,
        DeviceDone,
        prepare=remove,
        no_undo="The device may ask to be let in again.",
        consequence=lambda _params: "The device is cut off at once and has to be let in again.",
    ),
    Operation(
        "devices.rotate",
        "Give a device a new key for its way to this box",
        Risk.CHANGE,
        DeviceKey,
        DeviceDone,
        prepare=rotate,
        no_undo="The old key is gone; the device comes back with the new one.",
    ),
    Operation(
        "devices.revoke",
        "Take a device's key for one role away",
        Risk.DANGER,
        DeviceKey,
        DeviceDone,
        prepare=revoke,
        no_undo="The device may ask to be let in again.",
        consequence=lambda _params: "The device is cut off in that role at once.",
    ),
)
