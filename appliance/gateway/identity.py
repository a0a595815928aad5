"""Our own Ed25519 device identity and its v3 signature (gateway-core §2.3).

The platform string stands beside the seed: a known device that changes its platform must be approved again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from appliance.errors import Invalid
from appliance.parsing import json_value, small_file
from appliance.places import create_private, private_dir, readable, write_private
from appliance.values import dataclass

SEED_NAME = "device.seed"
PLATFORM_NAME = "device.platform"
TOKENS_NAME = "device-tokens.json"
SEED_BYTES = 32


@dataclass(frozen=True)
class Identity:
    """One device as the gateway knows it."""

    seed: bytes = field(repr=False)
    platform: str
    """Lower-case ASCII; never changes for one seed."""
    directory: Path
    """Where seed, platform and device tokens are kept (0700)."""

    def signed(self, claim: Claim) -> dict[str, object]:
        """The `device` object of `connect` for this claim."""
        from nacl.bindings import crypto_sign, crypto_sign_BYTES

        public, secret = self._keys()
        device_id = hashlib.sha256(public).hexdigest()
        message = claim.message(device_id, self.platform)
        return {
            "id": device_id,
            "publicKey": _base64url(public),
            "signature": _base64url(crypto_sign(message.encode(), secret)[:crypto_sign_BYTES]),
            "signedAt": claim.signed_at,
            "nonce": claim.nonce,
        }

    @property
    def device_id(self) -> str:
        """Lower-case hex SHA-256 of the public key."""
        return hashlib.sha256(self._keys()[0]).hexdigest()

    def _keys(self) -> tuple[bytes, bytes]:
        """The public key, and the secret one as libsodium has it: the smallest well-kept Ed25519 there is."""
        from nacl.bindings import crypto_sign_seed_keypair

        return crypto_sign_seed_keypair(self.seed)

    def token_for(self, address: str) -> str:
        """The device token that the gateway at `address` gave us, or an empty string."""
        return _read_tokens(self.directory).get(address, "")

    def keep_token(self, address: str, token: str) -> None:
        """Remember (or with an empty `token` forget) the device token of the gateway at `address`."""
        tokens = _read_tokens(self.directory)
        if tokens.get(address, "") == token:
            return
        tokens[address] = token
        kept = {name: value for name, value in tokens.items() if value}
        write_private(self.directory / TOKENS_NAME, json.dumps(kept).encode())


@dataclass(frozen=True)
class Claim:
    """What one handshake signs."""

    client_id: str
    client_mode: str
    role: str
    scopes: Sequence[str]
    """In the order of `params.scopes`."""
    signed_at: int
    """The challenge's `ts`, in milliseconds."""
    token: str = field(repr=False)
    """The same string as `auth.token` or, alone, `auth.deviceToken`."""
    nonce: str

    def message(self, device_id: str, platform: str) -> str:
        """The signed text, version 3, with an empty device family."""
        parts = ["v3", device_id, self.client_id, self.client_mode, self.role, ",".join(self.scopes)]
        return "|".join([*parts, str(self.signed_at), self.token, self.nonce, platform, ""])


def load_identity(directory: Path) -> Identity:
    """Read the identity, or create it once; two processes that start together end up with the same one.

    Raises:
        Invalid: the seed file is not 32 bytes.
        LunaError: it cannot be read or written.
    """
    with readable(directory):
        private_dir(directory)
    platform = (
        _settled(directory / PLATFORM_NAME, sys.platform.encode()).decode("ascii", "replace").strip().lower()
    )
    seed = _settled(directory / SEED_NAME, os.urandom(SEED_BYTES))
    if len(seed) != SEED_BYTES or not platform:
        raise Invalid(
            f"The device identity in {directory} is damaged.",
            hint="Move that folder aside; the next connection makes a new identity.",
            code="identity-damaged",
        )
    return Identity(seed, platform, directory)


def _settled(path: Path, wanted: bytes) -> bytes:
    """The content of `path`, published whole with `wanted` when nobody did before."""
    try:
        with readable(path):
            return path.read_bytes()
    except FileNotFoundError:
        return create_private(path, wanted)


def _read_tokens(directory: Path) -> dict[str, str]:
    try:
        value = json_value(small_file(directory / TOKENS_NAME))
    except (FileNotFoundError, ValueError):
        return {}
    return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
