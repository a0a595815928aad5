"""The costs of a passphrase: measured where it is set, within limits where it is read."""

from __future__ import annotations

import pytest

from appliance.errors import LunaError
from appliance.vault import ciphers
from appliance.vault.faults import Tampered, VaultLocked
from appliance.vault.layout import Kdf


@pytest.mark.parametrize(
    ("seconds", "costs"),
    [
        (0.05, (128 * 1024, 10, 4)),
        (0.1, (128 * 1024, 10, 4)),
        (0.2, (128 * 1024, 5, 4)),
        (0.5, (128 * 1024, 3, 4)),
        (1.5, (64 * 1024, 3, 4)),
        (60.0, (64 * 1024, 3, 4)),
    ],
)
def test_a_passphrase_costs_a_moment_on_every_machine(seconds: float, costs: tuple[int, int, int]) -> None:
    found = ciphers.tuned(lambda _kdf, _costs: seconds)
    assert found == (Kdf.ARGON2ID, costs)
    ciphers.Limits().check(*found)


def test_without_argon2id_it_is_scrypt() -> None:
    def missing(_kdf: Kdf, _costs: tuple[int, int, int]) -> float:
        raise VaultLocked("no Argon2id here")

    assert ciphers.tuned(missing) == ciphers.FALLBACK


def test_a_missing_derivation_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf import argon2

    def missing(**_: object) -> None:
        raise UnsupportedAlgorithm("not in this OpenSSL")

    monkeypatch.setattr(argon2, "Argon2id", missing)
    with pytest.raises(LunaError) as caught:
        ciphers.stretch(Kdf.ARGON2ID, (8, 1, 1), b"secret", bytes(16))
    assert caught.value.code == "vault-locked"


@pytest.mark.parametrize("length", [0, 1, 59, 60, 61, 124, 1_000])
def test_lengths_are_hidden_in_steps(length: int) -> None:
    body = ciphers.padded(b"x" * length)
    assert len(body) % 64 == 0
    assert 4 + length <= len(body) < 4 + length + 64
    assert ciphers.unpadded(body) == b"x" * length


@pytest.mark.parametrize(
    "body", [b"", bytes(63), b"\0\0\0\x3d" + bytes(60), bytes(63) + b"\x01", b"\xff" * 64]
)
def test_a_text_that_is_not_padded_is_refused(body: bytes) -> None:
    with pytest.raises(Tampered):
        ciphers.unpadded(body)
