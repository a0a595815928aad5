"""What can be seen of a gateway from outside, and who holds its port: real sockets, real HTTP."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from appliance.gateway.probe import Listener, _is_gateway, _is_taken, _own_listening_pid, listener, probe
from tests.fakes.gateway import endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIVE = (200, b'{"ok":true,"status":"live"}')
READY = (200, b'{"ready":true,"failing":[],"uptimeMs":11796,"eventLoop":{"degraded":false}}')
STARTING = (503, b'{"ready":false,"failing":["startup-sidecars"],"uptimeMs":900}')
PAGE = (200, b"<!doctype html><title>OpenClaw Control</title>")


@contextmanager
def http(answers: Mapping[str, tuple[int, bytes]]) -> Iterator[int]:
    """A loopback HTTP server with fixed answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path, PAGE)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join(20)


def test_a_started_gateway_is_ready() -> None:
    with http({"/health": LIVE, "/ready": READY}) as port:
        seen = probe(endpoint(port=port))
    assert (seen.listening, seen.live, seen.ready, seen.failing) == (True, True, True, ())
    assert (seen.uptime_ms, seen.event_loop, seen.problem) == (11_796, {"degraded": False}, "")


def test_a_starting_gateway_names_what_it_waits_for() -> None:
    with http({"/health": LIVE, "/ready": STARTING}) as port:
        seen = probe(endpoint(port=port))
    assert (seen.live, seen.ready, seen.failing) == (True, False, ("startup-sidecars",))
    assert seen.problem == "it is still starting (startup-sidecars)"


def test_a_page_with_status_200_is_no_gateway() -> None:
    with http({}) as port:
        seen = probe(endpoint(port=port))
    assert (seen.listening, seen.live, seen.ready) == (True, False, False)
    assert "does not answer as a gateway" in seen.problem


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"{", b'{"ok":"yes"}', b"\xff", b'{"ready":1,"failing":"x"}']
)
def test_other_answers_never_count_as_ready(body: bytes) -> None:
    with http({"/health": (200, body), "/ready": (200, body)}) as port:
        assert not probe(endpoint(port=port)).ready


@contextmanager
def raw(*pieces: bytes) -> Iterator[int]:
    """Sends the same bytes to whoever asks, then closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):  # the listener is shut down: nobody asks any more
                while True:
                    connection, _ = server.accept()
                    with connection, suppress(OSError):
                        if connection.recv(4096):
                            for piece in pieces:
                                connection.sendall(piece)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


BOTH = b'{"ok":true,"ready":true}'


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 200 OK\r\n\r\n" + BOTH,),
        (b"HTTP/1.1 200 OK\r\nX: y\r\n", b"\r\n", BOTH[:5], BOTH[5:]),
        (b"HTTP/1.1 200 OK\r\nCONTENT-Length:  24 \r\n\r\n" + BOTH,),
    ],
    ids=["no length", "in pieces", "odd length"],
)
def test_an_answer_is_read_however_it_is_sent(pieces: tuple[bytes, ...]) -> None:
    with raw(*pieces) as port:
        assert probe(endpoint(port=port)).ready


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (BOTH,),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 70_000 + BOTH,),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + BOTH,),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 24",),
    ],
    ids=["nothing", "no head", "endless head", "endless body", "no number", "cut"],
)
def test_what_is_no_answer_of_a_gateway_is_none(pieces: tuple[bytes, ...]) -> None:
    with raw(*pieces) as port:
        seen = probe(endpoint(port=port), seconds=5)
    assert (seen.listening, seen.live) == (True, False)


def test_nobody_listening_and_a_mute_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        seen = probe(endpoint(port=port), seconds=0.5)
        assert (seen.listening, seen.live) == (True, False)
    seen = probe(endpoint(port=port), seconds=30)
    assert (seen.listening, seen.problem) == (
        False,
        f"nothing listens at 127.0.0.1:{port} (Connection refused)",
    )


def test_the_holder_of_a_port_is_named() -> None:
    server = "import socket; s = socket.create_server(('127.0.0.1', 0))"
    code = f"{server}; print(s.getsockname()[1], flush=True); input()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        port = int(holder.stdout.readline())
        found = listener(port)
        holder.communicate("\n", timeout=20)
    assert found is not None
    assert (found.pid, found.looks_like_gateway) == (holder.pid, False)
    assert "python" in found.program
    assert found.command[-1] == code
    assert listener(port) is None


def test_without_a_view_of_all_sockets_our_own_and_taken_ports_are_still_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert _own_listening_pid(port) == os.getpid()
        assert _is_taken(port)
    assert _own_listening_pid(port) is None
    assert not _is_taken(port)


@pytest.mark.parametrize(
    ("program", "command", "expected"),
    [
        ("openclaw-gateway", ("openclaw-gateway",), True),
        ("node", ("/n/node", "/x/openclaw/dist/index.js", "gateway", "--port", "1"), True),
        ("node", ("/n/node", "/x/server.js", "gateway"), False),
        ("python", ("python", "openclaw.py"), False),
    ],
)
def test_a_gateway_is_known_by_its_command(program: str, command: tuple[str, ...], expected: bool) -> None:
    assert _is_gateway(program, command) is expected


def test_our_own_port_is_ours() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = listener(server.getsockname()[1])
    assert isinstance(found, Listener)
    assert found.pid == os.getpid()
