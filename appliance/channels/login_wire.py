"""The linking's questions as calls to the Gateway (`linker.Line`)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from appliance.channels.facts import facts_of, plugin_ready
from appliance.channels.failures import RESTART_MARK
from appliance.gateway.channel_calls import (
    channels_status,
    login_start,
    login_wait,
    logs_tail,
    plugin_install,
    plugins_list,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from appliance.channels.facts import Facts
    from appliance.channels.settings import Account
    from appliance.gateway.calls import Caller
    from appliance.gateway.channel_results import LoginAnswer

CODE_SECONDS = 30.0
"""How long WhatsApp may take to send a first code."""


class WireLine:
    """One account of a channel that is linked by a code."""

    def __init__(
        self,
        caller: Caller,
        account: Account,
        *,
        policy: Callable[[], Awaitable[None]],
        greeting: Callable[[], Awaitable[bool]],
        installing: Callable[[], Awaitable[None]] | None = None,
        relink: bool = False,
    ) -> None:
        """`relink`: the session that is linked now is erased first. `installing`: in place of the call."""
        self._caller = caller
        self._account = account
        self._policy = policy
        self._greeting = greeting
        self._installing = installing
        self._force = relink
        self._cursor: int | None = None

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    async def pause(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    async def plugin_ready(self) -> bool:
        """By `plugins.list`, whatever an install answered."""
        return plugin_ready(self._account.channel, (await plugins_list(self._caller)).plugins)

    async def install(self) -> None:
        """From OpenClaw's own catalogue."""
        if self._installing is not None:
            await self._installing()
        else:
            await plugin_install(self._caller, self._account.channel)

    async def write_policy(self) -> None:
        """As the caller wants it."""
        await self._policy()

    async def start(self) -> LoginAnswer:
        """`web.login.start`; erases a linked session at most once."""
        self._cursor = (await logs_tail(self._caller)).cursor
        force, self._force = self._force, False
        return await login_start(
            self._caller, self._account.channel, self._account.id, force=force, seconds=CODE_SECONDS
        )

    async def wait(self, code: str, seconds: float) -> LoginAnswer:
        """`web.login.wait`, which names a newer code only to whoever shows it the present one."""
        return await login_wait(self._caller, self._account.channel, self._account.id, code, seconds=seconds)

    async def restarted(self) -> bool:
        """By the Gateway's log: no call tells of a scan before it has led somewhere."""
        told = await logs_tail(self._caller, self._cursor)
        self._cursor = told.cursor
        return any(RESTART_MARK in line for line in told.lines)

    async def facts(self) -> Facts:
        """By `channels.status`."""
        return facts_of(self._account, await channels_status(self._caller))

    async def greet(self) -> bool:
        """As the caller wants it."""
        return await self._greeting()
