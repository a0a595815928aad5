"""The vault in use: several at once, a day's grace for former values, limits, and the keychain's part."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.errors import LunaError
from appliance.secret import Secret
from appliance.vault import (
    ciphers,
    contents,
    faults,
    layout,
    mastering,
    opened,
    patience,
    restoring,
    shim,
    witness,
)
from appliance.vault.files import VaultFiles
from appliance.vault.keychain import ALLOWED, SEEN_SERVICE, Keychain
from appliance.vault.layout import Kdf, Way
from appliance.vault.mastering import add_way, create, remove_way, rotate_master
from appliance.vault.saving import copies
from appliance.vault.vault import Vault
from appliance.vault.ways import KeychainItem, KeyFile, Passphrase, RecoveryCode
from tests.safety import vaults
from tests.safety.faulty_disk import FaultyDisk

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.places import Places

DAY = 24 * 3600
CODE = "1T7Q-Y5W3-FDM7-266T-SR3Z-XVT0-VFNE"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template")
    vaults.vault_in(home)
    return home


@pytest.fixture
def places(template: Path, tmp_path: Path) -> Places:
    return vaults.copied(template, tmp_path)


def refused(code: str, work: Callable[[], object]) -> None:
    found = vaults.refusal(work)
    assert found is not None
    assert found.code == code


def test_two_at_once_lose_nothing_of_each_other(places: Places) -> None:
    one, two = vaults.opened(places), vaults.opened(places)
    one.put("a", Secret("from one"))
    two.put("b", Secret("from two"))
    one.put("c", Secret("from one again"))
    assert vaults.values_of(vaults.opened(places)) == {
        **vaults.VALUES, "a": "from one", "b": "from two", "c": "from one again",
    }  # fmt: skip


def test_one_that_slept_through_a_new_master_key_has_to_look_again(places: Places) -> None:
    slow = vaults.opened(places)
    rotate_master(vaults.opened(places), [vaults.key_file(places), Passphrase(Secret(vaults.PHRASE))])
    refused("vault-changed", lambda: slow.put("a", Secret("too late")))
    VaultFiles.of(places).vault.unlink()
    refused("vault-gone", lambda: slow.put("a", Secret("too late")))
    refused("vault-missing", lambda: vaults.opened(places))


def test_a_save_between_the_file_and_the_note_is_no_alarm(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, known, late = vaults.opened(places), witness.remembered, [True]

    def remembered(*given: object) -> tuple[witness.Seen, ...]:
        if late.pop() if late else False:
            other.put("a", Secret("meanwhile"))
        return known(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(witness, "remembered", remembered)
    assert "a" in vaults.opened(places).names()


def test_a_note_that_was_not_written_is_caught_up(places: Places) -> None:
    note = VaultFiles.of(places).seen
    old = note.read_bytes()
    vaults.opened(places).put("a", Secret("a value"))
    new = note.read_bytes()
    note.write_bytes(old)
    vaults.opened(places)
    assert note.read_bytes() == new


def test_the_note_is_left_alone_when_somebody_saved_meanwhile(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    note, other = VaultFiles.of(places).seen, vaults.opened(places)
    note.unlink()
    check, late = witness.check, [True]

    def checked(*given: object) -> None:
        check(*given)  # type: ignore[arg-type]
        if late.pop() if late else False:
            other.put("a", Secret("meanwhile"))

    monkeypatch.setattr(witness, "check", checked)
    vaults.opened(places)
    newest = vaults.opened(places).opened.seen
    assert witness.remembered(note, vaults.means().disk) == (newest,)


def test_a_former_value_is_kept_for_a_day_and_then_goes_for_good(places: Places) -> None:
    now = [1_900_000_000.0]
    vault = vaults.opened(places, clock=lambda: now[0])
    vault.put("openai", Secret("a later value"))
    vault.delete("providers/office")
    now[0] += DAY - 1
    assert vault.kept("openai") is not None
    vault.revert("providers/office")
    now[0] += 1
    assert vault.kept("openai") is None
    refused("secret-not-kept", lambda: vault.revert("openai"))
    vault.put("a", Secret("the next save"))
    assert [item.name for item in vault.opened.contents.items if item.until] == []
    assert len(vault.opened.layout.records) == len(vault.names()) == 3


def test_a_name_that_comes_back_goes_on_counting(places: Places) -> None:
    vault = vaults.opened(places)
    vault.delete("openai")
    vault.put("openai", Secret("another"))
    (entry,) = [item for item in vault.entries() if item.name == "openai"]
    assert entry.version == 2
    assert entry.fingerprint.startswith("fp:")
    refused("secret-unknown", lambda: vault.get("nobody"))
    refused("secret-unknown", lambda: vault.delete("nobody"))


@pytest.mark.parametrize("value", ["", "x" * 65_537, "ä" * 40_000])
def test_a_value_has_a_length(places: Places, value: str) -> None:
    vault = vaults.opened(places)
    refused("secret-length", lambda: vault.put("a", Secret(value)))
    vault.put("a", Secret("x" * 65_536))


def test_a_full_vault_says_so_and_stays(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = vaults.opened(places)
    monkeypatch.setattr(opened, "MAX_RECORDS", 2)
    refused("vault-full", lambda: vault.put("a", Secret("one too many")))
    assert vaults.values_of(vaults.opened(places)) == vaults.VALUES


def test_a_full_disk_is_said_in_numbers(places: Places) -> None:
    class Full(FaultyDisk):
        def free(self, folder: Path) -> int:  # noqa: ARG002 - the seam's signature
            return 1_000

    vault = vaults.opened(places, disk=Full())
    refused("no-space", lambda: vault.put("a", Secret("no room")))


def test_ways_are_added_replaced_and_taken_away(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = vaults.opened(places)
    add_way(vault, RecoveryCode(Secret(CODE)))
    assert vaults.opened(places, RecoveryCode(Secret(CODE.lower()))).way is Way.RECOVERY
    add_way(vault, Passphrase(Secret("another good phrase")))
    refused("vault-wrong-key", lambda: vaults.opened(places, Passphrase(Secret(vaults.PHRASE))))
    monkeypatch.setattr(mastering, "MAX_SLOTS", 2)
    refused("vault-ways", lambda: add_way(vault, Passphrase(Secret("one more good phrase"))))
    remove_way(vault, Way.RECOVERY)
    remove_way(vault, Way.PASSPHRASE)
    refused("vault-last-way", lambda: remove_way(vault, Way.KEY_FILE))
    refused("vault-ways", lambda: create(places, []))
    refused("vault-there", lambda: create(places, [vaults.key_file(places)]))


def test_a_rotation_takes_no_wrong_secret(places: Places) -> None:
    vault, before = vaults.opened(places), VaultFiles.of(places).vault.read_bytes()
    wrong = [vaults.key_file(places), Passphrase(Secret("not the phrase"))]
    refused("vault-wrong-key", lambda: rotate_master(vault, wrong))
    refused("vault-way-missing", lambda: rotate_master(vault, [vaults.key_file(places)]))
    refused("vault-way-missing", lambda: rotate_master(vault, [], drop=True))
    assert VaultFiles.of(places).vault.read_bytes() == before
    assert rotate_master(vault, [vaults.key_file(places)], drop=True) == (Way.PASSPHRASE,)


def test_a_keychain_opens_it_and_remembers_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = _backend()
    monkeypatch.setattr(Keychain, "of_system", lambda: Keychain(backend))
    places = vaults.places_in(tmp_path)
    create(places, [KeychainItem(Keychain(backend))])
    vault = Vault.open(places)
    assert vault.way is Way.KEYCHAIN
    vault.put("openai", Secret("one"))
    files = VaultFiles.of(places)
    earlier = files.vault.read_bytes()
    vault.put("openai", Secret("two"))
    assert [service for service, _ in backend.items if service == SEEN_SERVICE] == [SEEN_SERVICE]
    files.vault.write_bytes(earlier)
    files.seen.unlink()
    refused("vault-rolled-back", lambda: Vault.open(places))
    backend.items.clear()
    refused("vault-locked", lambda: Vault.open(places))


def _backend() -> _Kept:
    module, _, short = min(ALLOWED).rpartition(".")
    return type(short, (_Kept,), {"__module__": module, "__qualname__": short})()


class _Kept:
    """A keychain in memory."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.items[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.items[service, username]


