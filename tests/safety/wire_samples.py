"""What the readers of the wire accept: frames as captured, and what stands around them."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from functools import cache
from pathlib import Path

from tests.safety.samples import Samples, packed

CAPTURES = Path(__file__).with_name("captures")
VECTORS = Path(__file__).parents[1] / "vectors"


@cache
def frames() -> Samples:
    """Frames of OpenClaw 2026.9.6, one of each kind we read; keys and tokens taken out."""
    lines = (CAPTURES / "frames.jsonl").read_text().splitlines()
    return packed(*(json.loads(line)["frame"] for line in lines))


@cache
def codes() -> Samples:
    """Pictures of codes as OpenClaw 2026.9.6 sends them."""
    lines = (VECTORS / "qr" / "openclaw-2026.9.6.jsonl").read_text(encoding="ascii").splitlines()
    return tuple(json.loads(line)["qrDataUrl"].encode() for line in lines)


def pictures() -> Samples:
    """The same without their base64."""
    return tuple(base64.b64decode(url.partition(b",")[2]) for url in codes())


def handshakes() -> Samples:
    """Challenge, hello and an event, a line each."""
    challenge = {"nonce": "334f6297-98ba-4c12-908b-26e9f190e917", "ts": 1795163124804}
    hello = {
        "type": "hello-ok",
        "protocol": 4,
        "server": {"version": "2026.9.6", "buildId": "b", "bootId": "boot", "connId": "c"},
        "features": {"methods": ["health"], "events": ["tick"], "capabilities": ["x"]},
        "snapshot": {
            "configPath": "/c",
            "stateDir": "/s",
            "appliedConfigHash": "h",
            "uptimeMs": 1,
            "sessionDefaults": {"modelConfigured": True, "defaultAgentId": "main"},
        },
        "auth": {"method": "token", "scopes": ["operator.read"], "deviceToken": "given"},
        "policy": {"maxPayload": 26214400, "tickIntervalMs": 30000},
    }
    lines = packed(
        {"type": "event", "event": "connect.challenge", "payload": challenge},
        {"type": "res", "id": "connect", "ok": True, "payload": hello},
        {"type": "event", "event": "tick", "payload": {"ts": 1}, "seq": 1},
    )
    return (b"\n".join(lines),)


def socket_streams() -> Samples:
    """WebSocket frames as a server sends them."""
    text = frames()[0][:100]
    whole = bytes([0x81, len(text)]) + text
    long = bytes([0x81, 126]) + struct.pack(">H", 300) + b"x" * 300
    pieces = (
        b"\x01\x02ab\x80\x01c"
        + b"\x89\x01p"
        + b"\x8a\x00"
        + bytes([0x82, 127])
        + struct.pack(">Q", 3)
        + b"bin"
    )
    return (whole + long, pieces + whole, whole + b"\x88\x07\x03\xe8bye..")


def upgrades() -> Samples:
    """The answer to the key `key`."""
    salt = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(b"key" + salt, usedforsecurity=False).digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return (head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n",)


def http_answers() -> Samples:
    """`/health` and `/ready`."""
    body = json.dumps(
        {"ok": True, "ready": True, "uptimeMs": 4000, "failing": ["x"], "eventLoop": {}}
    ).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    return (head + body,)


def provider_answers() -> Samples:
    """Lists of models and streamed answers, in the dialects."""
    models = packed(
        {"data": [{"id": "gpt", "context_length": 1000}], "object": "list"},
        {"models": [{"name": "llama", "details": {"family": "llama"}}]},
        {"model_info": {"llama.context_length": 8192}},
        {"choices": [{"message": {"content": "hi", "tool_calls": [{"id": "1"}]}, "finish_reason": "stop"}]},
        {"type": "message", "content": [{"type": "tool_use"}], "stop_reason": "end_turn"},
        {"message": {"content": "x", "tool_calls": []}, "done": True},
    )
    stream = (
        b'data: {"choices":[{"delta":{"content":"hi"}}]}\n\ndata: {"choices":[{"finish_reason":"stop"}]}\n\n'
        b'event: x\ndata: {"type":"response.completed","response":{"output":[]}}\n\ndata: [DONE]\n\n'
    )
    return (*models, stream)
