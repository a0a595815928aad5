"""The real transport: a WebSocket by the websockets library, without its pings and without compression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.gateway.faults import Misbehaved, down, not_open, stalled, starting
from appliance.gateway.frames import HARD_LIMIT
from appliance.gateway.transport import OPEN_SECONDS, TransportClosed

if TYPE_CHECKING:
    from appliance.gateway.endpoint import Endpoint

CLOSE_SECONDS = 2.0
_ITS_FAULT = {
    1002: "a broken WebSocket frame",
    1007: "a frame that is not UTF-8",
    1009: "a frame that is too large",
}
"""Close codes our side sends when the other side broke the protocol."""


class WebSocket:
    """One open WebSocket."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        """Send one text frame."""
        from websockets.exceptions import ConnectionClosed

        try:
            await self._connection.send(text)
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def receive(self) -> str | bytes:
        """The next whole message."""
        from websockets.exceptions import ConnectionClosed

        try:
            message: str | bytes = await self._connection.recv()
        except ConnectionClosed as error:
            raise _closed(error) from error
        return message

    async def close(self, code: int = 1000) -> None:
        """Close, waiting at most two seconds for the other side."""
        await self._connection.close(code)


async def open_websocket(endpoint: Endpoint, seconds: float = OPEN_SECONDS) -> WebSocket:
    """Open a WebSocket.

    Raises:
        GatewayUnreachable: nothing listens, it is starting or stopping, or it stalls.
        Misbehaved: something listens that is no gateway.
    """
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus

    try:
        connection = await connect(
            endpoint.url,
            open_timeout=seconds,
            ping_interval=None,
            compression=None,
            max_size=HARD_LIMIT,
            max_queue=64,
            close_timeout=CLOSE_SECONDS,
            proxy=None if endpoint.is_loopback else True,
        )
    except TimeoutError as error:
        raise stalled("the connection", seconds) from error
    except OSError as error:
        raise not_open(endpoint.address, error) from error
    except InvalidStatus as error:
        status = error.response.status_code
        if status == 503:
            raise starting(f"The gateway at {endpoint.address} is stopping or starting.") from error
        raise Misbehaved(f"HTTP {status} instead of a connection") from error
    except InvalidMessage as error:
        raise down(endpoint.address, "it hung up") from error
    except InvalidHandshake as error:
        raise Misbehaved("an answer that is not a WebSocket's") from error
    return WebSocket(connection)


def _closed(error: Any) -> TransportClosed | Misbehaved:
    if error.sent is not None and error.sent.code in _ITS_FAULT and not error.rcvd_then_sent:
        return Misbehaved(_ITS_FAULT[error.sent.code])
    if error.rcvd is not None:
        return TransportClosed(error.rcvd.code, error.rcvd.reason)
    if error.sent is not None:
        return TransportClosed(error.sent.code, error.sent.reason)
    return TransportClosed(1006)
