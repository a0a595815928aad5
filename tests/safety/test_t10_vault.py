"""T10, promise 6: a vault that is not as it was written is refused, all of it, with a reason."""

from __future__ import annotations

import errno
import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.errors import LunaError
from appliance.secret import Secret
from appliance.vault import ciphers, faults, layout
from appliance.vault.files import VaultFiles
from appliance.vault.layout import Kdf, Way, parse
from appliance.vault.mastering import create, rotate_master
from appliance.vault.opened import Opened
from appliance.vault.saving import copies
from appliance.vault.vault import Vault
from appliance.vault.ways import Opener, Passphrase
from tests.safety import kills, vault_reader
from tests.safety.faulty_disk import FaultyDisk, ShortWrites
from tests.safety.scale import scale
from tests.safety.vaults import (
    CHEAP,
    LIMITS,
    PHRASE,
    VALUES,
    copied,
    everything,
    key_file,
    means,
    opened,
    places_in,
    refusal,
    values_of,
    vault_in,
)  # fmt: skip

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


class Given:
    """A way whose secret the test has."""

    def __init__(self, way: Way, secret: bytes) -> None:
        self.way = way
        self._secret = secret

    def secret(self, vault_id: bytes) -> bytes | None:  # noqa: ARG002 - the way's signature
        return self._secret


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
    return VaultFiles.of(vault._places).vault.read_bytes()


@pytest.fixture
def openers(vault: Vault) -> list[Opener]:
    """The key file, read once: a thousand openings need not read it a thousand times."""
    secret = key_file(vault._places).secret(b"")
    assert secret is not None
    return [Given(Way.KEY_FILE, secret)]


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def refused(data: bytes, openers: list[Opener], what: object) -> None:
    found = refusal(lambda: everything(data, openers))
    assert isinstance(found, REFUSALS), (what, found)


def test_every_flipped_bit_is_refused(data: bytes, openers: list[Opener]) -> None:
    everything(data, openers)
    for bit in range(0, 8 * len(data), BIT_STEP):
        refused(flipped(data, bit), openers, bit)


@pytest.mark.timeout(1800)
def test_a_flipped_bit_anywhere_in_a_large_vault_is_refused(vault: Vault, openers: list[Opener]) -> None:
    for number in range(LARGE):
        vault.put(f"more/{number}", Secret("a planted value " * 20))
    large = VaultFiles.of(vault._places).vault.read_bytes()
    for byte in range(0, len(large), LARGE_STEP):
        refused(flipped(large, 8 * byte + byte % 8), openers, byte)


def test_every_cut_and_every_addition_is_refused(data: bytes, openers: list[Opener]) -> None:
    for length in range(0, len(data), CUT_STEP):
        refused(data[:length], openers, length)
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
    later = parse(VaultFiles.of(vault._places).vault.read_bytes())
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
    foreign = parse(VaultFiles.of(vault_in(other)._places).vault.read_bytes())
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


def put_back(vault: Vault, data: bytes) -> None:
    VaultFiles.of(vault._places).vault.write_bytes(data)


def test_an_earlier_state_is_refused_until_somebody_accepts_it(vault: Vault, data: bytes) -> None:
    places = vault._places
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
    places, note = vault._places, VaultFiles.of(vault._places).seen
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
    places = vault._places
    vault.put("openai", Secret("a later value"))
    later = vault.opened.seen
    put_back(vault, data)
    VaultFiles.of(places).seen.unlink()
    with pytest.raises(faults.RolledBack):
        Vault.open(places, [key_file(places)], means=means(), witnesses=[later])


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
        Vault.open(vault._places, [key_file(vault._places)])
    usual = ciphers.Limits()
    for kdf, costs in (ciphers.USUAL, ciphers.FALLBACK, (Kdf.ARGON2ID, (65536, 3, 4))):
        usual.check(kdf, costs)
    with pytest.raises(faults.HostileParameters):
        usual.check(Kdf.ARGON2ID, (65535, 3, 4))


def test_a_wrong_passphrase_has_one_message_and_costs_more_each_time(vault: Vault) -> None:
    places, now, waits, words = vault._places, [1_000_000.0], [], set()
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
    path = VaultFiles.of(vault._places).key_file
    path.chmod(0o640)
    assert isinstance(refusal(lambda: opened(vault._places)), faults.VaultLocked)
    path.chmod(0o600)
    for text in ("", "zz", "00" * 31, "00" * 33):
        path.write_text(text)
        assert isinstance(refusal(lambda: opened(vault._places)), faults.VaultLocked), text
    path.write_text("00" * 32)
    assert isinstance(refusal(lambda: opened(vault._places)), faults.WrongKey)
    path.unlink()
    assert isinstance(refusal(lambda: opened(vault._places)), faults.VaultLocked)
    path.symlink_to("/etc/passwd")
    assert isinstance(refusal(lambda: opened(vault._places)), faults.VaultLocked)


