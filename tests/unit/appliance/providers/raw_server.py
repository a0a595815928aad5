"""A server that answers byte for byte what a test tells it to, for the ways a provider can go wrong."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl


class RawServer:
    """Answers each connection with fixed bytes and keeps what was asked."""

    def __init__(
        self, answer: bytes, context: ssl.SSLContext | None = None, *, hangs_up_when_asked_again: bool = False
    ) -> None:
        self.answer = answer
        self.hangs_up_when_asked_again = hangs_up_when_asked_again
        """Keep a connection open after the answer, and drop it when a second request comes over it."""
        self.context = context
        self.asked: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http{'s' if self.context else ''}://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError):
                self._answer(connection)
            connection.close()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        if self.context:
            connection = self.context.wrap_socket(connection, server_side=True)
        with connection:
            self.asked.append(_read_request(connection))
            connection.sendall(self.answer)
            if self.hangs_up_when_asked_again:
                connection.recv(1)


def http_answer(status: int, body: bytes, *headers: str) -> bytes:
    """A whole HTTP answer that closes its connection."""
    lines = [f"HTTP/1.1 {status} Words", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _read_request(connection: socket.socket) -> bytes:
    """One whole request: closing a socket with unread bytes would reset the answer on its way."""
    asked, wanted = b"", None
    while wanted is None or len(asked) < wanted:
        piece = connection.recv(65_536)
        if not piece:
            break
        asked += piece
        head, end, _ = asked.partition(b"\r\n\r\n")
        if end and wanted is None:
            length = re.search(rb"(?i)content-length: (\d+)", head)
            wanted = len(head) + len(end) + (int(length[1]) if length else 0)
    return asked
