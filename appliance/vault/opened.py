"""A vault file that was authenticated: nothing of it is used before all of it was checked."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import field, replace
from typing import TYPE_CHECKING

from appliance.errors import Refused
from appliance.values import dataclass
from appliance.vault import ciphers, contents
from appliance.vault.contents import Contents, Item
from appliance.vault.faults import Exhausted, VaultLocked, WrongKey
from appliance.vault.layout import (
    FORMAT,
    KEY_BYTES,
    MAX_FILE,
    MAX_INDEX,
    MAX_RECORDS,
    NONCE_BYTES,
    Header,
    Kdf,
    Layout,
    Record,
    Slot,
    damaged,
    pack,
    pack_signed,
    parse,
)
from appliance.vault.witness import Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.vault.ciphers import Costs, Limits
    from appliance.vault.layout import Way
    from appliance.vault.ways import Opener

MOST_USES = 1 << 20
"""Encryptions under one master key; GCM's random nonces are good for many more."""


@dataclass(frozen=True)
class Opened:
    """A file whose every byte was checked, with the key to its values."""

    layout: Layout
    contents: Contents
    master: bytes = field(repr=False)
    sha256: str
    """Of the whole file."""

    @property
    def seen(self) -> Seen:
        """What a witness remembers of it."""
        header = self.layout.header
        return Seen(header.vault_id.hex(), header.generation, self.sha256)

    def value(self, item: Item) -> bytes:
        """The text of one item, all of it or nothing; raises Tampered."""
        position = self.contents.items.index(item)
        return _unsealed(self.master, self.layout.header.vault_id, self.layout.records[position])


@dataclass(frozen=True)
class Draft:
    """What the next state of a vault is made of."""

    master: bytes = field(repr=False)
    slots: tuple[Slot, ...]
    contents: Contents
    records: tuple[Record, ...]
    uses: int
    """Encryptions under `master` so far."""


def unlock(layout: Layout, openers: Sequence[Opener], limits: Limits) -> tuple[bytes, Way]:
    """The master key, and the way that gave it.

    Raises:
        HostileParameters: before any of them is used.
        VaultLocked: no way is at hand. WrongKey: those at hand do not fit.
        Tampered: the key fits, and what it opens was changed.
    """
    header = layout.header
    for slot in header.slots:
        limits.check(slot.kdf, slot.costs)
    tried = False
    for opener in openers:
        for slot in (slot for slot in header.slots if slot.way is opener.way):
            secret = opener.secret(header.vault_id)
            if secret is None:
                continue
            tried = True
            key = ciphers.stretch(slot.kdf, slot.costs, secret, slot.salt)
            if ciphers.commits(key, slot.commitment):
                return _master(header, slot, key), slot.way
    if tried:
        raise WrongKey(
            "This does not open the vault.", hint="Try another way: lunatui secrets status lists them."
        )
    raise VaultLocked(
        "The vault is locked, and nothing that opens it is at hand.",
        hint="Give the passphrase with --passphrase-stdin; lunatui secrets status lists the ways.",
    )


def _master(header: Header, slot: Slot, key: bytes) -> bytes:
    master = ciphers.decrypt(key, slot.nonce, slot.wrapped, _slot_bound(header, slot), "its master key")
    if not ciphers.commits(master, header.commitment):
        raise damaged("its master key is not the one it names")
    return master


def authenticate(data: bytes, master: bytes, layout: Layout | None = None) -> Opened:
    """Check every byte of a file with its master key; raises Tampered."""
    layout = layout or parse(data)
    header = layout.header
    if not ciphers.commits(master, header.commitment):
        raise damaged("its master key is not the one it names")
    if not hmac.compare_digest(_mac(master, header, layout.signed), layout.mac):
        raise damaged("its front was changed")
    key = ciphers.derive(master, header.vault_id, "index")
    plain = ciphers.decrypt(key, layout.index_nonce, layout.index, _index_bound(header), "its list")
    listed = contents.parse(ciphers.unpadded(plain))
    contents.check_records(listed, layout.records)
    return Opened(layout, listed, master, hashlib.sha256(data).hexdigest())