def test_a_keychain_that_does_not_let_go_is_not_relied_on() -> None:
    class Sticky(_Kept):
        def delete_password(self, service: str, username: str) -> None:
            raise KeyError(service, username)

    assert not Keychain(Sticky()).answers()


def test_a_copy_that_cannot_be_read_stays_and_is_named(places: Places) -> None:
    ring = VaultFiles.of(places).ring
    odd = ring / f"{0:020}-00000000.lunatui"
    odd.write_bytes(b"not a vault")
    vaults.opened(places).put("a", Secret("a value"))
    assert odd in copies(ring)
    found = restoring.list_copies(places, [vaults.key_file(places)], means=vaults.means())
    assert [copy.secrets for copy in found] == [2, 1, 0, -1]
    refused("vault-copy-unknown", lambda: restoring.restore(places, "nobody", []))
    refused("vault-tampered", lambda: restoring.restore(places, odd.stem, [], means=vaults.means()))


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"secrets": [{}], "fingerprint_key": ""}', b'{"secrets": 1, "fingerprint_key": ""}',
     b'{"secrets": [], "fingerprint_key": "xy"}',
     b'{"secrets": [{"id": 1, "name": "", "version": 1, "generation": 1, "sha256": "", "created": 1, '
     b'"changed": 1}], "fingerprint_key": ""}'],
)  # fmt: skip
def test_a_list_that_is_none_is_refused(data: bytes) -> None:
    refused("vault-tampered", lambda: contents.parse(data))


