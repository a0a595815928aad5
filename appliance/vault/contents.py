"""The encrypted list of a vault: names, ages, and the hash of every record it belongs to."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import fields
from typing import Any

from appliance.errors import Usage
from appliance.parsing import json_value
from appliance.values import dataclass
from appliance.vault.layout import Record, damaged

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?")
"""Within OpenClaw's rule for ids that a program resolves (`^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,255}$`)."""


@dataclass(frozen=True)
class Item:
    """One line of the list: a value and which record holds it."""

    id: str
    """16 random bytes in hexadecimal; the same for every version of a name."""
    name: str
    version: int
    generation: int
    sha256: str
    """Of the record's bytes in the file."""
    created: int
    """When the name was new; Unix time in seconds, as the others."""
    changed: int
    until: int = 0
    """0 for the value in use; else when the kept former value goes for good."""


@dataclass(frozen=True)
class Contents:
    """The whole list."""

    fingerprint_key: bytes
    items: tuple[Item, ...]
    """In the order of the records."""

    def current(self, name: str) -> Item | None:
        """The value in use under a name."""
        return next((item for item in self.items if item.name == name and not item.until), None)

    def kept(self, name: str) -> Item | None:
        """The newest former value of a name that is still there."""
        former = [item for item in self.items if item.name == name and item.until]
        return max(former, key=lambda item: item.version, default=None)

    def pack(self) -> bytes:
        """As JSON."""
        rows = [{field.name: getattr(item, field.name) for field in fields(Item)} for item in self.items]
        content = {"format": 1, "fingerprint_key": self.fingerprint_key.hex(), "secrets": rows}
        return json.dumps(content, separators=(",", ":")).encode()


def check_name(name: str) -> str:
    """`name`, when a secret can be called that; raises Usage."""
    if NAME.fullmatch(name) and not any(part in ("", ".", "..") for part in name.split("/")):
        return name
    raise Usage(
        "A secret's name has letters, digits, and . _ / - between them, at most 128.",
        hint="For example: openai or providers/openai.",
        code="secret-name",
    )


def parse(data: bytes) -> Contents:
    """The list as it was written; raises Tampered when it cannot be one."""
    try:
        content: Any = json_value(data)
        items = tuple(_item(row) for row in content["secrets"])
        return Contents(bytes.fromhex(content["fingerprint_key"]), items)
    except (ValueError, KeyError, TypeError):
        raise damaged("its list cannot be read") from None


def _item(row: dict[str, Any]) -> Item:
    item = Item(**row)
    for field in fields(Item):
        kind = str if field.name in ("id", "name", "sha256") else int
        if type(getattr(item, field.name)) is not kind:
            raise TypeError(field.name)
    return item


def check_records(contents: Contents, records: tuple[Record, ...]) -> None:
    """Raise `Tampered` unless the records are those of the list, in its order."""
    if len(contents.items) != len(records):
        raise damaged("records were added or taken out")
    for item, record in zip(contents.items, records, strict=True):
        own = (record.secret_id.hex(), record.version, record.generation)
        if own != (item.id, item.version, item.generation) or digest(record) != item.sha256:
            raise damaged("a record was changed or put in another's place")


def digest(record: Record) -> str:
    """SHA-256 of a record as it stands in the file."""
    return hashlib.sha256(record.pack()).hexdigest()
