"""Where a brain's key stands in the configuration, its name in our vault, and how to get hold of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError, Note, NotFound, Refused, Usage
from appliance.ops.secrets_open import open_vault
from appliance.secret import Secret

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.ops.core import Call


def key_setting(config: dict[str, Any], provider: str) -> tuple[tuple[str, ...], object]:
    """Where the key of a brain stands in the configuration, and what stands there."""
    from appliance.providers.config import PROVIDERS, value_at
    from appliance.providers.listing import require_provider

    require_provider(config, provider)
    if not isinstance(value_at(config, (*PROVIDERS, provider)), dict):
        raise NotFound(
            f"{provider} has no entry of its own in the configuration, so its key cannot be moved.",
            hint="Add it with a key first: lunatui providers add",
            code="provider-no-entry",
        )
    path = (*PROVIDERS, provider, "apiKey")
    return path, value_at(config, path)


def key_at_hand(
    box: Appliance, call: Call, provider: str, current: object, name: str, passphrase: Secret | None
) -> Secret | None:
    """The key to put into the vault; None when it lies there already.

    Raises:
        Usage: `secret-needed`.
    """
    from appliance.providers.listing import require_provider
    from appliance.vault.vault import Vault

    if isinstance(current, str) and require_provider(box.config.read().value, provider).key.kind == "clear":
        return Secret(current)
    if Vault.exists(box.places) and name in open_vault(box, call, passphrase).names():
        return None
    raise Usage(
        f"The key of {provider} is kept where it cannot be read, so it has to be given once more.",
        hint=f"lunatui secrets use {provider} --value-stdin; a freshly made key is best.",
        code="secret-needed",
    )


def require_opening_by_itself(box: Appliance) -> None:
    """Raise `Refused` (`vault-needs-key-file`) for a vault that only a person can open."""
    from appliance.store.disk import read_file
    from appliance.store.faults import explained
    from appliance.vault.files import VaultFiles
    from appliance.vault.layout import MAX_FILE, Way, parse

    path = VaultFiles.of(box.places).vault
    with explained(path, box.config.disk, doing="read"):
        try:
            slots = parse(read_file(box.config.disk, path, MAX_FILE)).header.slots
        except FileNotFoundError:  # a new one gets a key file
            return
    if not any(slot.way in (Way.KEY_FILE, Way.KEYCHAIN) for slot in slots):
        raise Refused(
            "OpenClaw asks for its keys when nobody is there to type, and only a person can open this vault.",
            hint="lunatui secrets add-way key-file lets the box open it by itself.",
            code="vault-needs-key-file",
        )


def refuse_other_program(config: dict[str, Any], box: Appliance) -> None:
    from appliance.store.edits import lookup
    from appliance.vault import references, shim

    entry = lookup(config, (*references.PROVIDERS, references.ALIAS))
    command = entry.get("command") if isinstance(entry, dict) else None
    if command and not str(command).endswith(f"/bin/{shim.path_of(box.places).name}"):
        raise Refused(
            f"secrets.providers.{references.ALIAS} starts another program: {command}.",
            hint="Remove that entry first, or rename it.",
            code="vault-alias-taken",
        )


def name_of_ours(config: dict[str, Any], box: Appliance, current: object) -> str:
    """The name in our vault that a setting refers to; empty when it refers to something else."""
    from appliance.vault import references, shim

    ours = references.aliases(config, shim.path_of(box.places))
    return next(iter(references.referred(current, ours)), "")


def name_in_vault(current: object, provider: str) -> str:
    from appliance.vault.contents import check_name
    from appliance.vault.references import ALIAS

    if isinstance(current, dict) and (current.get("source"), current.get("provider")) == ("exec", ALIAS):
        return check_name(str(current.get("id")))
    try:
        return check_name(f"providers/{provider}")
    except LunaError:
        return f"providers/{hashlib.sha256(provider.encode()).hexdigest()[:16]}"


def leaving_vault(box: Appliance, provider: str, key: str) -> tuple[Note, ...]:
    """What is to be said of a new key for a brain whose present one lies in the vault."""
    from appliance.providers.listing import list_providers

    found = list_providers(box.config.read().value)
    if not key or not any(item.id == provider and item.key.kind == "vault" for item in found):
        return ()
    words = "The new key goes into OpenClaw's own store; lunatui secrets use moves it into the vault again."
    return (Note("key-leaves-vault", words),)
