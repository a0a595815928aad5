"""What comes over the wire before and below the frames: both transports judge it alike."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import socket
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import Unreachable
from appliance.gateway.client import GatewayClient
from appliance.gateway.faults import GatewayError, Misbehaved
from appliance.gateway.oneshot import OneShot, run
from appliance.gateway.rawsocket import masked
from tests.fakes.gateway import endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.gateway.endpoint import Endpoint


def through_raw_socket(where: Endpoint) -> None:
    OneShot(where).connect()


def through_library(where: Endpoint) -> None:
    asyncio.run(GatewayClient(where).connect())


ATTEMPTS = (through_raw_socket, through_library)


@contextmanager
def answering(*chunks: bytes) -> Iterator[int]:
    """A port that sends fixed bytes after the first request, then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                for chunk in chunks:
                    connection.sendall(chunk)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(20)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 503 Gateway websocket admission closed\r\nContent-Length: 0\r\n\r\n", "gateway-starting"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "gateway-misbehaving"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         b"Sec-WebSocket-Accept: wrong\r\n\r\n", "gateway-misbehaving"),
        (b"", "gateway-down"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "gateway-misbehaving"),
    ],
)  # fmt: skip
def test_what_is_no_gateway_is_told_apart(answer: bytes, code: str) -> None:
    with answering(answer) as port, pytest.raises(GatewayError) as caught:
        OneShot(endpoint(port=port)).connect()
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 503 Gateway websocket admission closed\r\nContent-Length: 0\r\n\r\n", "gateway-starting"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "gateway-misbehaving"),
        (b"", "gateway-down"),
    ],
)
def test_the_library_transport_tells_the_same(answer: bytes, code: str) -> None:
    with answering(answer) as port, pytest.raises(GatewayError) as caught:
        asyncio.run(GatewayClient(endpoint(port=port)).connect())
    assert caught.value.code == code


def test_a_port_that_never_answers_is_a_stall() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(Unreachable) as caught:
            OneShot(endpoint(port=port), open_seconds=0.1).connect()
    assert caught.value.code == "gateway-stalled"


@contextmanager
def upgrading(frames: bytes) -> Iterator[int]:
    """A port that takes the upgrade rightly and then sends fixed bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                key = connection.recv(65_536).split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
                salted = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # noqa: S324 - RFC 6455
                accept = base64.b64encode(salted)
                head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                connection.sendall(head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + frames)
                if frames:
                    with suppress(OSError):
                        connection.recv(65_536)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(20)


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (bytes([0xC1, 0x00]), "gateway-misbehaving"),
        (bytes([0x81, 0x01, 0xFF]), "gateway-misbehaving"),
        (bytes([0x81, 127]) + (1 << 40).to_bytes(8, "big"), "gateway-misbehaving"),
        (bytes([0x81, 0x04]) + b"null", "gateway-misbehaving"),
        (bytes([0x82, 0x01, 0x00]), "gateway-misbehaving"),
        (bytes([0x88, 0x02]) + (1013).to_bytes(2, "big"), "gateway-starting"),
        (b"", "gateway-lost"),
    ],
    ids=["reserved bit", "not UTF-8", "a terabyte", "not an object", "binary", "closed 1013", "hung up"],
)
def test_both_transports_judge_the_same_bytes_alike(frames: bytes, code: str) -> None:
    for attempt in ATTEMPTS:
        with upgrading(frames) as port, pytest.raises(GatewayError) as caught:
            attempt(endpoint(port=port))
        assert caught.value.code == code


def test_plain_talk_on_a_tls_address_is_said_as_such() -> None:
    for attempt in ATTEMPTS:
        with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port, pytest.raises(GatewayError) as caught:
            attempt(replace(endpoint(port=port), url=f"wss://127.0.0.1:{port}"))
        assert caught.value.code == "gateway-tls"


@pytest.fixture
def raw_pair() -> Iterator[tuple[Any, socket.socket]]:
    import time

    from appliance.gateway.rawsocket import RawSocket

    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield RawSocket(ours, b"", time.monotonic() + 10), theirs


def frame(opcode: int, payload: bytes, *, last: bool = True) -> bytes:
    size = len(payload)
    head = bytes([(0x80 if last else 0) | opcode])
    return head + (bytes([size]) if size < 126 else bytes([126]) + struct.pack("!H", size)) + payload


def test_fragments_are_joined_and_pings_answered_between_them(raw_pair: tuple[Any, socket.socket]) -> None:
    ours, theirs = raw_pair
    theirs.sendall(frame(1, "hé".encode()[:2], last=False) + frame(9, b"now") + frame(0, "hé".encode()[2:]))
    assert run(ours.receive()) == "hé"
    pong = theirs.recv(100)
    assert pong[:2] == bytes([0x8A, 0x83])
    assert masked(pong[6:], pong[2:6]) == b"now"


@pytest.mark.parametrize(
    "raw",
    [
        bytes([0xC1, 0x00]),
        bytes([0x81, 0x81]) + b"\0\0\0\0x",
        frame(3, b""),
        frame(1, b"\xff"),
        bytes([0x81, 127]) + (1 << 40).to_bytes(8, "big"),
    ],
    ids=["reserved bit", "masked by the server", "unknown kind", "not UTF-8", "a terabyte"],
)
def test_broken_frames_are_misbehaving(raw_pair: tuple[Any, socket.socket], raw: bytes) -> None:
    ours, theirs = raw_pair
    theirs.sendall(raw)
    with pytest.raises(Misbehaved):
        run(ours.receive())


def test_masking_is_its_own_inverse() -> None:
    for size in (0, 1, 3, 4, 5, 1000):
        payload, mask = os.urandom(size), os.urandom(4)
        assert masked(masked(payload, mask), mask) == payload
