"""Typed calls about channels, plugins and linking; see `calls` for what all have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.gateway.calls import read_told

if TYPE_CHECKING:
    from appliance.gateway import channel_results as results
    from appliance.gateway.calls import Caller

INSTALL_SECONDS = 420.0
"""An install took 45 to 95 s; the Gateway may stall for half a minute in between."""
STOP_SECONDS = 60.0
"""A poll under way is waited out: ten seconds were seen."""
_SPARE_SECONDS = 15.0
"""What the connection is given beyond the time the Gateway itself waits."""


async def channels_status(caller: Caller, *, probe_seconds: float = 0.0) -> results.ChannelsStatus:
    """`channels.status` of all channels; `probe_seconds`: also ask the services, for at most so long.

    Asked for one channel alone, 2026.9.6 calls a channel unknown whose plugin is not loaded.
    """
    from appliance.gateway.channel_results import ChannelsStatus

    params = {"probe": True, "timeoutMs": int(probe_seconds * 1000)} if probe_seconds else {}
    patience = probe_seconds + _SPARE_SECONDS if probe_seconds else 30.0
    return read_told(
        ChannelsStatus, await caller.call("channels.status", params, timeout=patience), "channels.status"
    )


async def channel_start(caller: Caller, channel: str, account: str) -> results.ChannelStarted:
    """`channels.start`."""
    from appliance.gateway.channel_results import ChannelStarted

    payload = await caller.call("channels.start", _one(channel, account), timeout=STOP_SECONDS)
    return read_told(ChannelStarted, payload, "channels.start")


async def channel_stop(caller: Caller, channel: str, account: str) -> results.ChannelStopped:
    """`channels.stop`: until the Gateway's next start."""
    from appliance.gateway.channel_results import ChannelStopped

    payload = await caller.call("channels.stop", _one(channel, account), timeout=STOP_SECONDS)
    return read_told(ChannelStopped, payload, "channels.stop")


async def channel_logout(caller: Caller, channel: str, account: str) -> results.ChannelLoggedOut:
    """`channels.logout`: unlinks WhatsApp; takes Telegram's token out of openclaw.json."""
    from appliance.gateway.channel_results import ChannelLoggedOut

    payload = await caller.call("channels.logout", _one(channel, account), timeout=STOP_SECONDS)
    return read_told(ChannelLoggedOut, payload, "channels.logout")


async def plugins_list(caller: Caller) -> results.PluginsList:
    """`plugins.list`."""
    from appliance.gateway.channel_results import PluginsList

    return read_told(PluginsList, await caller.call("plugins.list", {}, large=True), "plugins.list")


async def plugin_install(caller: Caller, plugin: str) -> None:
    """`plugins.install` of an official plugin; whether it worked is what `plugins.list` says afterwards."""
    params = {"source": "official", "pluginId": plugin}
    await caller.call("plugins.install", params, timeout=INSTALL_SECONDS, large=True)


async def login_start(
    caller: Caller, channel: str, account: str, *, force: bool = False, seconds: float = 30.0
) -> results.LoginAnswer:
    """`web.login.start`: a code, or a message; `force` erases the session that is linked now."""
    from appliance.gateway.channel_results import LoginAnswer

    params = {**_one(channel, account), "force": force, "timeoutMs": int(seconds * 1000)}
    payload = await caller.call("web.login.start", params, timeout=seconds + _SPARE_SECONDS)
    return read_told(LoginAnswer, payload, "web.login.start")


async def login_wait(
    caller: Caller, channel: str, account: str, code: str, *, seconds: float
) -> results.LoginAnswer:
    """`web.login.wait`: what became of the code shown; a newer one comes only when it names the present."""
    from appliance.gateway.channel_results import LoginAnswer

    params = {**_one(channel, account), "timeoutMs": int(seconds * 1000)}
    if code:
        params["currentQrDataUrl"] = code
    payload = await caller.call("web.login.wait", params, timeout=seconds + _SPARE_SECONDS)
    return read_told(LoginAnswer, payload, "web.login.wait")


async def logs_tail(caller: Caller, cursor: int | None = None) -> results.LogTail:
    """`logs.tail`: at most 200 lines since `cursor`, or the newest."""
    from appliance.gateway.channel_results import LogTail

    params = {"limit": 200} | ({} if cursor is None else {"cursor": cursor})
    return read_told(LogTail, await caller.call("logs.tail", params, large=True), "logs.tail")


def _one(channel: str, account: str) -> dict[str, Any]:
    return {"channel": channel, **({"accountId": account} if account else {})}


async def send_message(caller: Caller, channel: str, account: str, to: str, message: str, key: str) -> None:
    """`send`: one message out, once a `key`; without a connection it waits in a queue."""
    params = {**_one(channel, account), "to": to, "message": message, "idempotencyKey": key}
    await caller.call("send", params, timeout=STOP_SECONDS)
