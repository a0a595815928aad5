"""Putting an earlier copy of the vault back in its place; what stood there is put aside first."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from appliance.errors import Invalid, LunaError
from appliance.places import private_dir
from appliance.store.disk import read_file
from appliance.store.faults import explained
from appliance.values import dataclass
from appliance.vault import witness
from appliance.vault.faults import SecretUnknown
from appliance.vault.files import VaultFiles
from appliance.vault.keychain import Keychain
from appliance.vault.layout import MAX_FILE, Way, parse
from appliance.vault.opened import authenticate, unlock
from appliance.vault.saving import Means, Saving, copies
from appliance.vault.vault import Vault
from appliance.vault.witness import Seen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.places import Places
    from appliance.store.disk import Disk
    from appliance.vault.opened import Opened
    from appliance.vault.ways import Opener


@dataclass(frozen=True)
class Copy:
    """An earlier state of the vault."""

    id: str
    generation: int
    secrets: int
    """How many it holds; -1 when it cannot be opened with what is at hand."""
    saved: float
    """Unix time in seconds."""


def list_copies(places: Places, openers: Sequence[Opener], *, means: Means | None = None) -> tuple[Copy, ...]:
    """Those in the ring, newest first."""
    means, found = means or Means(), []
    for path in reversed(copies(VaultFiles.of(places).ring)):
        try:
            opened = _opened(path, openers, means)
            held = sum(1 for item in opened.contents.items if not item.until)
            generation = opened.layout.header.generation
        except LunaError:
            held, generation = -1, int(path.name.partition("-")[0])
        found.append(Copy(path.stem, generation, held, path.stat().st_mtime))
    return tuple(found)


def restore(places: Places, copy: str, openers: Sequence[Opener], *, means: Means | None = None) -> Vault:
    """Put a copy back, opened and decrypted first; the file it replaces goes into the ring.

    Raises:
        SecretUnknown: `vault-copy-unknown`.
        LunaError: it cannot be opened; nothing was changed.
    """
    means, files = means or Means(), VaultFiles.of(places)
    path = next((path for path in copies(files.ring) if path.stem == copy), None)
    if path is None:
        raise SecretUnknown(
            f"There is no copy “{copy}” of the vault.",
            hint="lunatui secrets copies lists them.",
            code="vault-copy-unknown",
        )
    saving = Saving(places, files, means)
    with saving.locked():
        opened = _opened(path, openers, means)
        data, before = read_file(means.disk, path, MAX_FILE), saving.read()
        saving.write(before, data, lambda found: authenticate(found, opened.master))
    return Vault.open(places, openers, means=means, accept=True)


def lost(now: Opened, then: Opened) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What going from `now` to `then` costs: names that go, and names that get another value; both sorted."""
    before, after = _values(now), _values(then)
    going = sorted(set(before) - set(after))
    other = sorted(name for name in set(before) & set(after) if before[name] != after[name])
    return tuple(going), tuple(other)


def accept_file(places: Places, disk: Disk) -> tuple[Seen, bool] | None:
    """Expect from now on the vault that lies there, which somebody was allowed to put there; it stays locked.

    Returns what was noted, and whether the keychain knows it too where it has to; None where no vault can be
    read, which opening it will say.

    Raises:
        LunaError: the note could not be written.
    """
    files = VaultFiles.of(places)
    with explained(files.seen, disk):
        try:
            data = read_file(disk, files.vault, MAX_FILE)
            header = parse(data).header
        except (FileNotFoundError, Invalid):
            return None
        seen = Seen(header.vault_id.hex(), header.generation, hashlib.sha256(data).hexdigest())
        private_dir(files.seen.parent)
        witness.remember(files.seen, seen, disk)
    is_in_keychain = any(slot.way is Way.KEYCHAIN for slot in header.slots)
    return seen, not is_in_keychain or witness.tell_keychain(Keychain.of_system(), seen)


def opened_from(data: bytes, openers: Sequence[Opener], means: Means | None = None) -> Opened:
    """The vault in these bytes, opened and all of it decrypted.

    Raises:
        LunaError: it cannot be opened with these.
    """
    means = means or Means()
    layout = parse(data)
    master, _way = unlock(layout, openers, means.limits)
    opened = authenticate(data, master, layout)
    for item in opened.contents.items:
        opened.value(item)
    return opened


def _values(opened: Opened) -> dict[str, tuple[str, int]]:
    return {item.name: (item.id, item.version) for item in opened.contents.items if not item.until}


def _opened(path: Path, openers: Sequence[Opener], means: Means) -> Opened:
    with explained(path, means.disk, doing="read"):
        data = read_file(means.disk, path, MAX_FILE)
    return opened_from(data, openers, means)