def changes(places_of: Path, what: str) -> kills.Work:
    """One change of a vault, from opening to the end."""
    places = places_in(places_of)

    def work(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        ways = [key_file(places), Passphrase(Secret(PHRASE))]
        if what == "create":
            create(places, ways, means=means(hook=hook))
            return
        vault = opened(places, hook=hook)
        if what == "rotate-master":
            rotate_master(vault, ways)
        elif what == "put":
            vault.put("openai", Secret("a later value"))
        else:
            vault.delete("openai")
        acknowledge("done")

    return work


@pytest.mark.parametrize("what", ["put", "delete", "rotate-master"])
def test_killed_at_every_step_the_old_or_the_new_vault_opens(
    what: str, template: Path, tmp_path: Path
) -> None:
    after = {"put": {**VALUES, "openai": "a later value"}, "rotate-master": VALUES,
             "delete": {"providers/office": VALUES["providers/office"]}}[what]  # fmt: skip
    copied(template, tmp_path / "start")
    steps = kills.run_to_end(changes(tmp_path / "start", what))
    assert steps.error == ""
    assert len(steps.steps) >= 9, steps.steps
    for number in range(len(steps.steps)):
        home = tmp_path / f"at-{number}"
        places = copied(template, home)
        before = VaultFiles.of(places).vault.read_bytes()
        ending = kills.kill_at_step(changes(home, what), number)
        assert ending.killed, ending
        place = (what, ending.steps[-1])
        for way in (key_file(places), Passphrase(Secret(PHRASE))):
            now = opened(places, way)
            assert values_of(now) in (VALUES, after), place
        for copy in copies(VaultFiles.of(places).ring):
            assert refusal(lambda copy=copy: parse(copy.read_bytes())) is None, place
        now.put("openai", Secret("work goes on"))
        left = [path.name for path in home.rglob("*") if ".lunatui." in path.name and path.name[0] == "."]
        assert left == [], place
        assert VaultFiles.of(places).vault.read_bytes() != before


def test_a_new_vault_killed_at_every_step_is_there_or_not(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    steps = kills.run_to_end(changes(first, "create"))
    assert steps.error == ""
    for number in range(len(steps.steps)):
        home = tmp_path / f"at-{number}"
        home.mkdir()
        assert kills.kill_at_step(changes(home, "create"), number).killed
        places = places_in(home)
        if not Vault.exists(places):
            create(places, [key_file(places)], means=means())
        found = opened(places)
        assert found.names() == ()
        found.put("openai", Secret("work goes on"))


CODES = {
    errno.ENOSPC: {"no-space"},
    errno.EIO: {"disk-failing"},
    errno.EACCES: {"read-only"},
    errno.EMFILE: {"no-handles"},
}


@pytest.mark.parametrize("number", CODES, ids=lambda number: errno.errorcode[number])
def test_whatever_call_fails_the_old_or_the_new_vault_opens(
    number: int, template: Path, tmp_path: Path
) -> None:
    later, count = Secret("a later value"), FaultyDisk()
    opened(copied(template, tmp_path / "count"), disk=count).put("openai", later)
    for at in range(1, len(count.made) + 1):
        places, disk = copied(template, tmp_path / f"at-{at}"), FaultyDisk(fail_at=at, number=number)
        found = refusal(lambda disk=disk, places=places: opened(places, disk=disk).put("openai", later))
        assert found is not None, at
        call = (at, disk.made[at - 1], found.code)
        assert found.code in CODES[number] | {"disk-failing"}, call
        assert values_of(opened(places)) in (VALUES, {**VALUES, "openai": "a later value"}), call
        opened(places).put("openai", Secret("work goes on"))


def test_short_writes_are_continued(vault: Vault) -> None:
    slow = opened(vault._places, disk=ShortWrites())
    slow.put("openai", Secret("a later value"))
    assert values_of(opened(vault._places))["openai"] == "a later value"


def test_what_does_not_read_back_or_open_takes_nobodys_place(vault: Vault, data: bytes) -> None:
    class Liar(FaultyDisk):
        def write(self, descriptor: int, data: bytes) -> int:
            return super().write(descriptor, data[:-1] + bytes([data[-1] ^ 1]))

    with pytest.raises(LunaError) as caught:
        opened(vault._places, disk=Liar()).put("openai", Secret("a later value"))
    assert caught.value.code == "disk-failing"
    assert VaultFiles.of(vault._places).vault.read_bytes() == data


def test_a_rotation_leaves_no_copy_that_the_old_keys_open(vault: Vault) -> None:
    places, ring = vault._places, VaultFiles.of(vault._places).ring
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
    from appliance.vault import opened as module

    monkeypatch.setattr(module, "MOST_USES", vault.opened.layout.header.uses + 1)
    with pytest.raises(faults.Exhausted):
        vault.put("openai", Secret("one too many"))
    rotate_master(vault, [key_file(vault._places), Passphrase(Secret(PHRASE))])
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


VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "vault").glob("*.json"))


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


def test_there_are_vectors() -> None:
    assert {path.stem for path in VECTORS} >= {"empty", "all-ways", "scrypt"}


def test_what_is_written_today_is_read_by_the_second_reader(vault: Vault, data: bytes) -> None:
    secret = key_file(vault._places).secret(b"")
    assert secret is not None
    found = vault_reader.read(data, 4, secret)
    assert (found.secrets, found.generation, found.ways) == (VALUES, 3, [4, 1])
    assert vault_reader.read(data, 1, PHRASE.encode()).secrets == VALUES
    assert struct.unpack(">H", data[8:10]) == (1,)
    assert (LIMITS.argon2[0], LIMITS.argon2[1]) == (CHEAP, ciphers.Limits().argon2[1])
