"""Taking a key that is in safety by now out of a copy: as a reference where the copy is a configuration.

So an earlier version can still be restored and works: where the key stood, it names the store it is in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError
from appliance.redact import MARK, without
from appliance.secret import Secret
from appliance.store.document import Document
from appliance.store.edits import Edit
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from appliance.hygiene.models import Form
    from appliance.store.edits import Path

_LINE = re.compile(r"^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)=", re.MULTILINE)


@dataclass(frozen=True)
class Safe:
    """A key that lies in a store by now."""

    value: Secret = field(repr=False)
    settings: tuple[tuple[str, ...], ...]
    """Where it stood in the configuration."""
    reference: Mapping[str, str]
    """What stands there instead."""


def scrubbed(data: bytes, form: Form, safe: Sequence[Safe], used: Collection[str] = ()) -> bytes:
    """`data` without the keys in `safe`; the same bytes when it holds none of them.

    `used`: names of variables that somebody still takes the key from; their lines stay.
    """
    text = data.decode("utf-8", "surrogateescape")
    for item in safe:
        with item.value.expose() as value:
            text = _without(text, form, item, value, used)
    return text.encode("utf-8", "surrogateescape")


def _without(text: str, form: Form, item: Safe, value: str, used: Collection[str]) -> str:
    if form == "settings":
        text = _referred(text, item, value)
    elif form == "variables":
        return "\n".join(_line(line, value, used) for line in text.split("\n"))
    return without(text, value)


def _referred(text: str, item: Safe, value: str) -> str:
    """With the reference at the settings where the key stood."""
    try:
        document = Document.parse(text.encode("utf-8", "surrogateescape"))
    except LunaError:
        return text
    places = [path for path in _holders(document.value, value, ()) if path in item.settings]
    edits = [Edit(path, dict(item.reference)) for path in places]
    return document.apply(edits).text if edits else text


def _holders(found: Any, value: str, path: Path) -> Iterator[Path]:
    if isinstance(found, dict):
        for key, inner in found.items():
            yield from _holders(inner, value, (*path, str(key)))
    elif isinstance(found, list):
        for index, inner in enumerate(found):
            yield from _holders(inner, value, (*path, str(index)))
    elif found == value:
        yield path


def _line(line: str, value: str, used: Collection[str]) -> str:
    """A variable that held the key becomes a remark: an empty one would still hide another source."""
    match = _LINE.match(line)
    held = line[match.end() :].strip().strip("\"'`") if match else ""
    if match is None or held != value:
        return without(line, value)
    if match[2] in used:
        return line
    return f"# {match[2]}: {MARK}, its key was put into a store"


def without_variable(data: bytes, name: str) -> bytes:
    """`data` with every line that sets `name` turned into a remark without its value."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    kept = []
    for line in lines:
        match = _LINE.match(line)
        kept.append(f"# {name}: {MARK}, it was outdated" if match and match[2] == name else line)
    return "\n".join(kept).encode("utf-8", "surrogateescape")
