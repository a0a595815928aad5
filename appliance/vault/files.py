"""Where a vault and what belongs to it lie in our own folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.places import Places

NAME = "vault.lunatui"


@dataclass(frozen=True)
class VaultFiles:
    """All paths of one vault. The key and the memory of it lie apart from the file they guard."""

    vault: Path
    ring: Path
    """Folder of the five earlier copies."""
    key_file: Path
    seen: Path
    """Generation and hash of the vault as it was last seen."""
    attempts: Path
    """Wrong passphrases since the last right one."""
    used: Path
    """When OpenClaw last asked for each secret."""

    @classmethod
    def of(cls, places: Places) -> VaultFiles:
        """Those of this box."""
        folder = places.home / "vault"
        return cls(
            folder / NAME,
            places.backups_dir / "vault",
            places.identity_dir / "vault.key",
            places.identity_dir / "vault-seen.json",
            folder / "attempts.json",
            folder / "used.json",
        )
