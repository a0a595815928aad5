"""T10, promise 6: a vault that is not as it was written is refused, all of it, with a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.secret import Secret
from appliance.vault import ciphers, faults, layout
from appliance.vault.files import VaultFiles
from appliance.vault.layout import Kdf, Way, parse
from appliance.vault.opened import Opened
from appliance.vault.vault import Vault
from appliance.vault.ways import Opener, Passphrase
from tests.safety.scale import scale
from tests.safety.vaults import (
    PHRASE,
    Given,
    copied,
    everything,
    flipped,
    key_file,
    opened,
    refusal,
    vault_in,
)

BIT_STEP = scale(13, 1, 1)
CUT_STEP = scale(5, 1, 1)
LARGE = scale(4, 20, 200)
"""Secrets more."""
LARGE_STEP = scale(101, 31, 7)
REFUSALS = (
    faults.Tampered,
    faults.WrongKey,
    faults.VaultLocked,
    faults.TooNew,
    faults.HostileParameters,
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


@pytest.fixture
def openers(vault: Vault) -> list[Opener]:
    """The key file, read once: a thousand openings need not read it a thousand times."""
    secret = key_file(vault.places).secret(b"")
    assert secret is not None
    return [Given(Way.KEY_FILE, secret)]


def refused(data: bytes, openers: list[Opener], what: object) -> None:
    found = refusal(lambda: everything(data, openers))
    assert isinstance(found, REFUSALS), (what, found)


def test_every_flipped_bit_is_refused(data: bytes, openers: list[Opener]) -> None:
    everything(data, openers)
    for bit in range(0, 8 * len(data), BIT_STEP):
        refused(flipped(data, bit), openers, bit)
    print(f"figure bits of a vault flipped: {len(range(0, 8 * len(data), BIT_STEP))} of {8 * len(data)}")


@pytest.mark.timeout(1800)
def test_a_flipped_bit_anywhere_in_a_large_vault_is_refused(vault: Vault, openers: list[Opener]) -> None:
    for number in range(LARGE):
        vault.put(f"more/{number}", Secret("a planted value " * 20))
    large = VaultFiles.of(vault.places).vault.read_bytes()
    for byte in range(0, len(large), LARGE_STEP):
        refused(flipped(large, 8 * byte + byte % 8), openers, byte)
    tried = len(range(0, len(large), LARGE_STEP))
    print(f"figure bits of a large vault flipped: {tried}, of {len(large)} bytes")


def test_every_cut_and_every_addition_is_refused(data: bytes, openers: list[Opener]) -> None:
    for length in range(0, len(data), CUT_STEP):
        refused(data[:length], openers, length)
    print(f"figure cuts of a vault: {len(range(0, len(data), CUT_STEP))} of {len(data)}")
    for more in (b"\0", b"\0" * 136, data[-200:], data):
        refused(data + more, openers, len(more))


def with_parts(found: layout.Layout, **parts: object) -> bytes:
    return layout.pack(replace(found, **parts))  # type: ignore[arg-type]


def test_swapped_repeated_and_missing_records_are_refused(data: bytes, openers: list[Opener]) -> None:
    found = parse(data)
    first, second = found.records
    crossed = replace(first, nonce=second.nonce, ciphertext=second.ciphertext)
    renamed = replace(second, secret_id=first.secret_id, version=first.version, generation=first.generation)
    for records in ((second, first), (first, first), (first,), (), (first, second, second),
                    (crossed, second), (first, renamed)):  # fmt: skip
        refused(with_parts(found, records=records), openers, len(records))


def test_a_record_of_an_earlier_save_is_refused(vault: Vault, data: bytes, openers: list[Opener]) -> None:
    vault.put("openai", Secret("a later value"))
    later = parse(VaultFiles.of(vault.places).vault.read_bytes())
    former, office, now = later.records
    assert former == parse(data).records[0]
    refused(with_parts(later, records=(former, office, former)), openers, "replayed")
    refused(with_parts(later, index=parse(data).index, index_nonce=parse(data).index_nonce), openers, "list")
    refused(with_parts(parse(data), records=(now, office)), openers, "from the future")


def test_a_value_of_another_vault_is_refused(
    vault: Vault, data: bytes, openers: list[Opener], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    foreign = parse(VaultFiles.of(vault_in(other).places).vault.read_bytes())
    refused(with_parts(parse(data), records=foreign.records), openers, "records")
    refused(with_parts(parse(data), index=foreign.index, index_nonce=foreign.index_nonce), openers, "list")
    refused(with_parts(parse(data), signed=foreign.signed, mac=foreign.mac), openers, "front")


def test_even_with_a_right_list_a_foreign_ciphertext_gives_no_text(vault: Vault) -> None:
    """The list binds records; should that ever fail, each value still stands or falls for itself."""
    found = vault.opened
    first, second = found.layout.records
    for swapped in (
        replace(first, nonce=second.nonce, ciphertext=second.ciphertext),
        replace(first, key_nonce=second.key_nonce, wrapped_key=second.wrapped_key),
        replace(first, version=2),
        replace(first, generation=9),
        replace(first, commitment=bytes(32)),
        replace(first, ciphertext=first.ciphertext[:-64]),
    ):
        records = (swapped, second)
        forged = Opened(replace(found.layout, records=records), found.contents, found.master, found.sha256)
        with pytest.raises(faults.Tampered):
            forged.value(found.contents.items[0])


WEAK_OR_HUGE = [
    (Kdf.ARGON2ID, costs)
    for costs in (
        (0, 0, 0), (7, 1, 1), (8, 0, 1), (8, 1, 0), (1024 * 1024 + 1, 3, 4), (0xFFFFFFFF, 3, 4),
        (65536, 11, 4), (65536, 0xFFFFFFFF, 4), (65536, 3, 17), (65536, 3, 0xFFFFFFFF),
    )
] + [
    (Kdf.SCRYPT, costs)
    for costs in ((16, 8, 1), (21, 8, 1), (31, 8, 1), (17, 7, 1), (17, 9, 1), (17, 8, 0), (17, 8, 5))
] + [(Kdf.HKDF, (1, 0, 0)), (Kdf.HKDF, (0, 0, 1))]  # fmt: skip


@pytest.mark.parametrize(("kdf", "costs"), WEAK_OR_HUGE)
@pytest.mark.parametrize("position", [0, 1], ids=["used", "unused"])
def test_a_weak_or_huge_derivation_is_refused_before_it_is_run(
    data: bytes, kdf: Kdf, costs: tuple[int, int, int], position: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object) -> bytes:
        raise AssertionError("a key was derived with costs that nobody checked")

    monkeypatch.setattr(ciphers, "stretch", run)
    header = parse(data).header
    slots = list(header.slots)
    slots[position] = replace(slots[position], kdf=kdf, costs=costs)
    signed = layout.pack_signed(replace(header, slots=tuple(slots)))
    hostile = with_parts(parse(data), signed=signed)
    found = refusal(lambda: everything(hostile, [Passphrase(Secret(PHRASE))]))
    assert isinstance(found, faults.HostileParameters), found


def test_the_product_refuses_what_the_tests_may_use(vault: Vault) -> None:
    with pytest.raises(faults.HostileParameters):
        Vault.open(vault.places, [key_file(vault.places)])
    usual = ciphers.Limits()
    for kdf, costs in (ciphers.USUAL, ciphers.FALLBACK, (Kdf.ARGON2ID, (65536, 3, 4))):
        usual.check(kdf, costs)
    with pytest.raises(faults.HostileParameters):
        usual.check(Kdf.ARGON2ID, (65535, 3, 4))
