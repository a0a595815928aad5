"""`secrets`: the ways to open the vault, a new master key, and taking one that was put back."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from appliance.errors import Refused, Usage
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Risk, Undo, param
from appliance.ops.secrets_open import note_state, open_vault, openers_at_hand
from appliance.ops.secrets_refresh import users_of
from appliance.ops.secrets_vault import PASSPHRASE
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.vault.layout import Way as VaultWay
    from appliance.vault.mastering import Closer
    from appliance.vault.vault import Vault


class Way(Enum):
    """A way to open the vault."""

    PASSPHRASE = "passphrase"  # noqa: S105 - what it is called
    KEYCHAIN = "keychain"
    RECOVERY = "recovery"
    KEY_FILE = "key-file"


@dataclass(frozen=True)
class AddWay:
    """Which way to add."""

    way: Way = param("passphrase, keychain, recovery or key-file.", positional=True)
    new: Secret | None = param("The new passphrase.", default=None)
    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class RemoveWay:
    """Which way to remove."""

    way: Way = param("passphrase, keychain, recovery or key-file.", positional=True)
    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class RotateMaster:
    """How the new master key is to be wrapped."""

    passphrase: Secret | None = param("The vault's passphrase, where it has one.", default=None)
    drop: bool = param("Leave out ways whose secret is not at hand.", default=False)


@dataclass(frozen=True)
class Accept:
    """How the vault is opened."""

    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class WaysChanged:
    """How the vault is opened now."""

    ways: tuple[str, ...]
    save: int
    dropped: tuple[str, ...] = ()
    recovery_key: str = ""
    """Shown this once; write it down."""


@dataclass(frozen=True)
class Connected:
    """What was done to the program that OpenClaw starts."""

    path: str
    written: bool


async def add_way(box: Appliance, params: AddWay, call: Call) -> Prepared[WaysChanged]:
    """Open the vault, and check that the new way can be set up."""
    if params.way is Way.PASSPHRASE and params.new is None:
        raise Usage(
            "The new passphrase is needed.", hint="Give it with --new-stdin.", code="passphrase-needed"
        )
    vault = open_vault(box, call, params.passphrase)

    async def commit() -> Done[WaysChanged]:
        from appliance.vault.mastering import add_way as add

        before, (closer, code) = vault.sha256, _closer(box, params)
        add(vault, closer)
        note_state(box, call, vault)
        changed = WaysChanged(_ways(vault), vault.generation, recovery_key=code)
        undo = Undo("secrets.remove-way", {"way": params.way.value})
        return Done(changed, undo, before, vault.sha256)

    return Prepared((Change("vault", f"may be opened by: {params.way.value}"),), commit)


async def remove_way(box: Appliance, params: RemoveWay, call: Call) -> Prepared[WaysChanged]:
    """Open the vault; the last way stays, and the last by which it opens itself while OpenClaw needs that.

    Raises:
        Refused: `vault-needs-key-file`.
    """
    vault = open_vault(box, call, params.passphrase)
    _refuse_locking_out(box, vault, params.way)

    async def commit() -> Done[WaysChanged]:
        from appliance.vault.mastering import remove_way as remove

        before = vault.sha256
        remove(vault, _in_vault(params.way))
        note_state(box, call, vault)
        return Done(WaysChanged(_ways(vault), vault.generation), None, before, vault.sha256)

    change = Change("vault", f"is no longer opened by: {params.way.value}")
    return Prepared((change,), commit)


async def rotate_master(box: Appliance, params: RotateMaster, call: Call) -> Prepared[WaysChanged]:
    """Open the vault; every value gets wrapped anew in one save."""
    vault = open_vault(box, call, params.passphrase)

    async def commit() -> Done[WaysChanged]:
        from appliance.vault.mastering import rotate_master as rotate

        before = vault.sha256
        dropped = rotate(vault, openers_at_hand(box, params.passphrase), drop=params.drop)
        note_state(box, call, vault)
        names = tuple(way.name.lower().replace("_", "-") for way in dropped)
        return Done(WaysChanged(_ways(vault), vault.generation, names), None, before, vault.sha256)

    words = "a new master key; earlier copies that the old one opens are removed"
    return Prepared((Change("vault", words),), commit)


async def accept(box: Appliance, params: Accept, call: Call) -> Prepared[WaysChanged]:
    """Open the vault as it is, whatever was seen before."""
    from appliance.vault.faults import RolledBack

    found: tuple[Change, ...] = ()
    try:
        vault = open_vault(box, call, params.passphrase)
    except RolledBack as error:
        found = (Change("vault", f"take it as it is: {error.message}"),)

    async def commit() -> Done[WaysChanged]:
        taken = open_vault(box, call, params.passphrase, accept=True) if found else vault
        if found:
            note_state(box, call, taken)
        return Done(WaysChanged(_ways(taken), taken.generation), None, "", taken.sha256)

    return Prepared(found, commit)


async def connect(box: Appliance, _params: Nothing, _call: Call) -> Prepared[Connected]:
    """Compare the program that OpenClaw starts with what it should be."""
    from appliance.vault import shim

    path = shim.path_of(box.places)
    wrong = shim.problem(box.places)

    async def commit() -> Done[Connected]:
        return Done(Connected(str(path), shim.install(box.places, box.config.disk)))

    return Prepared((Change(str(path), f"write it anew: {wrong}"),) if wrong else (), commit)


def _refuse_locking_out(box: Appliance, vault: Vault, way: Way) -> None:
    """Raise `Refused` when OpenClaw would get no key any more, for want of somebody to type."""
    used = users_of(box)
    by_itself = {_in_vault(Way.KEY_FILE), _in_vault(Way.KEYCHAIN)}
    left = {slot.way for slot in vault.opened.layout.header.slots} - {_in_vault(way)}
    if used and _in_vault(way) in by_itself and not left & by_itself:
        raise Refused(
            f"OpenClaw asks the vault for {', '.join(sorted(used))} when nobody is there to type, and "
            f"nothing but the {way.value} opens it then.",
            hint="Give the keys back first: lunatui secrets give-back PROVIDER; or add another way.",
            code="vault-needs-key-file",
        )


def _closer(box: Appliance, params: AddWay) -> tuple[Closer, str]:
    """The way to set up, and the recovery key when it is one."""
    from appliance.vault.files import VaultFiles
    from appliance.vault.keychain import Keychain
    from appliance.vault.recovery import new_code
    from appliance.vault.ways import KeychainItem, KeyFile, Passphrase, RecoveryCode

    if params.way is Way.PASSPHRASE and params.new is not None:
        return Passphrase(params.new), ""
    if params.way is Way.KEYCHAIN:
        return KeychainItem(Keychain.of_system()), ""
    if params.way is Way.KEY_FILE:
        return KeyFile(VaultFiles.of(box.places).key_file), ""
    code = new_code()
    return RecoveryCode(Secret(code)), code


def _in_vault(way: Way) -> VaultWay:
    from appliance.vault.layout import Way as VaultWay

    return VaultWay[way.name]


def _ways(vault: Vault) -> tuple[str, ...]:
    return tuple(slot.way.name.lower().replace("_", "-") for slot in vault.opened.layout.header.slots)


ADD_WAY = Operation(
    "secrets.add-way",
    "Let a passphrase, the keychain, a recovery key or a key file open the vault",
    Risk.CHANGE,
    AddWay,
    WaysChanged,
    prepare=add_way,
    local=True,
)
REMOVE_WAY = Operation(
    "secrets.remove-way",
    "Let one way open the vault no longer",
    Risk.DANGER,
    RemoveWay,
    WaysChanged,
    prepare=remove_way,
    local=True,
    consequence=lambda params: (
        f"The {params.way.value} no longer opens the vault; whoever has only that loses every secret in it."
    ),
    no_undo="Add the way again; its secret is not kept anywhere.",
)
ROTATE_MASTER = Operation(
    "secrets.rotate-master",
    "Give the vault a new master key and wrap every secret anew",
    Risk.CHANGE,
    RotateMaster,
    WaysChanged,
    prepare=rotate_master,
    local=True,
    no_undo="The secrets stay as they are; an old master key is of no use to anybody.",
)
ACCEPT = Operation(
    "secrets.accept",
    "Take the vault as it is after an earlier one was put back",
    Risk.DANGER,
    Accept,
    WaysChanged,
    prepare=accept,
    local=True,
    consequence=lambda _params: (
        "The vault is taken as it is. Secrets that were changed since that state are the old ones again."
    ),
    no_undo="Put the later vault back from a backup instead.",
)
CONNECT = Operation(
    "secrets.connect",
    "Write the program anew that OpenClaw starts to ask the vault",
    Risk.CHANGE,
    Nothing,
    Connected,
    prepare=connect,
    local=True,
    no_undo="A program that did not fit is of no use to anybody.",
)

OPERATIONS = (ADD_WAY, REMOVE_WAY, ROTATE_MASTER, ACCEPT, CONNECT)