def test_a_file_that_is_too_large_is_not_taken_apart() -> None:
    refused("vault-tampered", lambda: layout.parse(bytes(layout.MAX_FILE + 1)))


def test_another_master_key_authenticates_nothing(places: Places) -> None:
    data = VaultFiles.of(places).vault.read_bytes()
    refused("vault-tampered", lambda: opened.authenticate(data, bytes(32)))


def test_a_damaged_count_of_attempts_counts_as_one(tmp_path: Path) -> None:
    note = tmp_path / "attempts.json"
    note.write_text("[]")
    patience.require(note, 100.0)
    assert patience.note_wrong(note, 100.0) == 2
    assert patience.delay(0) == 0


def test_how_long_a_derivation_takes_is_measured() -> None:
    assert ciphers._seconds(Kdf.HKDF, (0, 0, 0)) >= 0.0


def test_a_key_file_is_of_this_account_and_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vault.key"
    key = KeyFile(path).make(b"")
    assert KeyFile(path).make(b"") == key
    path.write_text(path.read_text().upper().replace("\n", "\r\n"))
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    refused("vault-key-file", lambda: KeyFile(path).secret(b""))
    monkeypatch.undo()
    path.unlink()
    path.mkdir()
    refused("vault-key-file", lambda: KeyFile(path).secret(b""))
    monkeypatch.setattr(KeyFile, "secret", lambda *_: None)
    refused("vault-key-file", lambda: KeyFile(tmp_path / "gone.key").make(b""))


def test_a_program_of_another_account_is_not_ours(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    shim.install(places, vaults.means().disk)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert shim.problem(places) == "it belongs to another user"


def test_no_refusal_says_anything_of_a_key() -> None:
    for kind in (faults.WrongKey, faults.Tampered, faults.VaultLocked):
        assert issubclass(kind, LunaError)
    assert repr(opened.Draft(b"\x01" * 32, (), contents.Contents(b"", ()), (), 0)).count("\\x01") == 0
