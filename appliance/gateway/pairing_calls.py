"""The calls about devices, people and past approvals; rules as in `calls` (gateway-ops §6, §7).

All but the history need `operator.pairing`; roles other than operator need `operator.admin`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.gateway.calls import given, read_told

if TYPE_CHECKING:
    from appliance.gateway import pairing_results as results
    from appliance.gateway.calls import Caller


async def device_pairs(caller: Caller) -> results.DevicePairing:
    """`device.pair.list`: who asks, and who is in."""
    from appliance.gateway.pairing_results import DevicePairing

    return read_told(DevicePairing, await caller.call("device.pair.list", {}), "device.pair.list")


async def device_answer(caller: Caller, request_id: str, *, approve: bool) -> None:
    """`device.pair.approve` or `.reject`; `unknown requestId` when it does not ask any more."""
    await caller.call(f"device.pair.{'approve' if approve else 'reject'}", {"requestId": request_id})


async def device_rename(caller: Caller, device_id: str, label: str) -> None:
    """`device.pair.rename`: 1 to 64 characters."""
    await caller.call("device.pair.rename", {"deviceId": device_id, "label": label})


async def device_remove(caller: Caller, device_id: str) -> None:
    """`device.pair.remove`; a device that is connected is cut off with 4001."""
    await caller.call("device.pair.remove", {"deviceId": device_id})


async def token_rotate(caller: Caller, device_id: str, role: str) -> results.TokenRotated:
    """`device.token.rotate`, with the scopes it has; the device is cut off with 4001 and comes again."""
    from appliance.gateway.pairing_results import TokenRotated

    params = {"deviceId": device_id, "role": role}
    return read_told(TokenRotated, await caller.call("device.token.rotate", params), "device.token.rotate")


async def token_revoke(caller: Caller, device_id: str, role: str) -> None:
    """`device.token.revoke`."""
    await caller.call("device.token.revoke", {"deviceId": device_id, "role": role})


async def node_answer(caller: Caller, request_id: str, *, approve: bool) -> None:
    """`node.pair.approve` or `.reject`: what a device that is let in may do here."""
    await caller.call(f"node.pair.{'approve' if approve else 'reject'}", {"requestId": request_id})


async def people_pairing(caller: Caller) -> results.PeoplePairing:
    """`channels.pairing.list`: of the accounts that are loaded and give strangers a code."""
    from appliance.gateway.pairing_results import PeoplePairing

    payload = await caller.call("channels.pairing.list", {})
    return read_told(PeoplePairing, payload, "channels.pairing.list")


async def person_approve(
    caller: Caller, asks: results.PersonAsks, *, notify: bool, owner: bool
) -> results.PersonAnswered:
    """`channels.pairing.approve`; `owner`: also the first who may give commands, which needs admin."""
    params = given(**_key(asks), notify=notify or None, bootstrapCommandOwner=owner or None)
    return await _answered(caller, "channels.pairing.approve", params)


async def person_dismiss(caller: Caller, asks: results.PersonAsks) -> results.PersonAnswered:
    """`channels.pairing.dismiss`: the request goes; whoever writes again may ask again."""
    return await _answered(caller, "channels.pairing.dismiss", _key(asks))


async def approval_history(caller: Caller, *, limit: int, cursor: str = "") -> results.ApprovalHistory:
    """`approval.history`: at most 100 at once."""
    from appliance.gateway.pairing_results import ApprovalHistory

    payload = await caller.call("approval.history", given(limit=limit, cursor=cursor or None))
    return read_told(ApprovalHistory, payload, "approval.history")


def _key(asks: results.PersonAsks) -> dict[str, Any]:
    return {"channel": asks.channel, "accountId": asks.account_id, "requestId": asks.request_id}


async def _answered(caller: Caller, method: str, params: dict[str, Any]) -> results.PersonAnswered:
    from appliance.gateway.pairing_results import PersonAnswered

    return read_told(PersonAnswered, await caller.call(method, params), method)
