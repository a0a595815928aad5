"""`secrets.use`, `secrets.give-back`, `secrets.rotate`: a brain's key behind our vault, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Refused
from appliance.ops.core import Call, Change, Done, Event, Operation, Prepared, Risk, Undo, param
from appliance.ops.secrets_key import (
    key_at_hand,
    key_setting,
    name_in_vault,
    name_of_ours,
    refuse_other_program,
    require_opening_by_itself,
)
from appliance.ops.secrets_open import note_state, open_vault
from appliance.ops.secrets_refresh import reload, resolved_config, users_of
from appliance.ops.secrets_transfer import Transfer, require_answer
from appliance.ops.secrets_vault import PASSPHRASE, SecretChanged, version_of
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.providers.models import Provider
    from appliance.vault.vault import Vault

VAULT, STORE = "lunatui's vault", "OpenClaw's own store"


@dataclass(frozen=True)
class UseVault:
    """Whose key moves into the vault."""

    provider: str = param("Id of the brain; providers list shows them.", positional=True)
    value: Secret | None = param(
        "The key, where it cannot be read: OpenClaw's store never gives one back.", default=None
    )
    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class GiveBack:
    """Whose key goes back."""

    provider: str = param("Id of the brain.", positional=True)
    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class Rotate:
    """Which secret gets a new value."""

    name: str = param("What it is called; secrets list shows the names.", positional=True)
    value: Secret = param("The new value.")
    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class KeyMoved:
    """Where a brain's key lies now."""

    provider: str
    name: str
    """What it is called there."""
    where: str
    state: str
    """`saved and in use`, `saved, gateway down`, …; `unchanged`."""
    notes: tuple[str, ...] = ()


async def use(box: Appliance, params: UseVault, call: Call) -> Prepared[KeyMoved]:
    """Find the key, and check that the configuration may refer to the vault.

    Raises:
        NotFound: there is no such brain, or it has no entry of its own.
        Usage: `secret-needed`, its key is where nobody can read it.
        Refused: `vault-alias-taken`, another program has our name in the configuration.
    """
    from appliance.store.edits import Edit
    from appliance.vault import references, shim

    config = box.config.read().value
    path, current = key_setting(config, params.provider)
    refuse_other_program(config, box)
    require_opening_by_itself(box)
    name = name_in_vault(current, params.provider)
    key = params.value or key_at_hand(box, call, params.provider, current, name, params.passphrase)
    wanted = references.reference(name)
    move = [] if current == wanted else [Edit(path, wanted, expected=current)]
    edits = (*references.entry_edits(config, shim.path_of(box.places)), *move)
    prepared = box.config.prepare(edits)
    stored = (Change(f"secret {name}", "keep the key in the vault"),) if key is not None else ()

    async def commit() -> Done[KeyMoved]:
        if not (stored or prepared.changes):
            return Done(KeyMoved(params.provider, name, VAULT, "unchanged"))
        transfer = Transfer(box, call, params.provider)
        moved, saved = await transfer.into_vault(prepared, name, key, params.passphrase, before=current)
        _remember(box, path, current, name)
        undo = Undo("secrets.give-back", {"provider": params.provider})
        return Done(moved, undo, saved.before_sha256, saved.after_sha256)

    changes = (*stored, *(Change(item.name, f"ask {VAULT}") for item in prepared.changes))
    return Prepared(changes, commit, prepared.warnings)


def _remember(box: Appliance, path: tuple[str, ...], before: object, name: str) -> None:
    """A key that stood in clear lies in earlier copies too: `secrets move` knows it again by this note."""
    from appliance.hygiene.moves import Move, note
    from appliance.vault.references import ALIAS

    if isinstance(before, str) and before and not before.startswith("${"):
        mark = Secret(before).fingerprint(box.fingerprint_key())
        note(box.places, (Move(mark, path, "exec", ALIAS, name),))


