"""The published test vectors of the vault, made from fixed dice: `python -m tests.safety.vault_vectors`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from appliance.secret import Secret
from appliance.vault.files import VaultFiles
from appliance.vault.layout import Kdf, Way
from appliance.vault.mastering import create, rotate_master
from appliance.vault.recovery import read_code
from appliance.vault.vault import Vault
from tests.safety.vaults import CHEAP, Dice, Given, means, places_in, values_of

FOLDER = Path(__file__).parents[1] / "vectors" / "vault"
CODE = "1T7Q-Y5W3-FDM7-266T-SR3Z-XVT0-VFNE"
SECRETS = {
    Way.PASSPHRASE: "grün ist das Tor".encode(),
    Way.KEYCHAIN: b"6b" * 32,
    Way.RECOVERY: read_code(CODE),
    Way.KEY_FILE: Dice("key file")(32),
}
FIRST = 1_800_000_000
LINE = 96
Action = Callable[[Vault], object]


class Closer(Given):
    """A way whose secret is fixed."""

    def make(self, vault_id: bytes) -> bytes:  # noqa: ARG002 - the way's signature
        return self._secret


def _put(name: str, value: str) -> Action:
    return lambda vault: vault.put(name, Secret(value))


def _ways(ways: Sequence[Way]) -> list[Closer]:
    return [Closer(way, SECRETS[way]) for way in ways]


PUTS = (
    _put("openai", "a first value"),
    _put("openai", "a second value"),
    _put("providers/buero", "ä value with öther signs"),
    _put("long", "x" * 1000),
)


def vector(
    name: str, note: str, ways: Sequence[Way], stretching: tuple[Kdf, Any], actions: Sequence[Action] = ()
) -> dict[str, Any]:
    """One file and what is in it."""
    now = [FIRST]
    with tempfile.TemporaryDirectory() as home:
        places = places_in(Path(home))
        given = means(random=Dice(name), clock=lambda: now[0], stretching=lambda: stretching)
        vault = create(places, _ways(ways), means=given)
        for action in actions:
            now[0] += 60
            action(vault)
        data = VaultFiles.of(places).vault.read_bytes().hex()
    former: dict[str, list[str]] = {}
    for item in vault.opened.contents.items:
        if item.until:
            former.setdefault(item.name, []).append(vault.opened.value(item).decode())
    row = {
        "note": note,
        "vault_id": vault.opened.layout.header.vault_id.hex(),
        "generation": vault.generation,
        "ways": {way.name: SECRETS[way].hex() for way in ways},
        "secrets": values_of(vault),
        "former": former,
        "file": [data[at : at + LINE] for at in range(0, len(data), LINE)],
    }
    return row | ({"recovery_code": CODE} if Way.RECOVERY in ways else {})


def vectors() -> dict[str, dict[str, Any]]:
    """All of them, by name."""
    two = (Way.KEY_FILE, Way.KEYCHAIN)
    renew: Action = lambda vault: rotate_master(vault, _ways(two))  # noqa: E731 - an action like the others
    cheap, floor, scrypt = (Kdf.ARGON2ID, CHEAP), (Kdf.ARGON2ID, (65536, 3, 4)), (Kdf.SCRYPT, (17, 8, 1))
    all_ways = "Every way; Argon2id at the floor; one former value."
    return {
        "empty": vector("empty", "A new vault that a key file opens.", [Way.KEY_FILE], cheap),
        "all-ways": vector("all-ways", all_ways, list(Way), floor, PUTS),
        "rotated": vector("rotated", "After rotate-master.", two, cheap, (*PUTS[:2], renew)),
        "scrypt": vector("scrypt", "With scrypt.", [Way.PASSPHRASE], scrypt, PUTS[:1]),
    }


def text_of(row: dict[str, Any]) -> str:
    """As it is published."""
    return json.dumps(row, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for stem, found in vectors().items():
        (FOLDER / f"{stem}.json").write_text(text_of(found))
