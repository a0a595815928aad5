"""The head of the log, signed with Ed25519 so that it can be told from a mistyped or invented one.

The key is a file of this account, because a box must sign without anybody at it: a signature therefore proves
nothing against that account. What does is a head that is kept elsewhere.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from appliance.errors import Invalid
from appliance.places import create_private, readable
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEY_NAME = "signing.key"
SEED_BYTES = 32
HEAD_LIMIT = 4096
"""Bytes that a file with a head may have."""
_PREFIX = "lunatui-head-1"
_HEX = {"log": 32, "hash": 64, "key": 64, "sig": 128}
_LINE = (
    rf"{_PREFIX} ([0-9a-f]{{32}}) ([0-9]{{1,15}}) ([0-9a-f]{{64}}) ([0-9]{{1,19}})"
    r" ([0-9a-f]{64}) ([0-9a-f]{128})"
)
"""A pattern; compiled when a head is read, which no change does."""


@dataclass(frozen=True)
class SignedHead:
    """Record `seq` of log `log` had this hash at this time, says the holder of the key."""

    log: str
    """The random id in the first record, 32 hex digits."""
    seq: int
    hash: str
    at: int
    """UTC, nanoseconds."""
    key: str
    """The public key, 64 hex digits."""
    sig: str
    """Ed25519 over `message()`, 128 hex digits."""
    about: str = ""
    """SHA-256 of what else is signed with it, where there is something."""

    def message(self) -> bytes:
        """What is signed."""
        parts = (_PREFIX, self.log, self.seq, self.hash, self.at, *filter(None, [self.about]))
        return "|".join(map(str, parts)).encode()

    def line(self) -> str:
        """One line of ASCII that can be copied, printed or sent."""
        return f"{_PREFIX} {self.log} {self.seq} {self.hash} {self.at} {self.key} {self.sig}"

    def is_authentic(self) -> bool:
        """Whether the key it names has signed it."""
        from nacl.bindings import crypto_sign_open
        from nacl.exceptions import CryptoError

        try:
            crypto_sign_open(bytes.fromhex(self.sig) + self.message(), bytes.fromhex(self.key))
        except (CryptoError, ValueError):
            return False
        return True


def sign(folder: Path, log: str, seq: int, found: str, at: int, about: str = "") -> SignedHead:
    """The head, signed with the key in `folder`, made when it is missing.

    Raises:
        Invalid: the key is damaged.
        LunaError: it cannot be read or written.
    """
    from nacl.bindings import crypto_sign, crypto_sign_BYTES, crypto_sign_seed_keypair

    public, secret = crypto_sign_seed_keypair(_seed(folder))
    unsigned = SignedHead(log, seq, found, at, public.hex(), "", about)
    signature = crypto_sign(unsigned.message(), secret)[:crypto_sign_BYTES]
    return replace(unsigned, sig=signature.hex())


def public_key(folder: Path) -> str:
    """The public key of this box, 64 hex digits; empty while it has signed nothing.

    Raises:
        Invalid: the key is damaged.
        LunaError: it cannot be read.
    """
    from nacl.bindings import crypto_sign_seed_keypair

    return crypto_sign_seed_keypair(_seed(folder))[0].hex() if (folder / KEY_NAME).exists() else ""


def parse_head(text: str) -> SignedHead:
    """The head in a text that holds one.

    Raises:
        Invalid: it holds none, or nobody has signed it.
    """
    found = re.search(_LINE, text)
    if found is None:
        raise Invalid(
            "This is no head of a record of changes.",
            hint=f"A head is one line that begins with {_PREFIX}.",
            code="audit-head",
        )
    log, seq, hash_, at, key, sig = found.groups()
    head = SignedHead(log, int(seq), hash_, int(at), key, sig)
    if not head.is_authentic():
        raise Invalid(
            "This head was mistyped or made up: its signature does not belong to it.",
            hint="Copy the whole line once more.",
            code="audit-head",
        )
    return head


def head_from(fields: Mapping[str, Any]) -> SignedHead | None:
    """The head in the fields of a stored line; None when they are none."""
    seq, at, about = fields.get("seq"), fields.get("at"), fields.get("about", "")
    texts = {name: str(fields.get(name)) for name in _HEX}
    if not isinstance(seq, int) or not isinstance(at, int) or not isinstance(about, str):
        return None
    if any(len(texts[name]) != size for name, size in _HEX.items()):
        return None
    return SignedHead(seq=seq, at=at, about=about, **texts)


def _seed(folder: Path) -> bytes:
    path = folder / KEY_NAME
    with readable(path):
        seed = path.read_bytes() if path.exists() else create_private(path, os.urandom(SEED_BYTES))
    if len(seed) != SEED_BYTES:
        raise Invalid(
            f"The key that signs the record of changes is damaged ({path}).",
            hint=f"Move {path} aside; the next head is signed with a new key.",
            code="audit-key-damaged",
        )
    return seed
