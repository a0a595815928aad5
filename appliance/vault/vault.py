"""The vault as the rest of the program sees it: names, values, one atomic save a change."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from appliance.errors import Conflict, Usage
from appliance.parsing import json_value, small_file
from appliance.places import write_private
from appliance.secret import Secret, expect_secret
from appliance.store.faults import explained
from appliance.values import dataclass
from appliance.vault import ciphers, patience, witness
from appliance.vault.contents import check_name
from appliance.vault.drafts import purged, tried, with_value, without
from appliance.vault.faults import RolledBack, SecretUnknown, VaultMissing
from appliance.vault.files import VaultFiles
from appliance.vault.keychain import Keychain
from appliance.vault.layout import Way, parse
from appliance.vault.opened import authenticate, build, unlock
from appliance.vault.saving import Means, Saving
from appliance.vault.ways import TYPED, usual_ways

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from appliance.places import Places
    from appliance.vault.contents import Item
    from appliance.vault.opened import Draft, Opened
    from appliance.vault.ways import Opener
    from appliance.vault.witness import Seen

KEPT_S = 24 * 3600
"""How long a former or deleted value stays, encrypted."""
LONGEST_VALUE = 64 * 1024
"""Bytes, as in OpenClaw's own store."""


@dataclass(frozen=True)
class Entry:
    """What may be shown of one secret."""

    name: str
    version: int
    """1 for the first value of this name."""
    created: int
    """Unix time in seconds, as the other two."""
    changed: int
    used: int
    """Last time it was handed to OpenClaw; 0 for never."""
    fingerprint: str
    """`fp:` and 8 hex digits, with a key of this vault alone."""


