"""The bytes of `vault.lunatui`, format 1, taken apart and put together; docs/vault.md is the same in words.

All numbers are unsigned and big-endian. Nothing here knows a key: what is read is bounded and well-formed,
and not yet authentic.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Any

from appliance.values import dataclass
from appliance.vault.faults import Tampered, TooNew

MAGIC = b"lunavlt\x00"
FORMAT = 1
MAX_FILE = 16 * 1024 * 1024
MAX_SLOTS = 16
MAX_RECORDS = 8_192
MAX_CIPHERTEXT = 128 * 1024
MAX_INDEX = 8 * 1024 * 1024
MAC_BYTES, NONCE_BYTES, TAG_BYTES, KEY_BYTES = 32, 12, 16, 32

_PREAMBLE = struct.Struct(">8sHI")
_HEADER = struct.Struct(">16sQI32sB")
_SLOT = struct.Struct(">BB3I16s32s12s48s")
_BOUND = struct.Struct(">BB3I16s")
_INDEX = struct.Struct(">I12s")
_RECORD = struct.Struct(">16sIQ12s48s32s12sI")


class Way(IntEnum):
    """How a wrapped copy of the master key is opened."""

    PASSPHRASE = 1
    KEYCHAIN = 2
    RECOVERY = 3
    KEY_FILE = 4


class Kdf(IntEnum):
    """How the secret of a way becomes a key."""

    HKDF = 0
    """For what is random already; its three costs are 0."""
    ARGON2ID = 1
    """Costs: memory in KiB, iterations, lanes."""
    SCRYPT = 2
    """Costs: log2 of N, r, p."""


@dataclass(frozen=True)
class Slot:
    """One wrapped copy of the master key."""

    way: Way
    kdf: Kdf
    costs: tuple[int, int, int]
    salt: bytes
    commitment: bytes
    nonce: bytes
    wrapped: bytes

    @property
    def bound(self) -> bytes:
        """The part that the wrapping authenticates."""
        return _BOUND.pack(self.way, self.kdf, *self.costs, self.salt)


@dataclass(frozen=True)
class Header:
    """What stands in the clear, authenticated with a key derived from the master key."""

    vault_id: bytes
    generation: int
    """Grows by one with every save."""
    uses: int
    """How often keys derived from the master key have encrypted something."""
    commitment: bytes
    """To the master key."""
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Record:
    """One encrypted value with its wrapped data key."""

    secret_id: bytes
    version: int
    generation: int
    """Of the vault when it was encrypted."""
    key_nonce: bytes
    wrapped_key: bytes
    commitment: bytes
    """To the data key."""
    nonce: bytes
    ciphertext: bytes

    def pack(self) -> bytes:
        """As it stands in the file."""
        fixed = _RECORD.pack(
            self.secret_id,
            self.version,
            self.generation,
            self.key_nonce,
            self.wrapped_key,
            self.commitment,
            self.nonce,
            len(self.ciphertext),
        )
        return fixed + self.ciphertext


@dataclass(frozen=True)
class Layout:
    """A whole file, taken apart."""

    header: Header
    signed: bytes
    """What the code below authenticates: everything before it."""
    mac: bytes
    index_nonce: bytes
    index: bytes
    records: tuple[Record, ...]


def pack_signed(header: Header) -> bytes:
    """The front of the file, up to its authentication code."""
    fixed = _HEADER.pack(
        header.vault_id, header.generation, header.uses, header.commitment, len(header.slots)
    )
    slots = b"".join(
        _SLOT.pack(slot.way, slot.kdf, *slot.costs, slot.salt, slot.commitment, slot.nonce, slot.wrapped)
        for slot in header.slots
    )
    return _PREAMBLE.pack(MAGIC, FORMAT, len(fixed) + len(slots)) + fixed + slots


def pack(layout: Layout) -> bytes:
    """The whole file."""
    index = _INDEX.pack(len(layout.index), layout.index_nonce) + layout.index
    return layout.signed + layout.mac + index + b"".join(record.pack() for record in layout.records)


def parse(data: bytes) -> Layout:
    """The parts of a file.

    Raises:
        TooNew: the format is a later one.
        Tampered: it is not a whole vault file.
    """
    if len(data) > MAX_FILE:
        raise damaged("it is larger than a vault can be")
    reader = _Reader(data)
    magic, version, length = reader.take(_PREAMBLE)
    if magic != MAGIC:
        raise damaged("it is no vault")
    if version > FORMAT:
        raise TooNew(
            f"The vault has format {version}, and this lunatui knows formats up to {FORMAT}.",
            hint="Update lunatui.",
        )
    header = _header(reader, version, length)
    signed = data[: reader.at]
    mac = reader.bytes(MAC_BYTES)
    index_length, index_nonce = reader.take(_INDEX)
    if index_length > MAX_INDEX:
        raise damaged("its list is larger than one can be")
    index = reader.bytes(index_length)
    return Layout(header, signed, mac, index_nonce, index, _records(reader))


def _header(reader: _Reader, version: int, length: int) -> Header:
    vault_id, generation, uses, commitment, count = reader.take(_HEADER)
    if version != FORMAT or count > MAX_SLOTS or length != _HEADER.size + count * _SLOT.size:
        raise damaged("its front is not what a vault begins with")
    return Header(vault_id, generation, uses, commitment, tuple(_slot(reader) for _ in range(count)))


def _slot(reader: _Reader) -> Slot:
    way, kdf, first, second, third, salt, commitment, nonce, wrapped = reader.take(_SLOT)
    try:
        return Slot(Way(way), Kdf(kdf), (first, second, third), salt, commitment, nonce, wrapped)
    except ValueError:
        raise damaged("it names a way to open it that does not exist") from None


def _records(reader: _Reader) -> tuple[Record, ...]:
    records: list[Record] = []
    while not reader.done:
        secret_id, version, generation, *keys, length = reader.take(_RECORD)
        if length > MAX_CIPHERTEXT or len(records) >= MAX_RECORDS:
            raise damaged("it holds more than a vault can")
        key_nonce, wrapped, commitment, nonce = keys
        sealed = reader.bytes(length)
        records.append(Record(secret_id, version, generation, key_nonce, wrapped, commitment, nonce, sealed))
    return tuple(records)


class _Reader:
    """Goes through bytes and never past their end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    @property
    def done(self) -> bool:
        return self.at == len(self._data)

    def bytes(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self._data):
            raise damaged("it is cut short")
        found, self.at = self._data[self.at : end], end
        return found

    def take(self, shape: struct.Struct) -> tuple[Any, ...]:
        return shape.unpack(self.bytes(shape.size))


def damaged(why: str) -> Tampered:
    """The refusal of a file that is not as it was written; `why` completes “The vault was refused: …”."""
    return Tampered(
        f"The vault was refused: {why}. Nothing of it was used.",
        hint="lunatui secrets copies lists earlier ones, lunatui secrets restore puts one back.",
    )
