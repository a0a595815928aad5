"""Small vaults for the tests: three ways to open them, derivations that cost nothing, no real key."""

from __future__ import annotations

import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.places import Places
from appliance.secret import Secret
from appliance.vault.ciphers import Limits
from appliance.vault.files import VaultFiles
from appliance.vault.layout import Kdf, Way, parse
from appliance.vault.mastering import create
from appliance.vault.opened import Opened, authenticate, unlock
from appliance.vault.saving import Means
from appliance.vault.vault import Vault
from appliance.vault.ways import KeyFile, Passphrase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.vault.ways import Opener

PHRASE = "four plain words here"
CODE = "0000-0000-0000-0000-0000-0000-001Y"
CHEAP = (8, 1, 1)
"""Argon2id's least, for tests; the product's floor stays where it is."""
LIMITS = Limits(argon2=(CHEAP, Limits().argon2[1]))
VALUES = {"openai": "the first planted value", "providers/office": "the second planted value"}


class Dice:
    """Bytes that look random and are the same in every run."""

    def __init__(self, seed: str = "vault") -> None:
        self._seed, self._count = seed, 0

    def __call__(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            self._count += 1
            found += sha256(f"{self._seed} {self._count}".encode()).digest()
        return found[:count]


def means(**more: object) -> Means:
    """As the product has them, with a cheap passphrase."""
    cheap = Means(limits=LIMITS, stretching=lambda: (Kdf.ARGON2ID, CHEAP))
    return replace(cheap, **more)  # type: ignore[arg-type]


def places_in(home: Path) -> Places:
    """A home of its own."""
    return Places.from_environment({"HOME": str(home), "LUNATUI_HOME": str(home / "ours")})


def key_file(places: Places) -> KeyFile:
    """The way without anybody."""
    return KeyFile(VaultFiles.of(places).key_file)


def vault_in(home: Path, **more: object) -> Vault:
    """A vault with two secrets, opened by a key file or a passphrase."""
    places = places_in(home)
    vault = create(places, [key_file(places), Passphrase(Secret(PHRASE))], means=means(**more))
    for name, value in VALUES.items():
        vault.put(name, Secret(value))
    return vault


def copied(template: Path, home: Path) -> Places:
    """The home of a template once more, elsewhere."""
    shutil.copytree(template, home, dirs_exist_ok=True)
    return places_in(home)


def opened(places: Places, *openers: Opener, **more: object) -> Vault:
    """The vault of a home, by its key file unless told otherwise."""
    return Vault.open(places, openers or (key_file(places),), means=means(**more))


def values_of(vault: Vault) -> dict[str, str]:
    """Every value in use."""
    found = {}
    for name in vault.names():
        with vault.get(name).expose() as text:
            found[name] = text
    return found


def everything(data: bytes, openers: Sequence[Opener]) -> Opened:
    """Read a file as far as one can be read: all of its values."""
    layout = parse(data)
    master, _way = unlock(layout, openers, LIMITS)
    found = authenticate(data, master, layout)
    for item in found.contents.items:
        found.value(item)
    return found


def refusal(work: Callable[[], object]) -> LunaError | None:
    """The typed refusal; None when there was none."""
    try:
        work()
    except LunaError as error:
        return error
    return None


class Given:
    """A way whose secret the test has."""

    def __init__(self, way: Way, secret: bytes) -> None:
        self.way = way
        self._secret = secret

    def secret(self, vault_id: bytes) -> bytes | None:  # noqa: ARG002 - the way's signature
        return self._secret


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
