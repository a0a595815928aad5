"""The practice model's HTTP server: loopback only, standard library only, nothing kept on disk."""

from __future__ import annotations

import socket
import sys
import threading
from collections import deque
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from appliance.errors import Conflict, Refused
from appliance.practice.handler import PracticeHandler, PracticeRequest

if TYPE_CHECKING:
    from types import TracebackType

LOOPBACK = "127.0.0.1"
REQUEST_LOG_LENGTH = 1_000
DEFAULT_DELAY = 5.0


class PracticeServer:
    """A running practice model; use it as a context manager."""

    def __init__(
        self,
        host: str = LOOPBACK,
        port: int = 0,
        *,
        delay: float = DEFAULT_DELAY,
        pace: float = 0.005,
        key: str = "",
    ) -> None:
        """`delay`: seconds before `practice-slow` says its first word. `pace`: seconds between words.

        `key`: the only API key accepted; when empty, any but `wrong`. `port` 0 takes a free one.

        Raises:
            Refused: `host` is not this machine (code `practice-not-loopback`).
            Conflict: the port is taken (code `port-taken`).
        """
        if host not in (LOOPBACK, "localhost", "::1"):
            raise Refused(
                f"The practice model only listens on this machine, not on {host}.",
                hint=f"Leave the address at {LOOPBACK}.",
                code="practice-not-loopback",
            )
        self._log: deque[PracticeRequest] = deque(maxlen=REQUEST_LOG_LENGTH)
        self._http = _open(host, port, self)
        self.delay = delay
        self.pace = pace
        self.key = key
        self.stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._http.server_address[1])

    @property
    def origin(self) -> str:
        """The address without a path: what a provider of kind Ollama or Anthropic is given."""
        host = str(self._http.server_address[0])
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def base_url(self) -> str:
        """The address of the OpenAI-compatible interface, ending in `/v1`."""
        return f"{self.origin}/v1"

    @property
    def requests(self) -> tuple[PracticeRequest, ...]:
        """The last requests, oldest first."""
        return tuple(self._log)

    def record(self, request: PracticeRequest) -> None:
        """Remember one request (called by the handler)."""
        self._log.append(request)

    def start(self) -> Self:
        """Begin to answer, in a thread of its own."""
        if self._thread is None:
            serve = self._http.serve_forever
            self._thread = threading.Thread(target=serve, args=(0.05,), name="practice-model", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """Stop, ending answers in progress; safe to call twice."""
        self.stopping.set()
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
            self._thread = None
        self._http.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class PracticeHTTPServer(ThreadingHTTPServer):
    """Threads per connection, all of them ended when the server closes."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], practice: PracticeServer) -> None:
        self.practice = practice
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, PracticeHandler)

    def process_request(self, request: object, client_address: object) -> None:
        if isinstance(request, socket.socket):
            with self._guard:
                self._open.add(request)
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def shutdown_request(self, request: object) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)  # type: ignore[arg-type]

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hangs up is ordinary; anything else is a bug and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def server_close(self) -> None:
        with self._guard:
            connections = list(self._open)
        for connection in connections:
            _hang_up(connection)
        super().server_close()


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # its own thread closed it first


def _open(host: str, port: int, practice: PracticeServer) -> PracticeHTTPServer:
    try:
        return PracticeHTTPServer((host, port), practice)
    except OSError as error:
        raise Conflict(
            f"The practice model cannot listen on port {port}: {error.strerror or error}.",
            hint="Leave the port out and a free one is taken.",
            code="port-taken",
        ) from error
