"""Pictures of codes: OpenClaw's own, and forged ones."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from appliance.qr.reading import PREFIX

_FILE = Path(__file__).parents[3] / "vectors" / "qr" / "openclaw-2026.9.6.jsonl"
"""What `renderQrPngDataUrl` of OpenClaw 2026.9.6 made of two texts that were made up."""


class Sent(NamedTuple):
    """A picture, and what its code says."""

    text: str
    data_url: str


def sent_by_openclaw() -> list[Sent]:
    """With and without the address in front that WhatsApp's codes have."""
    rows = map(json.loads, _FILE.read_text(encoding="ascii").splitlines())
    return [Sent(row["text"], row["qrDataUrl"]) for row in rows]


def data_url(png: bytes) -> str:
    """As the Gateway sends a picture."""
    return PREFIX + base64.b64encode(png).decode()


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG, its checksum right."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def header(width: int = 64, height: int = 64, depth: int = 8, colours: int = 6, lacing: int = 0) -> bytes:
    """The chunk that says how large a picture is."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, lacing))


def png(*chunks: bytes) -> bytes:
    """A PNG of these parts."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


def pixels(count: int) -> bytes:
    """So many zero bytes, packed."""
    return chunk(b"IDAT", zlib.compress(bytes(count), 9))
