"""The key of an archive: a fresh one each time, locked with a passphrase or with the box's own key file.

Argon2id as RFC 9106 has it; the floor keeps a hostile head from asking for a weak derivation, the ceiling
from asking for all memory (safety: secrets).
"""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING

from appliance.backup.header import Wrapped, damaged
from appliance.errors import Invalid, LunaError, Usage
from appliance.places import create_private, readable
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places

PASSPHRASE, KEY_FILE = "passphrase", "key-file"
MEMORY_KIB, PASSES, LANES = 128 * 1024, 3, 4
FLOOR = (64 * 1024, 3, 4)
CEILING = (1024 * 1024, 10, 16)
SHORTEST = 12
"""Characters of a passphrase."""
_COMMIT = b"lunatui-commit"


@dataclass(frozen=True)
class Lock:
    """What opens and closes archives: 32 bytes of a key file, or a passphrase. Not shown anywhere."""

    kind: str
    secret: Secret | None = None
    key: bytes = b""

    def __repr__(self) -> str:
        return f"Lock({self.kind})"


def with_passphrase(secret: Secret) -> Lock:
    """The lock of a passphrase.

    Raises:
        Usage: `passphrase-short`.
    """
    with secret.expose() as text:
        if len(text) < SHORTEST:
            raise Usage(f"The passphrase needs at least {SHORTEST} characters.", code="passphrase-short")
    return Lock(PASSPHRASE, secret)


def key_path(places: Places) -> Path:
    """The box's own backup key."""
    return places.home / "backup.key"


def with_key_file(path: Path, *, create: bool = False) -> Lock:
    """The lock of a key file: 64 hex digits; made when it is missing and `create` says so.

    Raises:
        LunaError: `backup-key-missing`, or it cannot be read.
        Invalid: `backup-key-damaged`.
    """
    try:
        with readable(path):
            text = path.read_bytes()
    except FileNotFoundError:
        if not create:
            raise LunaError(
                f"The backup key {path} is not here, so the archive cannot be opened.",
                hint="Put the copy of backup.key there that was kept elsewhere, or use a passphrase archive.",
                code="backup-key-missing",
            ) from None
        text = create_private(path, os.urandom(32).hex().encode() + b"\n")
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except (ValueError, UnicodeDecodeError):
        key = b""
    if len(key) != 32:
        raise Invalid(f"{path} is no backup key.", hint="Put the right one there.", code="backup-key-damaged")
    return Lock(KEY_FILE, key=key)


def seal(data_key: bytes, lock: Lock, archive_id: str) -> Wrapped:
    """Lock the data key of one archive."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)
    if lock.secret is None:
        locked = AESGCM(lock.key).encrypt(nonce, data_key, _bound(archive_id, lock.kind))
        return Wrapped(KEY_FILE, nonce.hex(), locked.hex())
    salt = os.urandom(16)
    key = _derived(lock.secret, salt, MEMORY_KIB, PASSES, LANES)
    locked = AESGCM(key).encrypt(nonce, data_key, _bound(archive_id, lock.kind))
    return Wrapped(PASSPHRASE, nonce.hex(), locked.hex(), salt.hex(), MEMORY_KIB, PASSES, LANES)


def unseal(wrapped: Wrapped, lock: Lock, archive_id: str) -> bytes:
    """The data key.

    Raises:
        Invalid: `archive-key`, the key or passphrase is not the right one; `archive-damaged`.
        Usage: `archive-other-key`, it was locked in the other way.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if wrapped.kind != lock.kind:
        needs = "a passphrase" if wrapped.kind == PASSPHRASE else "the backup key of its box"
        raise Usage(
            f"This archive is opened with {needs}.",
            hint="--passphrase-stdin or --passphrase-file FILE, or --key-file FILE",
            code="archive-other-key",
        )
    try:
        nonce, locked, salt = map(bytes.fromhex, (wrapped.nonce, wrapped.locked, wrapped.salt))
    except (ValueError, TypeError) as error:
        raise damaged("its locked key cannot be read") from error
    if len(nonce) != 12 or len(locked) != 48:
        raise damaged("its locked key cannot be read")
    key = lock.key if lock.secret is None else _checked(wrapped, lock.secret, salt)
    try:
        return AESGCM(key).decrypt(nonce, locked, _bound(archive_id, lock.kind))
    except InvalidTag:
        raise Invalid(
            "The archive does not open with this key or passphrase.",
            hint="Check which one belongs to it.",
            code="archive-key",
        ) from None


def commitment(data_key: bytes) -> str:
    """What in the head tells that a data key is the one the archive was made with."""
    return hmac.digest(data_key, _COMMIT, "sha256").hex()


def _checked(wrapped: Wrapped, secret: Secret, salt: bytes) -> bytes:
    asked = (wrapped.memory_kib, wrapped.passes, wrapped.lanes)
    sound = all(
        isinstance(value, int) and low <= value <= high
        for value, low, high in zip(asked, FLOOR, CEILING, strict=True)
    )
    if not sound or len(salt) != 16:
        raise damaged("the way to its key is out of the permitted range")
    return _derived(secret, salt, *asked)


def _derived(secret: Secret, salt: bytes, memory_kib: int, passes: int, lanes: int) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        derivation = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory_kib)
    except UnsupportedAlgorithm as error:
        raise LunaError(
            "This machine's cryptography has no Argon2id, so passphrases cannot be used.",
            hint="Use the key file of the box.",
            code="argon2-missing",
        ) from error
    with secret.expose() as text:
        return derivation.derive(text.encode())


def _bound(archive_id: str, kind: str) -> bytes:
    return b"lunatui-backup-key\0" + bytes.fromhex(archive_id) + kind.encode()
