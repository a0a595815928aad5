"""Promises 1 and 4 for the vault: after any cut it opens, with old values or new, and so do its copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.places import private_dir
from appliance.secret import Secret
from appliance.vault.files import VaultFiles
from appliance.vault.mastering import create, rotate_master
from appliance.vault.saving import copies
from appliance.vault.vault import Vault
from appliance.vault.ways import Passphrase
from tests.safety import vaults
from tests.safety.powercut.of_store import nothing_yet
from tests.safety.powercut.scenario import Found, Say, Scenario

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.vault.ways import Opener
    from tests.safety.boxes import Box

RING = 5
NEW = "a new planted value"


def vault_of(box: Box) -> Vault:
    return vaults.opened(box.places)


def first_vault(box: Box, say: Say) -> None:
    create(box.places, [vaults.key_file(box.places)], means=vaults.means())
    say("created")


def box_with_identity(box: Box) -> None:
    """A box that had a key for its Gateway before it had a vault."""
    nothing_yet(box)
    private_dir(box.places.identity_dir)


def two_saves(box: Box, say: Say) -> None:
    """The first makes the folder of the copies, and the second the first copy in it."""
    first_vault(box, say)
    vault = vault_of(box)
    vault.put("openai", Secret(NEW))
    say("put")
    vault.put("warm", Secret(NEW))
    say("put again")


def used_vault(box: Box) -> None:
    """A vault whose ring is full."""
    box.home.chmod(0o700)
    vault = vaults.vault_in(box.home)
    for number in range(RING):
        vault.put("warm", Secret(f"value {number}"))


def put_and_delete(box: Box, say: Say) -> None:
    vault = vault_of(box)
    vault.put("openai", Secret(NEW))
    say("put")
    vault.delete("warm")
    say("deleted")


def new_master(box: Box, say: Say) -> None:
    ways: list[Opener] = [vaults.key_file(box.places), Passphrase(Secret(vaults.PHRASE))]
    rotate_master(vault_of(box), ways)
    say("renewed")


def check_first(found: Found) -> None:
    """There is none yet, or one that works."""
    if Vault.exists(found.box.places):
        check_works(found, {})
    else:
        assert not found.said, "the vault is lost"
        first_vault(found.box, lambda _word: None)
        check_works(found, {})


def check_two_saves(found: Found) -> None:
    """Each save after the first leaves the vault before it as a copy."""
    if not found.said:
        return check_first(found)
    saves = len(found.said) - 1
    values = vaults.values_of(vault_of(found.box))
    assert values in [{}, {"openai": NEW}, {"openai": NEW, "warm": NEW}][saves:], "a saved value is lost"
    assert len(check_copies(found)) >= saves, "a copy is lost"
    return check_works(found, values)


def check_vault(found: Found) -> None:
    values = vaults.values_of(vault_of(found.box))
    old = {**vaults.VALUES, "warm": f"value {RING - 1}"}
    changed = {**old, "openai": NEW}
    deleted = {name: value for name, value in changed.items() if name != "warm"}
    allowed = [old, changed, deleted][len(found.said) :]
    assert values in allowed, "a saved value is lost"
    assert len(check_copies(found)) >= RING
    check_works(found, values)


def check_master(found: Found) -> None:
    values = vaults.values_of(vault_of(found.box))
    assert values == {**vaults.VALUES, "warm": f"value {RING - 1}"}
    assert check_copies(found)
    check_works(found, values)


def check_copies(found: Found) -> list[Path]:
    """Each copy that is kept opens."""
    places = found.box.places
    kept = copies(VaultFiles.of(places).ring)
    for copy in kept:
        vaults.everything(copy.read_bytes(), [vaults.key_file(places)])
    return kept


def check_works(found: Found, values: dict[str, str]) -> None:
    """It can be changed again, and then nothing of the cut is left."""
    vault = vault_of(found.box)
    assert vaults.values_of(vault) == values
    vault.put("after", Secret("x"))
    assert vaults.values_of(vault_of(found.box)) == {**values, "after": "x"}
    assert found.box.leftovers() == []


SCENARIOS = (
    Scenario("first vault", nothing_yet, first_vault, check_first),
    Scenario("first saves of a vault", box_with_identity, two_saves, check_two_saves),
    Scenario("vault", used_vault, put_and_delete, check_vault),
    Scenario("vault, new master key", used_vault, new_master, check_master),
)