async def give_back(box: Appliance, params: GiveBack, call: Call) -> Prepared[KeyMoved]:
    """Check that the key is in the vault and OpenClaw there to take it.

    Raises:
        Refused: `not-in-vault`, the brain's key comes from somewhere else.
        Unreachable: the Gateway does not answer.
    """
    from appliance.ops.provider_trial import require_gateway
    from appliance.providers.config import secret_reference
    from appliance.providers.slots import free_slot
    from appliance.store.edits import Edit, format_path
    from appliance.vault import references, shim

    config = box.config.read().value
    path, current = key_setting(config, params.provider)
    name = name_of_ours(config, box, current)
    if not name:
        raise Refused(
            f"The key of {params.provider} does not come from the vault.",
            hint="lunatui providers list shows where it comes from.",
            code="not-in-vault",
        )
    await require_gateway(box)
    key = open_vault(box, call, params.passphrase).get(name)
    slot = free_slot(config, params.provider)
    edits = [Edit(path, secret_reference(slot), expected=current)]
    others = references.referred(resolved_config(box), references.aliases(config, shim.path_of(box.places)))
    last = set(sum(others.values(), ())) == {format_path(path)}
    gone = references.entry_removal(config) if last else ()
    prepared = box.config.prepare([*edits, *gone], may_remove=tuple(edit.name for edit in gone))

    async def commit() -> Done[KeyMoved]:
        moved, saved = await Transfer(box, call, params.provider).into_store(prepared, slot, key)
        undo = Undo("secrets.use", {"provider": params.provider})
        return Done(moved, undo, saved.before_sha256, saved.after_sha256)

    changes = (Change(f"secret {slot}", f"store the key in {STORE}"),)
    return Prepared((*changes, *(Change(item.name, f"ask {STORE}") for item in prepared.changes)), commit)


async def rotate(box: Appliance, params: Rotate, call: Call) -> Prepared[SecretChanged]:
    """Try the new value with every brain that uses the secret.

    Raises:
        SecretUnknown: there is none of that name.
        LunaError: `provider-…`, a brain does not take the new value.
    """
    vault = open_vault(box, call, params.passphrase)
    vault.get(params.name).wipe()
    brains = _brains_of(box, params.name)
    for brain in brains:
        await _tried(brain, params.value, call)

    async def commit() -> Done[SecretChanged]:
        before = vault.sha256
        vault.put(params.name, params.value)
        note_state(box, call, vault)
        state = await reload(box) if users_of(box).get(params.name) else "not used by OpenClaw"
        await _keep_if_taken(box, call, vault, params.name, brains)
        version = version_of(vault, params.name)
        undo = Undo("secrets.revert", {"name": params.name, "expect": version})
        return Done(SecretChanged(params.name, version, state), undo, before, vault.sha256)

    tests = f"tested with {', '.join(brain.id for brain in brains)}" if brains else "a new value"
    return Prepared((Change(f"secret {params.name}", f"{tests}; the old one is kept for 24 hours"),), commit)


async def _keep_if_taken(
    box: Appliance, call: Call, vault: Vault, name: str, brains: tuple[Provider, ...]
) -> None:
    """Let OpenClaw try the new value; where it does not work, the old one is back."""
    try:
        for brain in brains:
            await require_answer(box, call, brain.id)
    except BaseException:
        vault.revert(name)
        note_state(box, call, vault)
        call.emit(Event("note", f"The value of “{name}” before is back: {await reload(box)}."))
        raise


def _brains_of(box: Appliance, name: str) -> tuple[Provider, ...]:
    """The providers whose key is this secret."""
    from appliance.providers.listing import list_providers

    settings = set(users_of(box).get(name, ()))
    found = list_providers(resolved_config(box))
    return tuple(item for item in found if f"models.providers.{item.id}.apiKey" in settings)


async def _tried(brain: Provider, value: Secret, call: Call) -> None:
    from appliance.ops.provider_trial import try_directly
    from appliance.providers.catalog import kind_named
    from appliance.providers.keys import clean_key

    kind = kind_named(brain.kind)
    with value.expose() as text:
        key = clean_key(text, kind, own_address=brain.base_url != kind.base_url)
    await try_directly(kind, brain.base_url, key, brain.models[:1], call, has_stored_key=False)


USE = Operation(
    "secrets.use",
    "Keep a brain's key in the vault, encrypted; OpenClaw asks for it there",
    Risk.CHANGE,
    UseVault,
    KeyMoved,
    prepare=use,
)
GIVE_BACK = Operation(
    "secrets.give-back",
    "Keep a brain's key in OpenClaw's own store again, where nothing else is needed",
    Risk.CHANGE,
    GiveBack,
    KeyMoved,
    prepare=give_back,
)
ROTATE = Operation(
    "secrets.rotate",
    "Give a secret a new value, tested before and after it is in use",
    Risk.CHANGE,
    Rotate,
    SecretChanged,
    prepare=rotate,
)

OPERATIONS = (USE, GIVE_BACK, ROTATE)
