"""Installing a channel's plugin while no lunatui writes the configuration, judged by what is there after."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.ops.core import Call, Event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from appliance.api import Appliance
    from appliance.gateway.client import GatewayClient

FREEZE_SECONDS = 20.0
"""How long a save under way is waited out."""
SETTLE_SECONDS = 180.0
"""How long the plugin may take to appear once the install's answer got lost."""
LOOK_SECONDS = 2.0
_STAGES = {"resolve": "finding it", "dependencies": "downloading", "runtime": "starting it"}
_CHANGED = "config changed since last load"


async def install_plugin(box: Appliance, client: GatewayClient, channel: str, call: Call) -> None:
    """Install the official plugin of a channel; it takes one to two minutes and the Gateway may stall.

    Raises:
        Conflict: another lunatui saves all the time.
        LunaError: `plugin-install`, it is not there afterwards.
    """
    async with _frozen(box), _telling(client, channel, call):
        for last in (False, True):
            trouble = await _try(client, channel)
            if await _appears(client, channel, patient=trouble is not None and not trouble.message):
                return
            if trouble is None or last or _CHANGED not in trouble.message:
                break
    reason = trouble.message if trouble else "OpenClaw does not list it"
    raise LunaError(
        f"OpenClaw could not install its plugin for {channel}: {reason}",
        hint="Check the network and run the same command again.",
        code="plugin-install",
        facts={"channel": channel},
    )


async def _try(client: GatewayClient, channel: str) -> LunaError | None:
    """One install; a lost answer (the Gateway stalled, or dropped us) is waited for by looking."""
    from appliance.errors import Unreachable
    from appliance.gateway.channel_calls import plugin_install

    try:
        await plugin_install(client, channel)
    except Unreachable:
        return LunaError("")
    except LunaError as error:
        return error
    return None


async def _appears(client: GatewayClient, channel: str, *, patient: bool) -> bool:
    from appliance.channels.facts import plugin_ready
    from appliance.errors import Unreachable
    from appliance.gateway.channel_calls import plugins_list

    loop = asyncio.get_running_loop()
    deadline = loop.time() + (SETTLE_SECONDS if patient else 0.0)
    while True:
        try:
            if patient:
                await client.connected()
            if plugin_ready(channel, (await plugins_list(client)).plugins):
                return True
        except Unreachable:
            if not patient:
                raise
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def _frozen(box: Appliance) -> AsyncIterator[None]:
    """Our queue lock: OpenClaw writes its configuration itself here, and fails if anybody else does."""
    lock = box.config.frozen(FREEZE_SECONDS)
    await asyncio.to_thread(lock.__enter__)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


@asynccontextmanager
async def _telling(client: GatewayClient, channel: str, call: Call) -> AsyncIterator[None]:
    """Say each step of an install."""
    call.emit(Event("progress", f"Installing OpenClaw's plugin for {channel}; this takes a minute or two…"))
    events = client.events(lambda event: event.name == "plugins.install.progress")

    async def tell() -> None:
        async for event in events:
            stage = str(event.payload.get("stage"))
            if event.payload.get("status") == "started":
                words = _STAGES.get(stage, stage)
                call.emit(Event("step", f"The plugin for {channel}: {words}…", {"stage": stage}))

    task = asyncio.create_task(tell())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        events.close()
