"""T10: an earlier vault in place of the present one, wrong keys, a new master key, and what a file shows."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.secret import Secret
from appliance.vault import ciphers, faults
from appliance.vault import opened as opened_file
from appliance.vault.files import VaultFiles
from appliance.vault.layout import Way, parse
from appliance.vault.mastering import create, rotate_master
from appliance.vault.saving import copies
from appliance.vault.vault import Vault
from appliance.vault.ways import Passphrase
from tests.safety import vault_reader, vault_vectors
from tests.safety.vaults import (
    CHEAP,
    LIMITS,
    PHRASE,
    VALUES,
    Given,
    copied,
    everything,
    flipped,
    key_file,
    means,
    opened,
    refusal,
    values_of,
    vault_in,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a vault, to copy: each save waits for the disk."""
    home = tmp_path_factory.mktemp("template")
    vault_in(home)
    return home


@pytest.fixture
def vault(template: Path, tmp_path: Path) -> Vault:
    return opened(copied(template, tmp_path))


@pytest.fixture
def data(vault: Vault) -> bytes:
    return VaultFiles.of(vault.places).vault.read_bytes()


def put_back(vault: Vault, data: bytes) -> None:
    VaultFiles.of(vault.places).vault.write_bytes(data)


def test_an_earlier_state_is_refused_until_somebody_accepts_it(vault: Vault, data: bytes) -> None:
    places = vault.places
    vault.put("openai", Secret("a later value"))
    put_back(vault, data)
    with pytest.raises(faults.RolledBack) as caught:
        opened(places)
    assert "earlier state" in caught.value.message
    with pytest.raises(faults.RolledBack):
        vault.put("openai", Secret("on top of it"))
    assert VaultFiles.of(places).vault.read_bytes() == data
    accepted = Vault.open(places, [key_file(places)], means=means(), accept=True)
    assert values_of(accepted) == VALUES
    assert values_of(opened(places)) == VALUES


def test_another_file_of_the_same_save_and_another_vault_are_refused(
    vault: Vault, data: bytes, tmp_path: Path
) -> None:
    places, note = vault.places, VaultFiles.of(vault.places).seen
    vault.put("openai", Secret("one branch"))
    branch = VaultFiles.of(places).vault.read_bytes()
    put_back(vault, data)
    note.unlink()
    opened(places).put("openai", Secret("another branch"))
    put_back(vault, branch)
    with pytest.raises(faults.RolledBack):
        opened(places)
    VaultFiles.of(places).vault.unlink()
    create(places, [key_file(places)], means=means())
    other = VaultFiles.of(places).vault.read_bytes()
    put_back(vault, branch)
    with pytest.raises(faults.RolledBack) as caught:
        opened(places)
    assert "another vault" in caught.value.message
    put_back(vault, other)
    assert opened(places).names() == ()
    note.write_text("{}")
    with pytest.raises(faults.RolledBack) as caught:
        opened(places)
    assert "damaged" in caught.value.message


def test_what_others_have_seen_counts_as_well(vault: Vault, data: bytes) -> None:
    places = vault.places
    vault.put("openai", Secret("a later value"))
    later = vault.opened.seen
    put_back(vault, data)
    VaultFiles.of(places).seen.unlink()
    with pytest.raises(faults.RolledBack):
        Vault.open(places, [key_file(places)], means=means(), witnesses=[later])


def test_a_wrong_passphrase_has_one_message_and_costs_more_each_time(vault: Vault) -> None:
    places, now, waits, words = vault.places, [1_000_000.0], [], set()
    clock: Callable[[], float] = lambda: now[0]  # noqa: E731 - moved by the test
    for attempt in ("", "x", PHRASE + " ", PHRASE.upper(), "a" * 5_000, "ä", "wrong", "again"):
        found = refusal(lambda given=attempt: opened(places, Passphrase(Secret(given)), clock=clock))
        assert isinstance(found, faults.WrongKey), found
        words.add((found.message, found.hint, found.code))
        waits.append(int(found.facts["seconds"]))
        now[0] += waits[-1] - 0.5
        early = refusal(lambda: opened(places, Passphrase(Secret(PHRASE)), clock=clock))
        assert isinstance(early, faults.TooSoon), early
        now[0] += 0.5
    assert (len(words), waits) == (1, [1, 2, 4, 8, 16, 32, 60, 60])
    assert values_of(opened(places, Passphrase(Secret(PHRASE)), clock=clock)) == VALUES
    found = refusal(lambda: opened(places, Passphrase(Secret("once more")), clock=clock))
    assert isinstance(found, faults.WrongKey)
    assert found.facts["seconds"] == "1"
    now[0] -= 10 * 365 * 86_400
    early = refusal(lambda: opened(places, Passphrase(Secret(PHRASE)), clock=clock))
    assert isinstance(early, faults.TooSoon)
    now[0] += 1
    opened(places, Passphrase(Secret(PHRASE)), clock=clock)


