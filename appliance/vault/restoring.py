"""Putting an earlier copy of the vault back in its place; what stood there is put aside first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.store.disk import read_file
from appliance.store.faults import explained
from appliance.values import dataclass
from appliance.vault.faults import SecretUnknown
from appliance.vault.files import VaultFiles
from appliance.vault.layout import MAX_FILE, parse
from appliance.vault.opened import authenticate, unlock
from appliance.vault.saving import Means, Saving, copies
from appliance.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.places import Places
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


def _opened(path: Path, openers: Sequence[Opener], means: Means) -> Opened:
    with explained(path, means.disk, doing="read"):
        data = read_file(means.disk, path, MAX_FILE)
    layout = parse(data)
    master, _way = unlock(layout, openers, means.limits)
    opened = authenticate(data, master, layout)
    for item in opened.contents.items:
        opened.value(item)
    return opened
