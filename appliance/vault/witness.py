"""What was last seen of a vault, kept apart from it: an earlier state in its place is noticed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appliance.parsing import json_value
from appliance.store.disk import read_file, replace_file
from appliance.store.names import temporary_beside
from appliance.values import dataclass
from appliance.vault.faults import RolledBack
from appliance.vault.keychain import SEEN_SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from appliance.store.disk import Disk
    from appliance.vault.keychain import Keychain

_LIMIT = 4096


@dataclass(frozen=True)
class Seen:
    """A state of a vault."""

    vault_id: str
    """In hexadecimal."""
    generation: int
    sha256: str
    """Of the whole file."""


def check(now: Seen, witnesses: Iterable[Seen]) -> None:
    """Raise `RolledBack` when somebody saw a later state, another file of this state, or another vault."""
    for witness in witnesses:
        other = witness.vault_id != now.vault_id
        older = now.generation < witness.generation
        differs = now.generation == witness.generation and now.sha256 != witness.sha256
        if other or older or differs:
            what = (
                "another vault was put in its place"
                if other
                else "the vault was put back to an earlier state"
            )
            raise RolledBack(
                f"The vault was refused: {what}. It is save {now.generation}, "
                f"and save {witness.generation} was seen.",
                hint="If you put it there yourself: lunatui secrets accept. Else keep a copy and ask why.",
            )


def remembered(path: Path, disk: Disk) -> tuple[Seen, ...]:
    """What our own note says; nothing when there is none, or it cannot be read as one."""
    try:
        row = json_value(read_file(disk, path, _LIMIT))
        return (Seen(str(row["vault"]), int(row["generation"]), str(row["sha256"])),)
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError, OverflowError):
        raise RolledBack(
            f"What was last seen of the vault cannot be read ({path} is damaged), so it was refused.",
            hint="lunatui secrets accept takes the vault as it is now.",
        ) from None


def remember(path: Path, seen: Seen, disk: Disk) -> None:
    """Note a state; raises OSError."""
    row = {"vault": seen.vault_id, "generation": seen.generation, "sha256": seen.sha256}
    replace_file(disk, path, json.dumps(row).encode(), temporary_beside(path))


def in_keychain(keychain: Keychain, vault_id: str) -> tuple[Seen, ...]:
    """What the keychain remembers; nothing when it does not answer."""
    found = keychain.get(SEEN_SERVICE, vault_id) or ""
    generation, _, sha256 = found.partition(" ")
    return (Seen(vault_id, int(generation), sha256),) if generation.isdecimal() and sha256 else ()


def tell_keychain(keychain: Keychain, seen: Seen) -> bool:
    """Have the keychain remember a state as well; whether it does."""
    return keychain.put(SEEN_SERVICE, seen.vault_id, f"{seen.generation} {seen.sha256}")
