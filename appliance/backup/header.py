"""The head of an archive: readable without a key, bound to every chunk behind it (docs/backup-format.md)."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from appliance.errors import Invalid, NotFound
from appliance.places import readable
from appliance.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

MAGIC = b"LUNABKP1"
CHUNK = 1 << 20
LIMIT = 64 * 1024
_SIZES = (64 * 1024, 16 << 20)
"""The smallest and largest chunk that is read."""


@dataclass(frozen=True)
class Wrapped:
    """The data key, locked with a passphrase or with a key file."""

    kind: str
    """`passphrase` or `key-file`."""
    nonce: str
    """12 bytes, hex."""
    locked: str
    """The data key and its tag, hex."""
    salt: str = ""
    """Of a passphrase: 16 bytes, hex."""
    memory_kib: int = 0
    passes: int = 0
    lanes: int = 0


@dataclass(frozen=True)
class Header:
    """What can be known of an archive without its key."""

    id: str
    """32 hex digits, random."""
    created: str
    """UTC, ISO 8601."""
    lunatui: str
    """The version that made it."""
    chunk: int
    """Bytes of plain text in each chunk but the last."""
    commit: str
    """HMAC-SHA-256 of `lunatui-commit` under the data key, hex: one archive fits one key."""
    key: Wrapped

    def packed(self) -> bytes:
        """As it stands at the start of the file."""
        text = json.dumps({"format": 1, **asdict(self)}, sort_keys=True, separators=(",", ":")).encode()
        return MAGIC + struct.pack(">I", len(text)) + text


def read_header(file: BinaryIO) -> tuple[Header, bytes]:
    """The header at the start of `file`, and the SHA-256 of its bytes.

    Raises:
        Invalid: `archive-foreign`, it is no archive of ours; `archive-newer`; `archive-damaged`.
    """
    start = file.read(len(MAGIC) + 4)
    if not start.startswith(MAGIC[:-1]):
        raise Invalid("This file is no backup archive of lunatui.", code="archive-foreign")
    if not start.startswith(MAGIC):
        raise _newer()
    if len(start) < len(MAGIC) + 4:
        raise damaged("it ends inside its head")
    length = struct.unpack(">I", start[len(MAGIC) :])[0]
    text = file.read(length) if length <= LIMIT else b""
    if len(text) != length or not text:
        raise damaged("its head is not complete")
    try:
        return _header(json.loads(text)), hashlib.sha256(start + text).digest()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged("its head cannot be read") from error


def header_of(path: Path) -> Header:
    """What an archive says without its key.

    Raises:
        NotFound: `archive-missing`.
        Invalid: it is none, or damaged.
    """
    try:
        with readable(path), path.open("rb") as file:
            return read_header(file)[0]
    except FileNotFoundError:
        raise NotFound(
            f"There is no archive {path}.", hint="lunatui backup list", code="archive-missing"
        ) from None


def damaged(reason: str) -> Invalid:
    """An archive that is not what was written."""
    return Invalid(f"The archive is damaged: {reason}.", hint="Use another archive.", code="archive-damaged")


def _newer() -> Invalid:
    return Invalid("This archive was made by a newer lunatui.", hint="Update lunatui.", code="archive-newer")


def _header(found: dict[str, Any]) -> Header:
    if found.pop("format") != 1:
        raise _newer()
    header = Header(**{**found, "key": Wrapped(**found["key"])})
    texts = (header.id, header.created, header.lunatui, header.commit, header.key.kind)
    if not all(isinstance(text, str) and len(text) <= 256 for text in texts):
        raise ValueError("a text is none")
    if not isinstance(header.chunk, int) or not _SIZES[0] <= header.chunk <= _SIZES[1]:
        raise ValueError("the chunk size is out of range")
    if len(bytes.fromhex(header.id)) != 16:
        raise ValueError("the id is none")
    return header
