"""How an operation opens the vault: by itself where it can, with a passphrase where one is given; noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.audit.events import VAULT_STATE, VAULT_WRONG_KEY
from appliance.ops.dispatch import record_event
from appliance.vault.faults import VaultLocked, VaultMissing, WrongKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.api import Appliance
    from appliance.ops.core import Call
    from appliance.secret import Secret
    from appliance.vault.vault import Vault
    from appliance.vault.ways import Opener
    from appliance.vault.witness import Seen

_LOOK_BACK = 2_000
"""Records among which the last such note is looked for."""


def open_vault(
    box: Appliance, call: Call, passphrase: Secret | None = None, *, accept: bool = False
) -> Vault:
    """The vault, opened with its key file or the keychain, else with the passphrase or recovery key.

    Raises:
        VaultMissing, VaultLocked, WrongKey, TooSoon, Tampered, RolledBack, TooNew, HostileParameters
    """
    from appliance.vault.vault import Vault
    from appliance.vault.ways import typed

    known = _in_record(box)
    try:
        return Vault.open(box.places, witnesses=known, accept=accept)
    except (VaultLocked, WrongKey):
        if passphrase is None:
            raise
    try:
        return Vault.open(box.places, [typed(passphrase)], witnesses=known, accept=accept)
    except WrongKey:
        record_event(box, call, VAULT_WRONG_KEY, "vault-wrong-key", phase="refusal")
        raise


def open_or_create(box: Appliance, call: Call, passphrase: Secret | None) -> Vault:
    """The vault; a box that has none gets one that its key file opens, and the passphrase if one is given."""
    from appliance.vault.files import VaultFiles
    from appliance.vault.mastering import Closer, create
    from appliance.vault.ways import KeyFile, Passphrase

    try:
        return open_vault(box, call, passphrase)
    except VaultMissing:
        closers: list[Closer] = [KeyFile(VaultFiles.of(box.places).key_file)]
        if passphrase is not None:
            closers.append(Passphrase(passphrase))
        return create(box.places, closers)


def openers_at_hand(box: Appliance, passphrase: Secret | None) -> Sequence[Opener]:
    """Every way whose secret can be had now."""
    from appliance.vault.files import VaultFiles
    from appliance.vault.ways import typed, usual_ways

    given = (typed(passphrase),) if passphrase is not None else ()
    return (*usual_ways(VaultFiles.of(box.places)), *given)


def note_state(box: Appliance, call: Call, vault: Vault) -> None:
    """Have the record remember which state of the vault is the newest.

    Raises:
        AuditUnavailable: it could not be written.
    """
    seen = vault.opened.seen
    state: dict[str, Any] = {"vault": seen.vault_id, "generation": seen.generation, "sha256": seen.sha256}
    record_event(box, call, VAULT_STATE, f"save {seen.generation}", **state)


def _in_record(box: Appliance) -> tuple[Seen, ...]:
    """The last state of the vault that the record knows."""
    from appliance.vault.witness import Seen

    for record in reversed(box.audit.newest(_LOOK_BACK)):
        if record.get("op") == VAULT_STATE:
            generation = record.get("generation")
            if isinstance(generation, int):
                return (Seen(str(record.get("vault")), generation, str(record.get("sha256"))),)
    return ()
