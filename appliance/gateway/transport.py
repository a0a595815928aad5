"""What carries frames (`websocket`, `rawsocket`, inside one process `memory`), and its close codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from appliance.gateway.endpoint import Endpoint

OPEN_SECONDS = 60.0
"""A first connect may take this long: the gateway can stall for 30 s (architecture §6)."""
RESTARTING = 1012
STARTING = 1013
SILENT = 4000
"""Close code of the reference client when the gateway fell silent."""


class TransportClosed(Exception):
    """The other side is gone; `code` is the WebSocket close code (1006 when it just went away)."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code
        self.reason = reason


class Transport(Protocol):
    """One open connection."""

    async def send(self, text: str) -> None:
        """Send one text frame; raises TransportClosed."""
        ...

    async def receive(self) -> str | bytes:
        """The next frame; raises TransportClosed."""
        ...

    async def close(self, code: int = 1000) -> None:
        """Close; never raises and does not wait long."""
        ...


class Opener(Protocol):
    """Opens a transport to an endpoint within so many seconds; raises GatewayUnreachable."""

    async def __call__(self, endpoint: Endpoint, seconds: float) -> Transport: ...
