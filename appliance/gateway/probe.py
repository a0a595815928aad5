"""Is a gateway there? By plain sockets and its HTTP answers; and who holds its port (gateway-core §2.1)."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from appliance.gateway.faults import why
from appliance.gateway.rawsocket import connected
from appliance.parsing import json_value
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.gateway.endpoint import Endpoint

PROBE_SECONDS = 3.0
_BODY_LIMIT = 64 * 1024


@dataclass(frozen=True)
class Probe:
    """What was seen from outside, without a token."""

    listening: bool
    """Something accepts connections at the port."""
    live: bool
    """It answers `/health` as a gateway does; true before calls are possible."""
    ready: bool
    """It answers `/ready`: its start is finished."""
    failing: tuple[str, ...] = ()
    """What it says it still waits for, e.g. `startup-sidecars`."""
    uptime_ms: int | None = None
    event_loop: Mapping[str, Any] = field(default_factory=dict)
    """Its own measure of being busy, as it says it."""
    problem: str = ""
    """In plain words, when it is not ready."""


@dataclass(frozen=True)
class Listener:
    """The process that holds a port."""

    pid: int
    """0 when only the port is known to be taken (another user's process)."""
    program: str
    """Its name; empty when not visible to us."""
    command: tuple[str, ...] = ()
    looks_like_gateway: bool = False


def probe(endpoint: Endpoint, *, seconds: float = PROBE_SECONDS) -> Probe:
    """Look at an endpoint; blocks for at most about three times `seconds` and never raises."""
    try:
        with socket.create_connection((endpoint.host, endpoint.port), seconds):
            pass
    except OSError as error:
        return Probe(False, False, False, problem=f"nothing listens at {endpoint.address} ({why(error)})")
    live = _ask(endpoint, "/health", seconds)
    if live is None:
        return Probe(
            True,
            False,
            False,
            problem=f"{endpoint.address} is held by something that does not answer as a gateway",
        )
    return _readiness(_ask(endpoint, "/ready", seconds), is_live=live.get("ok") is True)


def _readiness(answer: Mapping[str, Any] | None, *, is_live: bool) -> Probe:
    seen = answer or {}
    failing = seen.get("failing")
    names = tuple(name for name in failing if isinstance(name, str)) if isinstance(failing, list) else ()
    uptime, loop = seen.get("uptimeMs"), seen.get("eventLoop")
    ready = is_live and seen.get("ready") is True
    problem = "" if ready else "it is still starting" + (f" ({', '.join(names)})" if names else "")
    return Probe(
        listening=True,
        live=is_live,
        ready=ready,
        failing=names,
        uptime_ms=uptime if isinstance(uptime, int) else None,
        event_loop=loop if isinstance(loop, dict) else {},
        problem=problem,
    )


def _ask(endpoint: Endpoint, path: str, seconds: float) -> Mapping[str, Any] | None:
    """The JSON object behind a path, whatever the status; None without one (old releases answer HTML)."""
    deadline = time.monotonic() + seconds
    try:
        with connected(endpoint, seconds) as connection:
            # Version 1.0: the body comes in one piece. To load an HTTP client takes longer than the answer.
            request = f"GET {path} HTTP/1.0\r\nHost: {endpoint.address}\r\nAccept: application/json\r\n\r\n"
            connection.sendall(request.encode())
            value = json_value(_body(connection, deadline))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _body(connection: socket.socket, deadline: float) -> bytes:
    """What follows the head of an answer: as long as it says, or until the other side closes.

    Raises:
        OSError: it takes too long.
        ValueError: it is no HTTP, or endless.
    """
    received = b""
    wanted = _BODY_LIMIT
    while len(received) < wanted:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        chunk = connection.recv(_BODY_LIMIT)
        if not chunk:
            break
        received += chunk
        head, found, body = received.partition(b"\r\n\r\n")
        if found:
            wanted = len(head) + len(found) + _length(head)
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/") or len(body) > _BODY_LIMIT:
        raise ValueError("no answer of a gateway")
    return body


def _length(head: bytes) -> int:
    """The bytes of the body that a head announces; the most we read when it names none."""
    fields = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    named = (int(value) for name, _, value in fields if name == b"content-length")
    return min(next(named, _BODY_LIMIT), _BODY_LIMIT)


def listener(port: int) -> Listener | None:
    """Who listens on a TCP port of this machine; None when nobody does."""
    import psutil

    pid = _listening_pid(port)
    if pid is None:
        return None
    try:
        process = psutil.Process(pid) if pid else None
        command = tuple(word for word in process.cmdline() if word) if process else ()
        program = process.name() if process else ""
    except psutil.Error:
        return Listener(pid, "")
    return Listener(pid, program, command, _is_gateway(program, command))


def _listening_pid(port: int) -> int | None:
    import psutil

    try:
        sockets = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return _own_listening_pid(port)
    for seen in sockets:
        if seen.status == psutil.CONN_LISTEN and seen.laddr and seen.laddr.port == port:
            return seen.pid or 0
    return None


def _own_listening_pid(port: int) -> int | None:
    """macOS shows other users' sockets only to root: look at our own processes, then just try the port."""
    import psutil

    for process in psutil.process_iter():
        try:
            for seen in process.net_connections(kind="tcp"):
                if seen.status == psutil.CONN_LISTEN and seen.laddr and seen.laddr.port == port:
                    return int(process.pid)
        except psutil.Error:
            continue
    return 0 if _is_taken(port) else None


def _is_taken(port: int) -> bool:
    with socket.socket() as trial:
        trial.settimeout(PROBE_SECONDS)
        return trial.connect_ex(("127.0.0.1", port)) == 0


def _is_gateway(program: str, command: tuple[str, ...]) -> bool:
    words = (program, *command)
    return any(word.startswith("openclaw-gateway") for word in words) or (
        "gateway" in command and any("openclaw" in word for word in words)
    )