def build(draft: Draft, vault_id: bytes, generation: int, random: Callable[[int], bytes]) -> bytes:
    """The file of a draft.

    Raises:
        Exhausted: the master key was used too often.
        Refused: `vault-full`, it would be larger than one can be.
    """
    if draft.uses + 1 > MOST_USES:
        raise Exhausted(
            "The vault's master key was used as often as one may be.", hint="lunatui secrets rotate-master"
        )
    commitment = ciphers.commitment(draft.master)
    header = Header(vault_id, generation, draft.uses + 1, commitment, draft.slots)
    signed = pack_signed(header)
    nonce = random(NONCE_BYTES)
    key = ciphers.derive(draft.master, vault_id, "index")
    index = ciphers.encrypt(key, nonce, ciphers.padded(draft.contents.pack()), _index_bound(header))
    data = pack(Layout(header, signed, _mac(draft.master, header, signed), nonce, index, draft.records))
    if len(data) > MAX_FILE or len(index) > MAX_INDEX or len(draft.records) > MAX_RECORDS:
        raise Refused("The vault is full.", hint="Take secrets out that nobody needs.", code="vault-full")
    return data


def sealed(
    master: bytes, vault_id: bytes, item: Item, value: bytes, random: Callable[[int], bytes] = os.urandom
) -> tuple[Item, Record]:
    """A value under a fresh data key, and its line with the record's hash."""
    record = Record(bytes.fromhex(item.id), item.version, item.generation, b"", b"", b"", b"", b"")
    data_key, key_nonce, nonce = random(KEY_BYTES), random(NONCE_BYTES), random(NONCE_BYTES)
    wrap = ciphers.derive(master, vault_id, "wrap")
    record = replace(
        record,
        key_nonce=key_nonce,
        wrapped_key=ciphers.encrypt(wrap, key_nonce, data_key, _record_bound(b"key", vault_id, record)),
        commitment=ciphers.commitment(data_key),
        nonce=nonce,
        ciphertext=ciphers.encrypt(
            data_key, nonce, ciphers.padded(value), _record_bound(b"value", vault_id, record)
        ),
    )
    return replace(item, sha256=contents.digest(record)), record


def rewrapped(
    old: bytes, new: bytes, vault_id: bytes, record: Record, random: Callable[[int], bytes] = os.urandom
) -> Record:
    """The same value and data key, wrapped by another master key."""
    bound = _record_bound(b"key", vault_id, record)
    key = ciphers.decrypt(
        ciphers.derive(old, vault_id, "wrap"), record.key_nonce, record.wrapped_key, bound, "a key in it"
    )
    nonce = random(NONCE_BYTES)
    wrapped = ciphers.encrypt(ciphers.derive(new, vault_id, "wrap"), nonce, key, bound)
    return replace(record, key_nonce=nonce, wrapped_key=wrapped)


def slot_for(
    way: Way,
    secret: bytes,
    master: bytes,
    vault_id: bytes,
    *,
    stretching: tuple[Kdf, Costs] = (Kdf.HKDF, (0, 0, 0)),
    random: Callable[[int], bytes] = os.urandom,
) -> Slot:
    """The master key wrapped for one way of opening."""
    kdf, costs = stretching
    salt, nonce = random(16), random(NONCE_BYTES)
    key = ciphers.stretch(kdf, costs, secret, salt)
    slot = Slot(way, kdf, costs, salt, ciphers.commitment(key), nonce, b"")
    bound = b"lunatui-slot" + vault_id + slot.bound
    return replace(slot, wrapped=ciphers.encrypt(key, nonce, master, bound))


def _unsealed(master: bytes, vault_id: bytes, record: Record) -> bytes:
    wrap = ciphers.derive(master, vault_id, "wrap")
    bound = _record_bound(b"key", vault_id, record)
    key = ciphers.decrypt(wrap, record.key_nonce, record.wrapped_key, bound, "a key in it")
    if not ciphers.commits(key, record.commitment):
        raise damaged("a key in it is not the one that is named")
    bound = _record_bound(b"value", vault_id, record)
    return ciphers.unpadded(ciphers.decrypt(key, record.nonce, record.ciphertext, bound, "a value in it"))


def _mac(master: bytes, header: Header, signed: bytes) -> bytes:
    return hmac.digest(ciphers.derive(master, header.vault_id, "header"), signed, "sha256")


def _slot_bound(header: Header, slot: Slot) -> bytes:
    return b"lunatui-slot" + header.vault_id + slot.bound


def _index_bound(header: Header) -> bytes:
    return (
        b"lunatui-index" + header.vault_id + FORMAT.to_bytes(2, "big") + header.generation.to_bytes(8, "big")
    )


def _record_bound(part: bytes, vault_id: bytes, record: Record) -> bytes:
    numbers = record.version.to_bytes(4, "big") + record.generation.to_bytes(8, "big")
    return b"lunatui-" + part + vault_id + record.secret_id + numbers
