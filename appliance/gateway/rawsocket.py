"""A blocking WebSocket on a plain socket, for one question in a fresh process.

The library's import costs as much as the whole question (`performance.md` §7 row 4); this speaks the part of
RFC 6455 that a client needs towards a gateway on the same machine. Long-lived connections use `websocket`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import time
from typing import TYPE_CHECKING

from appliance.gateway.faults import Misbehaved, down, not_open, stalled, starting, why
from appliance.gateway.frames import HARD_LIMIT
from appliance.gateway.transport import TransportClosed

if TYPE_CHECKING:
    from appliance.gateway.endpoint import Endpoint

_ACCEPT_SALT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_HEAD_LIMIT = 16 * 1024
_CHUNK = 64 * 1024
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_GONE = 1006


class RawSocket:
    """One open WebSocket; its coroutines never suspend, so they run without an event loop."""

    def __init__(self, connection: socket.socket, received: bytes, deadline: float) -> None:
        """`deadline`: monotonic seconds after which reading fails; set it anew for each question."""
        self._socket = connection
        self._received = bytearray(received)
        self.deadline = deadline
        """Reading fails with TimeoutError after this moment (`time.monotonic`)."""

    async def send(self, text: str) -> None:
        """Send one text frame."""
        self._send(_TEXT, text.encode())

    async def receive(self) -> str | bytes:
        """The next whole message; pings are answered on the way."""
        message = bytearray()
        kind = _TEXT
        while True:
            is_last, opcode, payload = self._frame(HARD_LIMIT - len(message))
            if opcode == _PING:
                self._send(_PONG, payload)
            elif opcode == _CLOSE:
                raise _told(payload)
            elif opcode in (_CONTINUATION, _TEXT, _BINARY):
                kind = opcode or kind
                message += payload
                if is_last:
                    return bytes(message) if kind == _BINARY else _decoded(message)
            elif opcode != _PONG:
                raise Misbehaved("a WebSocket frame of unknown kind")

    async def close(self, code: int = 1000) -> None:
        """Say goodbye and close without waiting."""
        if self._socket.fileno() < 0:
            return
        try:
            self._send(_CLOSE, code.to_bytes(2, "big"))
        except TransportClosed:
            pass
        finally:
            self._socket.close()

    def _send(self, opcode: int, payload: bytes) -> None:
        mask = os.urandom(4)
        head = bytes([0x80 | opcode]) + _length(len(payload)) + mask
        self._socket.settimeout(max(0.01, self.deadline - time.monotonic()))
        try:
            self._socket.sendall(head + masked(payload, mask))
        except TimeoutError:
            raise
        except OSError as error:
            raise TransportClosed(_GONE, why(error)) from error

    def _frame(self, room: int) -> tuple[bool, int, bytes]:
        first, second = self._take(2)
        if first & 0x70 or second & 0x80:
            raise Misbehaved("a broken WebSocket frame")
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
        if size > room:
            raise Misbehaved("a frame that is too large")
        return bool(first & 0x80), first & 0x0F, self._take(size)

    def _take(self, count: int) -> bytes:
        while len(self._received) < count:
            self._socket.settimeout(max(0.001, self.deadline - time.monotonic()))
            try:
                chunk = self._socket.recv(_CHUNK)
            except TimeoutError:
                raise
            except OSError as error:
                raise TransportClosed(_GONE, why(error)) from error
            if not chunk:
                raise TransportClosed(_GONE)
            self._received += chunk
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken


def open_raw(endpoint: Endpoint, seconds: float) -> RawSocket:
    """Open an endpoint; blocks.

    Raises:
        GatewayUnreachable: nothing listens, it is starting or stopping, or it stalls.
        Misbehaved: something listens that is no gateway.
    """
    deadline = time.monotonic() + seconds
    try:
        connection = connected(endpoint, seconds)
    except TimeoutError as error:
        raise stalled("the connection", seconds) from error
    except OSError as error:
        raise not_open(endpoint.address, error) from error
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rest = _upgrade(connection, endpoint, deadline)
    except TimeoutError as error:
        connection.close()
        raise stalled("the connection", seconds) from error
    except OSError as error:
        connection.close()
        raise down(endpoint.address, why(error)) from error
    except BaseException:
        connection.close()
        raise
    return RawSocket(connection, rest, deadline)


def connected(endpoint: Endpoint, seconds: float) -> socket.socket:
    """A connection to the endpoint's host and port, inside TLS where its address says so; raises OSError."""
    connection = socket.create_connection((endpoint.host, endpoint.port), seconds)
    if endpoint.is_plain:
        return connection
    import ssl

    try:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=endpoint.host)
    except BaseException:
        connection.close()
        raise


def _upgrade(connection: socket.socket, endpoint: Endpoint, deadline: float) -> bytes:
    key = base64.b64encode(os.urandom(16))
    request = (
        f"GET / HTTP/1.1\r\nHost: {endpoint.address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key.decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    connection.sendall(request.encode())
    received = b""
    while b"\r\n\r\n" not in received:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        chunk = connection.recv(_CHUNK)
        if not chunk:
            raise down(endpoint.address, "it hung up")
        received += chunk
        if len(received) > _HEAD_LIMIT and b"\r\n\r\n" not in received[:_HEAD_LIMIT]:
            raise Misbehaved("an endless HTTP head")
    head, _, rest = received.partition(b"\r\n\r\n")
    _check_upgrade(head, key, endpoint)
    return rest


def _check_upgrade(head: bytes, key: bytes, endpoint: Endpoint) -> None:
    status, *lines = head.decode("latin-1").split("\r\n")
    words = status.split(" ", 2)
    code = words[1] if len(words) > 1 else ""
    if code == "503":
        raise starting(f"The gateway at {endpoint.address} is stopping or starting.")
    if not words[0].startswith("HTTP/") or code != "101":
        raise Misbehaved(f"HTTP {code[:3] or '?'} instead of a connection")
    fields = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    digest = hashlib.sha1(key + _ACCEPT_SALT, usedforsecurity=False).digest()
    if fields.get("sec-websocket-accept") != base64.b64encode(digest).decode():
        raise Misbehaved("an answer that is not a WebSocket's")


def masked(payload: bytes, mask: bytes) -> bytes:
    """The payload with the mask over it (or off it again)."""
    size = len(payload)
    pattern = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pattern, "big")).to_bytes(size, "big")


def _length(size: int) -> bytes:
    if size < 126:
        return bytes([0x80 | size])
    if size < 1 << 16:
        return bytes([0x80 | 126]) + size.to_bytes(2, "big")
    return bytes([0x80 | 127]) + size.to_bytes(8, "big")


def _decoded(message: bytearray) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError as error:
        raise Misbehaved("a frame that is not UTF-8") from error


def _told(payload: bytes) -> TransportClosed:
    code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
    return TransportClosed(code, payload[2:].decode("utf-8", "replace"))