class Vault:
    """An opened vault. Every change is one save: all of it is on the disk when the call returns."""

    def __init__(self, places: Places, means: Means, opened: Opened, way: Way) -> None:
        """Use `open` or `create`."""
        self.places = places
        self.means = means
        self._files = VaultFiles.of(places)
        self._saving = Saving(places, self._files, means)
        self._opened = opened
        self.way = way
        """What opened it."""

    @classmethod
    def exists(cls, places: Places) -> bool:
        """Whether this box has a vault."""
        return VaultFiles.of(places).vault.exists()

    @classmethod
    def open(
        cls,
        places: Places,
        openers: Sequence[Opener] | None = None,
        *,
        means: Means | None = None,
        witnesses: Iterable[Seen] = (),
        accept: bool = False,
    ) -> Vault:
        """Open the vault of this box: with its key file, or what else is given.

        Args:
            openers: tried in this order; the key file and the keychain when left out.
            witnesses: states that others have seen, besides our own note.
            accept: take the vault as it is, whatever was seen before.

        Raises:
            VaultMissing, VaultLocked, WrongKey, TooSoon, Tampered, RolledBack, TooNew, HostileParameters
        """
        means = means or Means()
        ways = usual_ways(VaultFiles.of(places)) if openers is None else openers
        while True:
            vault = cls._opened_once(places, ways, means)
            if accept:
                vault.remember()
                return vault
            try:
                vault._check_seen(tuple(witnesses))
            except RolledBack:
                if vault._is_still_there():
                    raise
                continue  # another process of ours saved between our reading the file and the note
            return vault

    @classmethod
    def _opened_once(cls, places: Places, ways: Sequence[Opener], means: Means) -> Vault:
        expect_secret()
        files = VaultFiles.of(places)
        data = Saving(places, files, means).read()
        if data is None:
            raise VaultMissing("There is no vault yet.", hint="lunatui secrets set NAME makes one.")
        layout = parse(data)
        with patience.asked(files.attempts, means.clock, typed=any(way.way in TYPED for way in ways)):
            master, way = unlock(layout, ways, means.limits)
        return cls(places, means, authenticate(data, master, layout), way)

    @property
    def generation(self) -> int:
        """Number of the save this is."""
        return self._opened.layout.header.generation

    @property
    def sha256(self) -> str:
        """Of the file."""
        return self._opened.sha256

    @property
    def opened(self) -> Opened:
        """The checked file."""
        return self._opened

    def names(self) -> tuple[str, ...]:
        """Names of all secrets, sorted."""
        return tuple(sorted(item.name for item in self._opened.contents.items if not item.until))

    def entries(self) -> tuple[Entry, ...]:
        """What may be shown of each, sorted by name."""
        used = _used(self._files)
        key = self._opened.contents.fingerprint_key
        found = (self._required(name) for name in self.names())
        return tuple(
            Entry(
                item.name,
                item.version,
                item.created,
                item.changed,
                used.get(item.id, 0),
                self._secret(item).fingerprint(key),
            )
            for item in found
        )

    def get(self, name: str) -> Secret:
        """The value; raises SecretUnknown."""
        return self._secret(self._required(name))

    def put(self, name: str, value: Secret) -> None:
        """Store a new secret, or a new value of one; the value before is kept, encrypted, for a day."""
        check_name(name)
        with value.expose() as text:
            plain = text.encode()
        if not plain or len(plain) > LONGEST_VALUE:
            raise Usage(f"A secret has 1 to {LONGEST_VALUE:,} bytes.", code="secret-length")
        moment, random = self._moment(), self.means.random
        self.change(lambda now, generation: with_value(now, generation, name, plain, moment, random))

    def delete(self, name: str) -> None:
        """Take a secret out; its value is kept, encrypted, for a day. Raises SecretUnknown."""
        self._required(name)

        until = self._moment() + KEPT_S
        self.change(lambda now, _generation: without(now, name, until))

    def kept(self, name: str) -> Item | None:
        """The former value of a name that `revert` would bring back."""
        item = self._opened.contents.kept(name)
        return item if item is not None and item.until > self._moment() else None

    def revert(self, name: str) -> None:
        """Bring the former value of a name back as its newest; what it replaces is kept for a day.

        Raises:
            SecretUnknown: none is kept.
        """
        kept = self.kept(name)
        if kept is None:
            raise SecretUnknown(f"No former value of “{name}” is kept any more.", code="secret-not-kept")
        self.put(name, Secret(self._opened.value(kept).decode()))

    def note_use(self, names: Iterable[str]) -> None:
        """Remember that OpenClaw asked for these just now; raises LunaError."""
        used, now = _used(self._files), self._moment()
        used |= {self._required(name).id: now for name in names}
        write_private(self._files.used, json.dumps(used).encode())

    def change(self, make: Callable[[Opened, int], Draft]) -> None:
        """One save: `make` turns the newest state and the next generation into a draft.

        Raises:
            Conflict: the master key was renewed by another process meanwhile.
            LunaError: the file errors; the old vault is whole then.
        """
        with self._saving.locked():
            before = self._saving.read()
            if before is None:
                raise VaultMissing("The vault has gone while it was open.", code="vault-gone")
            now = self._again(before)
            generation = now.layout.header.generation + 1
            draft = purged(make(now, generation), self._moment())
            after = build(draft, now.layout.header.vault_id, generation, self.means.random)
            self._saving.write(before, after, lambda data: tried(data, draft.master))
            self._opened = authenticate(after, draft.master)
            self._settle(after, new_master=draft.master != now.master)

    def _check_seen(self, witnesses: tuple[Seen, ...]) -> None:
        now, known = self._opened.seen, self._remembered()
        told = witness.in_keychain(Keychain.of_system(), now.vault_id) if self.way is Way.KEYCHAIN else ()
        witness.check(now, (*known, *told, *witnesses))
        if known != (now,):
            # A process was killed between the save and the note of it.
            with self._saving.locked():
                if self._is_still_there():
                    self.remember()

    def _remembered(self) -> tuple[Seen, ...]:
        with explained(self._files.seen, self.means.disk, doing="read"):
            return witness.remembered(self._files.seen, self.means.disk)

    def _is_still_there(self) -> bool:
        data = self._saving.read()
        return data is not None and hashlib.sha256(data).hexdigest() == self._opened.sha256

    def remember(self) -> None:
        """Note this state as the one that was seen."""
        with explained(self._files.seen, self.means.disk):
            witness.remember(self._files.seen, self._opened.seen, self.means.disk)
        if self.way is Way.KEYCHAIN:
            # It has just answered; should it be locked by now, it keeps knowing an earlier state.
            witness.tell_keychain(Keychain.of_system(), self._opened.seen)

    def _settle(self, after: bytes, *, new_master: bool) -> None:
        self.means.hook("v9-remember")
        self.remember()
        if new_master:
            with explained(self._files.ring, self.means.disk):
                self._saving.put_aside(after)
        self._saving.thin_out(self._opened.layout.header.commitment)

    def _again(self, data: bytes) -> Opened:
        """The file as it is now, opened with the key of before."""
        layout = parse(data)
        if not ciphers.commits(self._opened.master, layout.header.commitment):
            raise Conflict(
                "The vault's master key was renewed meanwhile; open it again.", code="vault-changed"
            )
        now = authenticate(data, self._opened.master, layout)
        witness.check(now.seen, (*self._remembered(), self._opened.seen))
        return now

    def _required(self, name: str) -> Item:
        item = self._opened.contents.current(name)
        if item is None:
            raise SecretUnknown(
                f"The vault holds no secret “{name}”.", hint="lunatui secrets list shows what it holds."
            )
        return item

    def _secret(self, item: Item) -> Secret:
        return Secret(self._opened.value(item).decode())

    def _moment(self) -> int:
        return int(self.means.clock())


def _used(files: VaultFiles) -> dict[str, int]:
    """When each secret was last asked for, by its id; a lost note only forgets ages."""
    try:
        found = json_value(small_file(files.used))
        return {str(key): int(value) for key, value in found.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError, OverflowError):
        return {}
