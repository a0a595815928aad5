"""The vault in a restore: what it loses is told before, and afterwards what was restored is expected.

Whoever swaps the file without a restore is noticed as before: only the vault that a restore has put there is
noted as seen, by our own note, the record and the keychain.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from appliance.audit.events import VAULT_STATE
from appliance.store.disk import read_file, replace_file
from appliance.store.faults import explained
from appliance.store.names import temporary_beside
from appliance.vault.files import VaultFiles
from appliance.vault.layout import MAX_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.audit.log import AuditLog
    from appliance.backup.swap import Move, SwapPlan
    from appliance.backup.tape import Item
    from appliance.places import Places
    from appliance.store.disk import Disk

_KEY_BYTES = 4096


class VaultInArchive:
    """Takes the vault and its key file out of an archive that is being read; they stay in memory."""

    def __init__(self, places: Places) -> None:
        files = VaultFiles.of(places)
        self._vault = _entry(files.vault, places)
        self._key = _entry(files.key_file, places)
        self._found: dict[str, bytearray] = {}

    @property
    def vault(self) -> bytes:
        """The vault's file; empty when the archive holds none."""
        return bytes(self._found.get(self._vault, b""))

    @property
    def key(self) -> bytes:
        """Its key file; empty when the archive holds none."""
        return bytes(self._found.get(self._key, b""))

    def sink(self, item: Item) -> Callable[[bytes], None] | None:
        """For `reading.verify`."""
        limit = {self._vault: MAX_FILE, self._key: _KEY_BYTES}.get(item.name, -1)
        if item.is_folder or item.size > limit:
            return None
        return self._found.setdefault(item.name, bytearray()).extend


def keep_key(places: Places, moves: Sequence[Move], disk: Disk) -> None:
    """A vault that stays takes its key along into the folder of keys that comes from the archive.

    Raises:
        LunaError: it could not be written; nothing was moved yet.
    """
    files = VaultFiles.of(places)
    staged = {move.target: move.staged for move in moves}
    into = staged.get(str(files.key_file.parent))
    if str(files.vault.parent) in staged or into is None or not files.vault.exists():
        return
    for path in (files.key_file, files.seen):
        if path.exists():
            target = Path(into) / path.name
            with explained(target, disk):
                replace_file(disk, target, read_file(disk, path, _KEY_BYTES), temporary_beside(target))


def expect_restored(places: Places, disk: Disk, log: AuditLog, via: str) -> Callable[[SwapPlan], None]:
    """For `Swaps`: when a restore has moved a vault or its key, that vault is the one to be seen from now on.

    The callback raises LunaError when that could not be noted; the next start tries again.
    """

    def expect(plan: SwapPlan) -> None:
        from appliance.vault.restoring import accept_file

        files = VaultFiles.of(places)
        moved = {move.target for move in plan.moves}
        accepted = (
            accept_file(places, disk)
            if moved & {str(files.vault.parent), str(files.key_file.parent)}
            else None
        )
        if accepted is None:
            return
        seen, everywhere = accepted
        told = f"save {seen.generation}, put there by {plan.operation}"
        log.append(
            {
                "actor": plan.actor,
                "via": via,
                "op": VAULT_STATE,
                "risk": "read",
                "phase": "note",
                "result": told if everywhere else f"{told}; the keychain could not be told",
                "vault": seen.vault_id,
                "generation": seen.generation,
                "sha256": seen.sha256,
            }
        )

    return expect


def _entry(path: Path, places: Places) -> str:
    return f"lunatui/{path.relative_to(places.home)}"
