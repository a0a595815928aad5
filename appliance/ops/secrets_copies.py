"""`secrets.copies` and `secrets.restore`: earlier states of the vault, and putting one back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import LunaError, NotFound
from appliance.ops.core import Call, Change, Done, Operation, Prepared, Risk, param
from appliance.ops.secrets_open import note_state, openers_at_hand
from appliance.ops.secrets_vault import PASSPHRASE, moment
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance


@dataclass(frozen=True)
class ListCopies:
    """How the copies are opened."""

    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class RestoreCopy:
    """Which copy is put back."""

    copy: str = param("Its id; secrets copies lists them.", positional=True)
    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class CopyRow:
    """One earlier state."""

    id: str
    save: int
    saved: str
    """UTC, ISO 8601."""
    secrets: str
    """How many it holds, or that it cannot be opened."""


@dataclass(frozen=True)
class VaultCopies:
    """The earlier states, newest first."""

    copies: tuple[CopyRow, ...]


@dataclass(frozen=True)
class VaultRestored:
    """The vault after a copy was put back."""

    save: int
    names: tuple[str, ...]


async def copies(box: Appliance, params: ListCopies, _call: Call) -> VaultCopies:
    """The copies in the ring, each opened."""
    from appliance.vault.restoring import list_copies

    return VaultCopies(
        tuple(
            CopyRow(
                item.id,
                item.generation,
                moment(int(item.saved)),
                str(item.secrets) if item.secrets >= 0 else "cannot be opened",
            )
            for item in list_copies(box.places, openers_at_hand(box, params.passphrase))
        )
    )


async def restore(box: Appliance, params: RestoreCopy, call: Call) -> Prepared[VaultRestored]:
    """Check that the copy is there and can be opened.

    Raises:
        NotFound: `vault-copy-unknown`.
        LunaError: `vault-copy-closed`, nothing at hand opens it, or it is damaged.
    """
    from appliance.vault.restoring import list_copies
    from appliance.vault.restoring import restore as put_back

    openers = openers_at_hand(box, params.passphrase)
    found = next((item for item in list_copies(box.places, openers) if item.id == params.copy), None)
    if found is None:
        raise NotFound(
            f"There is no copy “{params.copy}” of the vault.",
            hint="lunatui secrets copies lists them.",
            code="vault-copy-unknown",
        )
    if found.secrets < 0:
        raise LunaError(
            "This copy is damaged, or nothing at hand opens it.",
            hint="Give its passphrase with --passphrase-stdin, or choose another copy.",
            code="vault-copy-closed",
        )

    async def commit() -> Done[VaultRestored]:
        vault = put_back(box.places, params.copy, openers)
        note_state(box, call, vault)
        return Done(VaultRestored(vault.generation, vault.names()), None, "", vault.sha256)

    words = f"back to save {found.generation} of {moment(int(found.saved))}, {found.secrets} secrets"
    return Prepared((Change("vault", words),), commit)


COPIES = Operation(
    "secrets.copies",
    "Earlier states of the vault",
    Risk.READ,
    ListCopies,
    VaultCopies,
    run=copies,
    local=True,
)
RESTORE = Operation(
    "secrets.restore",
    "Put an earlier state of the vault back",
    Risk.DANGER,
    RestoreCopy,
    VaultRestored,
    prepare=restore,
    local=True,
    consequence=lambda params: (
        f"The vault becomes what it was in copy {params.copy}: secrets that were changed or added since "
        "are not in it. The present one is kept as a copy."
    ),
    no_undo="The state before is a copy itself: lunatui secrets copies.",
)

OPERATIONS = (COPIES, RESTORE)
