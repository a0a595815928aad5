"""A second reader of `vault.lunatui`, written from docs/vault.md alone; it shares no code with ours."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt


@dataclass(frozen=True)
class Read:
    """What a file says."""

    vault_id: str
    generation: int
    secrets: dict[str, str]
    """The values in use."""
    former: dict[str, list[str]]
    ways: list[int]


def hkdf(key: bytes, salt: bytes, info: str) -> bytes:
    """As the document has it."""
    return HKDF(SHA256(), 32, salt, info.encode()).derive(key)


def commit(key: bytes) -> bytes:
    """As the document has it."""
    return hmac.new(key, b"lunatui-commit", hashlib.sha256).digest()


def unpadded(text: bytes) -> bytes:
    """Length, text, zeros up to a multiple of 64."""
    assert len(text) % 64 == 0
    (length,) = struct.unpack(">I", text[:4])
    assert text[4 + length :] == bytes(len(text) - 4 - length)
    return text[4 : 4 + length]


def slot_key(slot: bytes, secret: bytes) -> bytes:
    """From the secret of a way."""
    derivation, first, second, third, salt = struct.unpack(">xB3I16s", slot[:30])
    if derivation == 1:
        return Argon2id(salt=salt, length=32, iterations=second, lanes=third, memory_cost=first).derive(
            secret
        )
    if derivation == 2:
        return Scrypt(salt=salt, length=32, n=2**first, r=second, p=third).derive(secret)
    assert (derivation, first, second, third) == (0, 0, 0, 0)
    return hkdf(secret, salt, "lunatui-slot")


def read(data: bytes, way: int, secret: bytes) -> Read:
    """Everything in the file, opened by one way; an assertion fails where the file is not as documented."""
    assert data[:8] == b"lunavlt\0"
    version, length = struct.unpack(">HI", data[8:14])
    assert version == 1
    header = data[14 : 14 + length]
    vault_id, generation, uses, commitment, count = struct.unpack(">16sQI32sB", header[:61])
    assert 0 < uses <= 1_048_576
    slots = [header[61 + 122 * number : 61 + 122 * (number + 1)] for number in range(count)]
    assert len(header) == 61 + 122 * count
    slot = next(slot for slot in slots if slot[0] == way)
    key = slot_key(slot, secret)
    assert slot[30:62] == commit(key)
    master = AESGCM(key).decrypt(slot[62:74], slot[74:122], b"lunatui-slot" + vault_id + slot[:30])
    assert commit(master) == commitment
    at = 14 + length
    mac = hmac.new(hkdf(master, vault_id, "lunatui-header"), data[:at], hashlib.sha256).digest()
    assert mac == data[at : at + 32]
    at += 32
    (size,) = struct.unpack(">I", data[at : at + 4])
    nonce, sealed = data[at + 4 : at + 16], data[at + 16 : at + 16 + size]
    bound = b"lunatui-index" + vault_id + struct.pack(">HQ", 1, generation)
    listed = json.loads(
        unpadded(AESGCM(hkdf(master, vault_id, "lunatui-index")).decrypt(nonce, sealed, bound))
    )
    assert listed["format"] == 1
    return _records(data[at + 16 + size :], master, vault_id, generation, listed, [slot[0] for slot in slots])


def _records(
    rest: bytes, master: bytes, vault_id: bytes, generation: int, listed: dict, ways: list[int]
) -> Read:
    secrets: dict[str, str] = {}
    former: dict[str, list[str]] = {}
    wrap = AESGCM(hkdf(master, vault_id, "lunatui-wrap"))
    for row in listed["secrets"]:
        (size,) = struct.unpack(">I", rest[132:136])
        record, rest = rest[: 136 + size], rest[136 + size :]
        assert hashlib.sha256(record).hexdigest() == row["sha256"]
        who = record[:28]
        secret_id, version, made = struct.unpack(">16sIQ", who)
        assert (secret_id.hex(), version, made) == (row["id"], row["version"], row["generation"])
        key = wrap.decrypt(record[28:40], record[40:88], b"lunatui-key" + vault_id + who)
        assert commit(key) == record[88:120]
        value = AESGCM(key).decrypt(record[120:132], record[136:], b"lunatui-value" + vault_id + who)
        text = unpadded(value).decode()
        if row["until"]:
            former.setdefault(row["name"], []).append(text)
        else:
            secrets[row["name"]] = text
    assert rest == b""
    return Read(vault_id.hex(), generation, secrets, former, ways)
