"""The visible state of one client, and waiting for it to change."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.gateway.state import Connection, Happening, State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Watch:
    """Holds the state; every move goes through the table."""

    def __init__(self) -> None:
        self.connection = Connection(State.CLOSED, time.time())
        self._changed = asyncio.Event()

    def move(self, happening: Happening, reason: str = "", code: str = "") -> None:
        """Make one move.

        Raises:
            IllegalTransition: the table has no such move; nothing changed.
        """
        moved = self.connection.moved(happening, now=time.time(), reason=reason, code=code)
        self._show(moved)
        if happening in (Happening.OPENED, Happening.HEARD):
            self.seen(time.time())

    def seen(self, moment: float) -> None:
        """Note when the gateway was last heard, in Unix seconds."""
        self.connection = replace(self.connection, last_seen=moment)

    async def changes(self) -> AsyncIterator[Connection]:
        """The state now and after each move; quick moves in between may be left out."""
        while True:
            changed = self._changed
            yield self.connection
            await changed.wait()

    async def settled(self, seconds: float) -> Connection:
        """The state once it is connected or closed, or what it is after `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for seen in self.changes():
                    if seen.state in (State.CONNECTED, State.CLOSED):
                        return seen
        return self.connection

    def _show(self, connection: Connection) -> None:
        self.connection = connection
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