def test_a_wrong_key_of_any_way_opens_nothing(data: bytes, vault: Vault) -> None:
    for way in Way:
        for secret in (bytes(32), b"", b"\xff" * 32):
            found = refusal(lambda way=way, secret=secret: everything(data, [Given(way, secret)]))
            assert isinstance(found, faults.WrongKey | faults.VaultLocked), (way, found)
    path = VaultFiles.of(vault.places).key_file
    path.chmod(0o640)
    assert isinstance(refusal(lambda: opened(vault.places)), faults.VaultLocked)
    path.chmod(0o600)
    for text in ("", "zz", "00" * 31, "00" * 33):
        path.write_text(text)
        assert isinstance(refusal(lambda: opened(vault.places)), faults.VaultLocked), text
    path.write_text("00" * 32)
    assert isinstance(refusal(lambda: opened(vault.places)), faults.WrongKey)
    path.unlink()
    assert isinstance(refusal(lambda: opened(vault.places)), faults.VaultLocked)
    path.symlink_to("/etc/passwd")
    assert isinstance(refusal(lambda: opened(vault.places)), faults.VaultLocked)


def test_a_rotation_leaves_no_copy_that_the_old_keys_open(vault: Vault) -> None:
    places, ring = vault.places, VaultFiles.of(vault.places).ring
    for number in range(7):
        vault.put("openai", Secret(f"value {number}"))
    assert len(copies(ring)) == 5
    old = vault.opened
    rotate_master(vault, [key_file(places), Passphrase(Secret(PHRASE))])
    found = [parse(copy.read_bytes()) for copy in copies(ring)]
    assert [item.header.commitment for item in found] == [vault.opened.layout.header.commitment]
    assert old.layout.header.commitment != vault.opened.layout.header.commitment
    assert {record.wrapped_key for record in old.layout.records}.isdisjoint(
        record.wrapped_key for record in vault.opened.layout.records
    )
    assert old.layout.header.vault_id == vault.opened.layout.header.vault_id
    assert values_of(opened(places, Passphrase(Secret(PHRASE))))["openai"] == "value 6"


def test_a_master_key_used_too_often_has_to_be_renewed(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened_file, "MOST_USES", vault.opened.layout.header.uses + 1)
    with pytest.raises(faults.Exhausted):
        vault.put("openai", Secret("one too many"))
    rotate_master(vault, [key_file(vault.places), Passphrase(Secret(PHRASE))])
    assert vault.opened.layout.header.uses == len(VALUES) + 1


def test_nothing_of_a_secret_can_be_seen_in_any_file(vault: Vault, tmp_path: Path) -> None:
    for path in tmp_path.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert path.stat().st_mode & 0o077 == 0, path
            for name, value in VALUES.items():
                assert name.encode() not in data, path
                assert value.encode() not in data, path
    lengths = {len(record.ciphertext) for record in vault.opened.layout.records}
    assert lengths == {64 + 16}


VECTORS = sorted(vault_vectors.FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_published_vectors_open_here_and_in_the_second_reader(path: Path) -> None:
    vector = json.loads(path.read_text())
    data = bytes.fromhex("".join(vector["file"]))
    for way, secret in vector["ways"].items():
        found = everything(data, [Given(Way[way], bytes.fromhex(secret))])
        ours = {item.name: found.value(item).decode() for item in found.contents.items if not item.until}
        second = vault_reader.read(data, Way[way].value, bytes.fromhex(secret))
        assert ours == second.secrets == vector["secrets"]
        assert second.former == vector["former"]
        assert (second.generation, second.vault_id) == (vector["generation"], vector["vault_id"])
    with pytest.raises(AssertionError):
        vault_reader.read(flipped(data, 8 * 40), Way[way].value, bytes.fromhex(secret))


def test_the_writer_still_writes_what_is_published() -> None:
    made = vault_vectors.vectors()
    assert {path.stem for path in VECTORS} == set(made)
    for path in VECTORS:
        assert path.read_text() == vault_vectors.text_of(made[path.stem]), path.stem


def test_what_is_written_today_is_read_by_the_second_reader(vault: Vault, data: bytes) -> None:
    secret = key_file(vault.places).secret(b"")
    assert secret is not None
    found = vault_reader.read(data, 4, secret)
    assert (found.secrets, found.generation, found.ways) == (VALUES, 3, [4, 1])
    assert vault_reader.read(data, 1, PHRASE.encode()).secrets == VALUES
    assert struct.unpack(">H", data[8:10]) == (1,)
    assert (LIMITS.argon2[0], LIMITS.argon2[1]) == (CHEAP, ciphers.Limits().argon2[1])
