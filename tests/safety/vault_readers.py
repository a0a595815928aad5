"""Readers of the vault and of what is signed: the file itself, the notes beside it, heads and tombstones."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from appliance.errors import LunaError
from tests.safety.readers import put, reader
from tests.safety.samples import Samples, box, packed

VECTORS = Path(__file__).parents[1] / "vectors" / "vault"


def vaults() -> Samples:
    """The published vectors."""
    files = (json.loads(path.read_bytes())["file"] for path in sorted(VECTORS.glob("*.json")))
    return tuple(bytes.fromhex("".join(lines)) for lines in files)


@cache
def heads() -> Samples:
    """Two signed heads as they are kept."""
    from appliance.audit.checkpoints import keep
    from appliance.audit.signing import sign

    with box() as places:
        folder = places.home / "audit"
        folder.mkdir(parents=True, mode=0o700)
        for number in (1, 2):
            head = sign(folder, "a" * 32, number, "b" * 64, 1_795_163_124_804_000_000)
            keep(folder / "heads", head, by="human:test")
        return ((folder / "heads").read_bytes().strip(),)


@cache
def stones() -> Samples:
    """A signed note of a segment that was removed."""
    from appliance.audit.log import AuditLog
    from appliance.audit.retention import TOMBSTONES, remove

    with box() as places:
        log = AuditLog(places.home / "audit", segment_bytes=1)
        for _ in range(2):
            log.append({"op": "config.set", "phase": "note"})
        remove(log, log.segments()[:1])
        return ((log.folder / TOMBSTONES).read_bytes().strip(),)


@reader("vault", vaults, "bytes")
def _vault(data: bytes, _folder: Path) -> object:
    from appliance.vault.layout import parse

    return parse(data)


@reader("vault-list", lambda: packed({"fingerprint_key": "ab" * 32, "secrets": []}))
def _vault_list(data: bytes, _folder: Path) -> object:
    from appliance.vault.contents import parse

    return parse(data)


@reader("vault-seen", lambda: packed({"vault": "ab" * 16, "generation": 3, "sha256": "cd" * 32}))
def _vault_seen(data: bytes, folder: Path) -> object:
    from appliance.store.disk import Disk
    from appliance.vault.witness import remembered

    return remembered(put(folder / "seen.json", data), Disk())


@reader("vault-tries", lambda: packed({"failures": 2, "at": 1.5}))
def _vault_tries(data: bytes, folder: Path) -> object:
    from appliance.vault.patience import note_wrong, require

    path = put(folder / "tries.json", data)
    require(path, 1e9)
    return note_wrong(path, 1e9)


@reader("heads", heads)
def _heads(data: bytes, folder: Path) -> object:
    from appliance.audit.checkpoints import kept, unsigned

    found = kept(put(folder / "heads", data + b"\n"))
    return unsigned(found.heads)


@reader("tombstones", stones)
def _tombstones(data: bytes, folder: Path) -> object:
    from appliance.audit.retention import TOMBSTONES, tombstones

    put(folder / TOMBSTONES, data + b"\n")
    return tombstones(folder)


@reader("head", lambda: (b"",), "bytes")
def _head(data: bytes, _folder: Path) -> object:
    """A head as somebody copied it."""
    from appliance.audit.signing import parse_head

    try:
        return parse_head(data.decode("utf-8", "replace"))
    except LunaError:
        return None


@reader("secrets-question", lambda: packed({"protocolVersion": 1, "provider": "lunatui", "ids": ["openai"]}))
def _question(data: bytes, _folder: Path) -> object:
    from appliance.ops.secrets_resolve import _question

    return _question(data)
