"""`secrets`: what lies in our own vault; values come in from a pipe or a file and are never shown."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from appliance.errors import Conflict, Refused
from appliance.ops.core import Call, Change, Done, Operation, Prepared, Risk, Undo, param
from appliance.ops.secrets_open import note_state, open_or_create, open_vault
from appliance.ops.secrets_refresh import refreshed, users_of
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.vault.vault import Vault

PASSPHRASE = "The passphrase or recovery key, where neither key file nor keychain opens the vault."  # noqa: S105 - words


@dataclass(frozen=True)
class SecretRow:
    """One secret, without its value."""

    name: str
    changed: str
    """UTC, ISO 8601, as `used`."""
    used: str
    """When OpenClaw last asked for it; empty when it never did."""
    fingerprint: str
    used_by: tuple[str, ...] = ()
    """The settings that refer to it."""


@dataclass(frozen=True)
class SecretList:
    """What the vault holds."""

    secrets: tuple[SecretRow, ...]


@dataclass(frozen=True)
class ListSecrets:
    """How the vault is opened."""

    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class SetSecret:
    """A name and its value."""

    name: str = param("What it is called, such as openai.", positional=True)
    value: Secret = param("The value.")
    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class OneSecret:
    """Which secret."""

    name: str = param("What it is called; secrets list shows the names.", positional=True)
    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class RevertSecret:
    """Which secret gets its former value back."""

    name: str = param("What it is called.", positional=True)
    expect: int = param("The version that must stand there now; 0 for any.", default=0)
    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class SecretChanged:
    """What the vault holds under a name now."""

    name: str
    version: int
    """0 when there is no value any more."""
    state: str
    """Whether OpenClaw uses it: `in use`, `not used by OpenClaw`, or why it does not yet."""


async def list_(box: Appliance, params: ListSecrets, call: Call) -> SecretList:
    """Names, ages, fingerprints and users; never a value."""
    from appliance.vault.vault import Vault

    if not Vault.exists(box.places):
        return SecretList(())
    users = users_of(box)
    return SecretList(
        tuple(
            SecretRow(
                item.name, moment(item.changed), moment(item.used), item.fingerprint, users.get(item.name, ())
            )
            for item in open_vault(box, call, params.passphrase).entries()
        )
    )


async def set_(box: Appliance, params: SetSecret, call: Call) -> Prepared[SecretChanged]:
    """Check the name; a box without a vault gets one."""
    from appliance.vault.contents import check_name
    from appliance.vault.vault import Vault

    name = check_name(params.name)
    is_new_vault = not Vault.exists(box.places)
    there = not is_new_vault and name in open_vault(box, call, params.passphrase).names()
    made = (Change("vault", "make one, opened by a key file of this account"),) if is_new_vault else ()

    async def commit() -> Done[SecretChanged]:
        vault = open_or_create(box, call, params.passphrase)
        before = vault.sha256
        vault.put(name, params.value)
        version = version_of(vault, name)
        undo = (
            Undo("secrets.revert", {"name": name, "expect": version})
            if there
            else Undo("secrets.delete", {"name": name})
        )
        return await _done(box, call, vault, name, before, undo)

    return Prepared((*made, Change(f"secret {name}", "a new value" if there else "keep it")), commit)


async def delete(box: Appliance, params: OneSecret, call: Call) -> Prepared[SecretChanged]:
    """Check that nothing uses it.

    Raises:
        SecretUnknown: there is none of that name.
        Refused: `secret-in-use`, the configuration refers to it.
    """
    vault = open_vault(box, call, params.passphrase)
    vault.get(params.name).wipe()
    if users := users_of(box).get(params.name):
        raise Refused(
            f"“{params.name}” is used by {', '.join(users)}, so it stays.",
            hint="Move it back first: lunatui secrets give-back PROVIDER, or give that setting another key.",
            code="secret-in-use",
        )

    async def commit() -> Done[SecretChanged]:
        before = vault.sha256
        vault.delete(params.name)
        return await _done(
            box, call, vault, params.name, before, Undo("secrets.revert", {"name": params.name})
        )

    return Prepared((Change(f"secret {params.name}", "take it out; kept, encrypted, for 24 hours"),), commit)


async def revert(box: Appliance, params: RevertSecret, call: Call) -> Prepared[SecretChanged]:
    """Check that the former value is still kept.

    Raises:
        SecretUnknown: `secret-not-kept`, its 24 hours are over.
        Conflict: `undo-moved`, there is a newer value than the one to be replaced.
    """
    from appliance.vault.faults import SecretUnknown

    vault = open_vault(box, call, params.passphrase)
    if vault.kept(params.name) is None:
        raise SecretUnknown(
            f"No former value of “{params.name}” is kept; they stay for 24 hours.", code="secret-not-kept"
        )
    if params.expect and version_of(vault, params.name) != params.expect:
        raise Conflict(
            f"“{params.name}” was changed again since, so its former value is not put back.",
            code="undo-moved",
        )

    async def commit() -> Done[SecretChanged]:
        before, had = vault.sha256, params.name in vault.names()
        vault.revert(params.name)
        back = {"name": params.name, "expect": version_of(vault, params.name)}
        undo = Undo("secrets.revert", back) if had else Undo("secrets.delete", {"name": params.name})
        return await _done(box, call, vault, params.name, before, undo)

    return Prepared((Change(f"secret {params.name}", "its former value is back"),), commit)


async def _done(
    box: Appliance, call: Call, vault: Vault, name: str, before: str, undo: Undo
) -> Done[SecretChanged]:
    note_state(box, call, vault)
    state = await refreshed(box, name)
    return Done(SecretChanged(name, version_of(vault, name), state), undo, before, vault.sha256)


def version_of(vault: Vault, name: str) -> int:
    """The version in use under a name; 0 when there is none."""
    item = vault.opened.contents.current(name)
    return item.version if item else 0


def moment(seconds: int) -> str:
    """UTC, ISO 8601; nothing for 0."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if seconds else ""


LIST = Operation(
    "secrets.list",
    "What the vault holds: names, ages and fingerprints, never a value",
    Risk.READ,
    ListSecrets,
    SecretList,
    run=list_,
    local=True,
)
SET = Operation(
    "secrets.set",
    "Keep a secret in the vault, or give it a new value",
    Risk.CHANGE,
    SetSecret,
    SecretChanged,
    prepare=set_,
)
DELETE = Operation(
    "secrets.delete",
    "Take a secret out of the vault",
    Risk.DANGER,
    OneSecret,
    SecretChanged,
    prepare=delete,
    consequence=lambda params: (
        f"“{params.name}” goes out of the vault; it can be brought back for 24 hours and then never again."
    ),
)
REVERT = Operation(
    "secrets.revert",
    "Bring the former value of a secret back",
    Risk.CHANGE,
    RevertSecret,
    SecretChanged,
    prepare=revert,
)

OPERATIONS = (LIST, SET, DELETE, REVERT)
