"""A transport inside one process: two ends, each reads what the other one sent."""

from __future__ import annotations

import asyncio

from appliance.gateway.transport import TransportClosed

GONE = 1006


class MemoryTransport:
    """One end of an in-memory connection."""

    def __init__(self) -> None:
        self._inbox: asyncio.Queue[str | bytes | TransportClosed] = asyncio.Queue()
        self._peer: MemoryTransport | None = None
        self._closed: TransportClosed | None = None

    def pair_with(self, peer: MemoryTransport) -> None:
        """Connect this end to `peer`, which must do the same."""
        self._peer = peer

    async def send(self, text: str) -> None:
        """Hand one frame to the other end."""
        self.send_raw(text)

    def send_raw(self, frame: str | bytes) -> None:
        """Hand over anything, a binary frame too."""
        if self._closed or self._peer is None:
            raise self._closed or TransportClosed(GONE)
        self._peer._inbox.put_nowait(frame)

    async def receive(self) -> str | bytes:
        """The next frame from the other end."""
        if self._closed and self._inbox.empty():
            raise self._closed
        item = await self._inbox.get()
        if isinstance(item, TransportClosed):
            self._closed = item
            raise item
        return item

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close both ends; the other one reads what was sent before."""
        if self._closed:
            return
        self._closed = TransportClosed(code, reason)
        self._inbox.put_nowait(self._closed)
        if self._peer is not None:
            self._peer._inbox.put_nowait(TransportClosed(code, reason))


def memory_pair() -> tuple[MemoryTransport, MemoryTransport]:
    """Two connected ends: ours and the gateway's."""
    ours, theirs = MemoryTransport(), MemoryTransport()
    ours.pair_with(theirs)
    theirs.pair_with(ours)
    return ours, theirs
