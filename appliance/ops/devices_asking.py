"""Devices that ask to be let in, and the answer to that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import NotFound
from appliance.ops.core import Call, Change, Done, Operation, Prepared, Question, Risk, param
from appliance.people.devices import WaitingDevice, waiting
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.gateway.pairing_results import DevicePairing


@dataclass(frozen=True)
class OneRequest:
    """Which request."""

    id: str = param("The request, from `devices list`.", positional=True)


@dataclass(frozen=True)
class DeviceDone:
    """What became of a device."""

    id: str
    name: str
    state: str
    """`let in`, `sent away`, `renamed`, `removed`, `key changed` or `key taken away`."""


async def approve(box: Appliance, params: OneRequest, _call: Call) -> Prepared[DeviceDone]:
    """Look at what is asked for; whoever says yes is told what it may do then.

    Raises:
        NotFound: `device-request-gone`, it does not ask any more.
        Unreachable: the Gateway does not answer.
    """
    asks = await request(box, params.id)
    rights = ", ".join(asks.rights) or "–"
    words = Question(
        f"{asks.name} ({asks.platform or 'unknown'}, {asks.address or 'this machine'}) will reach this box "
        f"as {', '.join(asks.roles)} and may: {rights}.",
        device=asks.name,
        rights=rights,
    )
    return _answer(box, asks, approve=True, asks=words)


async def reject(box: Appliance, params: OneRequest, _call: Call) -> Prepared[DeviceDone]:
    """Send it away; it may ask again.

    Raises:
        NotFound: `device-request-gone`, it does not ask any more.
        Unreachable: the Gateway does not answer.
    """
    return _answer(box, await request(box, params.id), approve=False)


def _answer(box: Appliance, found: WaitingDevice, *, approve: bool, asks: str = "") -> Prepared[DeviceDone]:
    async def commit() -> Done[DeviceDone]:
        await answer(box, found, approve=approve)
        return Done(DeviceDone(found.device, found.name, "let in" if approve else "sent away"))

    change = Change(found.name, f"{'let in' if approve else 'send away'}: {', '.join(found.rights)}")
    return Prepared((change,), commit, asks=asks)


async def answer(box: Appliance, found: WaitingDevice, *, approve: bool) -> None:
    """Tell the Gateway."""
    from appliance.gateway.pairing_calls import device_answer, node_answer

    act = node_answer if found.wants == "abilities" else device_answer
    async with box.gateway() as client:
        await act(client, found.id, approve=approve)


async def request(box: Appliance, wanted: str) -> WaitingDevice:
    """What asks under this id.

    Raises:
        NotFound: it does not ask any more.
        Unreachable: the Gateway does not answer.
    """
    for item in waiting(await pairs(box)):
        if item.id == wanted:
            return item
    raise NotFound(
        "This device does not ask any more: it was answered, or it asked anew.",
        hint="lunatui devices list",
        code="device-request-gone",
    )


async def pairs(box: Appliance) -> DevicePairing:
    """Ask the Gateway.

    Raises:
        Unreachable: it does not answer.
    """
    from appliance.gateway.pairing_calls import device_pairs

    async with box.gateway() as client:
        return await device_pairs(client)


OPERATIONS = (
    Operation(
        "devices.approve",
        "Let a device in",
        Risk.CHANGE,
        OneRequest,
        DeviceDone,
        prepare=approve,
        no_undo="Remove the device to take it back.",
    ),
    Operation(
        "devices.reject",
        "Send a device away that asks to be let in",
        Risk.CHANGE,
        OneRequest,
        DeviceDone,
        prepare=reject,
        no_undo="The device may ask again.",
    ),
)
