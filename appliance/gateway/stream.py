"""Events for one reader: a bounded queue that sheds first what a later event repeats."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.gateway.frames import Event
    from appliance.gateway.state import Counters

QUEUE_LIMIT = 1_000
CONNECTED = "local.connected"
"""A new connection stands: what was subscribed on the old one is gone."""
LOST = "local.lost"
"""The connection broke; the payload has `reason`."""
GAP = "local.gap"
"""The gateway dropped events on the way to us: read the state again."""
CLOSED = "local.closed"
"""The connection ended for good; the payload has `reason` and `code`."""

_LOSSY_EVENTS = frozenset(
    {
        "health",
        "heartbeat",
        "node.hostStats",
        "plugins.install.progress",
        "presence",
        "session.typing",
        "sessions.changed",
        "talk.event",
        "task",
        "tick",
    }
)
_LOSSY_CHAT = ("delta", "status")


def is_lossy(event: Event) -> bool:
    """Whether a later event (or a read) gives the same again; chat snapshots are cumulative."""
    if event.name == "chat":
        return event.payload.get("state") in _LOSSY_CHAT
    if event.name == "agent":
        return event.payload.get("stream") not in ("approval", "lifecycle")
    return event.name in _LOSSY_EVENTS


class Subscription:
    """An async iterator over events; ends when it is closed, or after `local.closed`."""

    def __init__(
        self,
        counters: Counters,
        *,
        wanted: Callable[[Event], bool] | None = None,
        limit: int = QUEUE_LIMIT,
        forget: Callable[[Subscription], None] | None = None,
    ) -> None:
        """`wanted`: which events; all when None. `forget`: called once when this is closed."""
        self._counters = counters
        self._wanted = wanted
        self._limit = limit
        self._forget = forget
        self._waiting: dict[int, Event] = {}
        self._lossy: deque[int] = deque()
        self._next = 0
        self._arrived = asyncio.Event()
        self._ended = False
        self.shed = 0
        """Events this reader missed because it was too slow."""

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Event:
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        event = self._waiting.pop(next(iter(self._waiting)))
        if not self._waiting:
            self._lossy.clear()
        return event

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: Event) -> None:
        """Queue one event; never waits and never grows beyond the limit."""
        local = event.name.startswith("local.")
        if self._ended or (self._wanted is not None and not local and not self._wanted(event)):
            return
        if len(self._waiting) >= self._limit:
            self._shed_one()
        self._waiting[self._next] = event
        if is_lossy(event):
            self._lossy.append(self._next)
            if len(self._lossy) > 2 * self._limit:  # a reader that always lags a little never empties it
                self._lossy = deque(number for number in self._lossy if number in self._waiting)
        self._next += 1
        if event.name == CLOSED:
            self._ended = True
        self._arrived.set()

    def close(self) -> None:
        """Stop; what is queued is dropped and the iterator ends."""
        if self._forget is not None:
            self._forget(self)
            self._forget = None
        self._waiting.clear()
        self._lossy.clear()
        self._ended = True
        self._arrived.set()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _shed_one(self) -> None:
        self.shed += 1
        self._counters.shed += 1
        while self._lossy:
            if self._waiting.pop(self._lossy.popleft(), None) is not None:
                return
        self._counters.shed_firm += 1
        self._waiting.pop(next(iter(self._waiting)))
