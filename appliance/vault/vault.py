"""The vault as the rest of the program sees it: names, values, one atomic save a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.places import Places
    from appliance.secret import Secret


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

    @classmethod
    def exists(cls, places: Places) -> bool:
        """Whether this box has a vault."""
        return (places.home / "vault" / "vault.lunatui").exists()

    @classmethod
    def open(cls, places: Places) -> Vault:
        """Open the vault of this box with its key file, or with the keychain where that answers.

        Raises:
            VaultMissing, VaultLocked, WrongKey, Tampered, RolledBack, TooNew, HostileParameters
        """
        raise NotImplementedError

    def names(self) -> tuple[str, ...]:
        """Names of all secrets, sorted."""
        raise NotImplementedError

    def entries(self) -> tuple[Entry, ...]:
        """What may be shown of each, sorted by name."""
        raise NotImplementedError

    def get(self, name: str) -> Secret:
        """The value; raises SecretUnknown."""
        raise NotImplementedError

    def put(self, name: str, value: Secret) -> None:
        """Store a new secret, or a new value of one; the value before is kept, encrypted, for a day."""
        raise NotImplementedError

    def delete(self, name: str) -> None:
        """Take a secret out; its value is kept, encrypted, for a day. Raises SecretUnknown."""
        raise NotImplementedError
