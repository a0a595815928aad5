"""The master key: made with the vault, wrapped for each way of opening it, renewed in one save."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from appliance.errors import Conflict, Refused, Usage
from appliance.store.faults import explained
from appliance.vault import ciphers, witness
from appliance.vault.contents import Contents, digest
from appliance.vault.drafts import draft_of
from appliance.vault.faults import VaultLocked, WrongKey
from appliance.vault.files import VaultFiles
from appliance.vault.layout import KEY_BYTES, MAX_SLOTS, Kdf, Way
from appliance.vault.opened import Draft, Opened, authenticate, build, rewrapped, slot_for
from appliance.vault.saving import Means, Saving
from appliance.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.places import Places
    from appliance.vault.layout import Record, Slot
    from appliance.vault.ways import Opener


class Closer(Protocol):
    """A way to open a vault that can be set up."""

    way: Way

    def make(self, vault_id: bytes) -> bytes:
        """What the wrapping key is derived from, kept where the way will find it."""
        ...


def create(places: Places, closers: Sequence[Closer], *, means: Means | None = None) -> Vault:
    """Make the vault of this box, which each of `closers` will open.

    Raises:
        Conflict: `vault-there`, there is one.
        LunaError: a way could not be set up, or the file errors; nothing stands there then.
    """
    means, files = means or Means(), VaultFiles.of(places)
    if not closers:
        raise Usage("A vault needs at least one way to open it.", code="vault-ways")
    saving = Saving(places, files, means)
    with saving.locked():
        if saving.read() is not None:
            raise Conflict("There is a vault already.", code="vault-there")
        master, vault_id = means.random(KEY_BYTES), means.random(16)
        slots = tuple(_slot(closer, master, vault_id, means) for closer in closers)
        draft = Draft(master, slots, Contents(means.random(KEY_BYTES), ()), (), 0)
        data = build(draft, vault_id, 1, means.random)
        saving.write(None, data, lambda found: authenticate(found, master))
        opened = authenticate(data, master)
        with explained(files.seen, means.disk):
            means.hook("v9-remember")
            witness.remember(files.seen, opened.seen, means.disk)
    return Vault(places, means, opened, closers[0].way)


def add_way(vault: Vault, closer: Closer) -> None:
    """Let one more way open the vault; another of the same kind is replaced."""

    def wrapped(now: Opened, _generation: int) -> Draft:
        header = now.layout.header
        others = tuple(slot for slot in header.slots if slot.way is not closer.way)
        if len(others) >= MAX_SLOTS:
            raise Refused("The vault has as many ways to open it as one can have.", code="vault-ways")
        return draft_of(now, slots=(*others, _slot(closer, now.master, header.vault_id, vault.means)))

    vault.change(wrapped)


def remove_way(vault: Vault, way: Way) -> None:
    """Let one kind of way open the vault no longer.

    Raises:
        Refused: `vault-last-way`, it is the only one.
    """

    def without(now: Opened, _generation: int) -> Draft:
        kept = tuple(slot for slot in now.layout.header.slots if slot.way is not way)
        if not kept:
            raise Refused(
                "This is the only way to open the vault, so it stays.",
                hint="Add another one first: lunatui secrets add-way --help.",
                code="vault-last-way",
            )
        return draft_of(now, slots=kept)

    vault.change(without)


def rotate_master(vault: Vault, openers: Sequence[Opener], *, drop: bool = False) -> tuple[Way, ...]:
    """A new master key, under which every value is wrapped anew, in one save; copies of before go.

    Args:
        openers: give the secret of each way that is to open the new one as well.
        drop: ways whose secret is not at hand go, instead of stopping it.

    Returns:
        The ways that are left out.
    Raises:
        VaultLocked: `vault-way-missing`, a way is not at hand.
        WrongKey: the secret given for a way does not open the present vault.
    """
    dropped: list[Way] = []

    def renewed(now: Opened, _generation: int) -> Draft:
        header, random = now.layout.header, vault.means.random
        master = random(KEY_BYTES)
        slots = []
        for slot in header.slots:
            secret = _secret_of(slot, openers, header.vault_id)
            if secret is None:
                dropped.append(slot.way)
                continue
            slots.append(
                slot_for(
                    slot.way, secret, master, header.vault_id,
                    stretching=(slot.kdf, slot.costs), random=random,
                )
            )  # fmt: skip
        _require(slots, dropped, drop=drop)
        records = tuple(
            rewrapped(now.master, master, header.vault_id, record, random) for record in now.layout.records
        )
        items = _with_hashes(now.contents, records)
        return Draft(master, tuple(slots), items, records, len(records))

    vault.change(renewed)
    return tuple(dropped)


def _require(slots: list[Slot], dropped: list[Way], *, drop: bool) -> None:
    if not slots or (dropped and not drop):
        names = ", ".join(way.name.lower().replace("_", " ") for way in dropped)
        raise VaultLocked(
            f"To wrap the new master key, the secret of every way is needed; missing: {names}.",
            hint="Give the passphrase with --passphrase-stdin, or leave those ways out with --drop.",
            code="vault-way-missing",
        )


def _secret_of(slot: Slot, openers: Sequence[Opener], vault_id: bytes) -> bytes | None:
    """The secret of a slot's way, when it is at hand and the right one."""
    for opener in openers:
        secret = opener.secret(vault_id) if opener.way is slot.way else None
        if secret is None:
            continue
        if not ciphers.commits(ciphers.stretch(slot.kdf, slot.costs, secret, slot.salt), slot.commitment):
            raise WrongKey("This does not open the vault.")
        return secret
    return None


def _with_hashes(contents: Contents, records: tuple[Record, ...]) -> Contents:
    items = tuple(
        replace(item, sha256=digest(record)) for item, record in zip(contents.items, records, strict=True)
    )
    return replace(contents, items=items)


def _slot(closer: Closer, master: bytes, vault_id: bytes, means: Means) -> Slot:
    secret = closer.make(vault_id)
    stretching = means.stretching() if closer.way is Way.PASSPHRASE else (Kdf.HKDF, (0, 0, 0))
    return slot_for(closer.way, secret, master, vault_id, stretching=stretching, random=means.random)
