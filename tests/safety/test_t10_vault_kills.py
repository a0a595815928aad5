"""T10, T2 and T6: whatever kills or fails a save of the vault, the old or the new one opens."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.errors import LunaError
from appliance.secret import Secret
from appliance.vault.files import VaultFiles
from appliance.vault.layout import parse
from appliance.vault.mastering import create, rotate_master
from appliance.vault.saving import copies
from appliance.vault.vault import Vault
from appliance.vault.ways import Passphrase
from tests.safety import kills
from tests.safety.faulty_disk import FaultyDisk, ShortWrites
from tests.safety.scale import scale
from tests.safety.vaults import (
    PHRASE,
    VALUES,
    copied,
    key_file,
    means,
    opened,
    places_in,
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
    print(f"figure steps killed at, vault {what}: {len(steps.steps)}")


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


FAULT_STEP = scale(3, 1, 1)
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
    for at in range(1, len(count.made) + 1, FAULT_STEP):
        places, disk = copied(template, tmp_path / f"at-{at}"), FaultyDisk(fail_at=at, number=number)
        found = refusal(lambda disk=disk, places=places: opened(places, disk=disk).put("openai", later))
        assert found is not None, at
        call = (at, disk.made[at - 1], found.code)
        assert found.code in CODES[number] | {"disk-failing"}, call
        assert values_of(opened(places)) in (VALUES, {**VALUES, "openai": "a later value"}), call
        opened(places).put("openai", Secret("work goes on"))


def test_short_writes_are_continued(vault: Vault) -> None:
    slow = opened(vault.places, disk=ShortWrites())
    slow.put("openai", Secret("a later value"))
    assert values_of(opened(vault.places))["openai"] == "a later value"


class Liar(FaultyDisk):
    """Keeps something else than it was given, in files of one kind."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind, self._lies = kind, False

    def create(self, path: Path, mode: int = 0o600) -> int:
        self._lies = path.name.startswith(self._kind)
        return super().create(path, mode)

    def write(self, descriptor: int, data: bytes) -> int:
        return super().write(descriptor, data[:-1] + bytes([data[-1] ^ self._lies]))


@pytest.mark.parametrize("kind", [".vault.lunatui.", ".0000"], ids=["vault", "copy"])
def test_what_does_not_read_back_takes_nobodys_place(kind: str, vault: Vault, data: bytes) -> None:
    with pytest.raises(LunaError) as caught:
        opened(vault.places, disk=Liar(kind)).put("openai", Secret("a later value"))
    assert caught.value.code == "disk-failing"
    assert VaultFiles.of(vault.places).vault.read_bytes() == data
