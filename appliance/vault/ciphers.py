"""The cryptography of the vault: every key has one use, and a key is checked before it decrypts anything.

All of it is the `cryptography` library's; here is only which primitive with which input.
"""

from __future__ import annotations

import hmac
import time
from typing import TYPE_CHECKING

from appliance.values import dataclass
from appliance.vault.faults import HostileParameters, VaultLocked
from appliance.vault.layout import KEY_BYTES, Kdf, damaged

if TYPE_CHECKING:
    from collections.abc import Callable

PAD = 64
"""Plain texts are as long as a multiple of this, so that a length tells little."""
_COMMIT = b"lunatui-commit"
Costs = tuple[int, int, int]


@dataclass(frozen=True)
class Limits:
    """Between which costs a key derivation may lie. A file that asks for others is refused unread."""

    argon2: tuple[Costs, Costs] = ((64 * 1024, 3, 4), (1024 * 1024, 10, 16))
    """Memory in KiB, iterations, lanes; the floor is the second choice of RFC 9106."""
    scrypt: tuple[Costs, Costs] = ((17, 8, 1), (20, 8, 4))

    def check(self, kdf: Kdf, costs: Costs) -> None:
        """Raise `HostileParameters` for costs outside of the limits."""
        if kdf is Kdf.HKDF:
            allowed = costs == (0, 0, 0)
        else:
            low, high = self.argon2 if kdf is Kdf.ARGON2ID else self.scrypt
            allowed = all(least <= cost <= most for least, cost, most in zip(low, costs, high, strict=True))
        if not allowed:
            raise HostileParameters(
                "The vault was refused: it asks for a key derivation outside of the limits "
                f"({kdf.name.lower()} {costs[0]}, {costs[1]}, {costs[2]}).",
                hint="Such a file was not written by lunatui; use an earlier copy.",
            )


USUAL: tuple[Kdf, Costs] = (Kdf.ARGON2ID, (128 * 1024, 3, 4))
FALLBACK: tuple[Kdf, Costs] = (Kdf.SCRYPT, (17, 8, 1))
_QUICKEST_S, _SLOWEST_S = 0.3, 1.0


def stretch(kdf: Kdf, costs: Costs, secret: bytes, salt: bytes) -> bytes:
    """The 32-byte key behind what somebody typed or a keychain holds.

    Raises:
        VaultLocked: this machine's cryptography lacks the derivation the file was made with.
    """
    from cryptography.exceptions import UnsupportedAlgorithm

    first, second, third = costs
    try:
        if kdf is Kdf.ARGON2ID:
            from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

            return Argon2id(
                salt=salt, length=KEY_BYTES, iterations=second, lanes=third, memory_cost=first
            ).derive(secret)
        if kdf is Kdf.SCRYPT:
            from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

            return Scrypt(salt=salt, length=KEY_BYTES, n=1 << first, r=second, p=third).derive(secret)
    except UnsupportedAlgorithm as error:
        raise VaultLocked(
            f"This machine cannot derive keys with {kdf.name.lower()}, with which the vault was made.",
            hint="Open it with the key file or the recovery key, or on another machine.",
        ) from error
    return derive(secret, salt, "slot")


def tuned(
    measure: Callable[[Kdf, Costs], float] | None = None,
) -> tuple[Kdf, Costs]:
    """The costs for a new passphrase on this machine: 0.3 to 1 s, as far as the limits allow."""
    taken = measure or _seconds
    kdf, costs = USUAL
    try:
        seconds = taken(kdf, costs)
    except VaultLocked:
        return FALLBACK
    if seconds > _SLOWEST_S:
        return kdf, (64 * 1024, 3, 4)
    if seconds < _QUICKEST_S:
        iterations = min(10, round(costs[1] * _QUICKEST_S / max(seconds, 0.01)) + 1)
        return kdf, (costs[0], iterations, costs[2])
    return kdf, costs


def _seconds(kdf: Kdf, costs: Costs) -> float:
    start = time.monotonic()
    stretch(kdf, costs, b"how long does it take", bytes(16))
    return time.monotonic() - start


def derive(key: bytes, salt: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF-SHA-256, info `lunatui-<purpose>`)."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_BYTES, salt, f"lunatui-{purpose}".encode()).derive(key)


def commitment(key: bytes) -> bytes:
    """What a file holds of a key so that another key is refused before anything is decrypted with it."""
    return hmac.digest(key, _COMMIT, "sha256")


def commits(key: bytes, expected: bytes) -> bool:
    """Whether `expected` is the commitment to `key`."""
    return hmac.compare_digest(commitment(key), expected)


def encrypt(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    """AES-256-GCM, the tag at the end."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key).encrypt(nonce, plain, bound)


def decrypt(key: bytes, nonce: bytes, sealed: bytes, bound: bytes, what: str) -> bytes:
    """The plain text, all of it or nothing; `what` is what the refusal is about.

    Raises:
        Tampered: the bytes are not those that were encrypted, or stand in another place.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(nonce, sealed, bound)
    except InvalidTag:
        raise damaged(f"{what} was changed") from None


def padded(data: bytes) -> bytes:
    """Its length (4 bytes), itself, and zeros up to a multiple of 64."""
    body = len(data).to_bytes(4, "big") + data
    return body + bytes(-len(body) % PAD)


def unpadded(body: bytes) -> bytes:
    """What `padded` was given; raises Tampered."""
    length = int.from_bytes(body[:4], "big")
    if len(body) % PAD or len(body) < 4 or 4 + length > len(body) or any(body[4 + length :]):
        raise damaged("a text in it is not padded as one is")
    return body[4 : 4 + length]
