"""Keys in the text of one file: by their shape, by the name beside them, by the setting they stand at."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.hygiene.models import Spot
from appliance.redact import NAMED, is_key_name, key_texts, kind_of
from appliance.secret import Secret
from appliance.store.document import Document
from appliance.store.edits import format_path
from appliance.store.masking import is_reference, is_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.hygiene.models import Form, Sure
    from appliance.store.edits import Path

_LIKELY_KINDS = {"login", "ticket", "telephone", "telegram"}
"""Shapes that something harmless may have by chance."""
_RANDOM_BITS, _RANDOM_LENGTH = 3.2, 16
"""Bits of entropy a character and length from which a text beside a key-like name looks made by a machine."""


def spots(data: bytes, form: Form) -> list[Spot]:
    """The keys in a file, each value once for each place it stands at."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    if form == "settings":
        try:
            return _in_settings(Document.parse(data), text)
        except LunaError:
            return _in_text(text)
    return _in_variables(text) if form == "variables" else _in_text(text)


def _in_settings(document: Document, text: str) -> list[Spot]:
    found = [spot for path, value in _leaves(document.value, ()) for spot in _at_setting(path, value)]
    values = tuple(_text(spot) for spot in found)
    rest = [spot for spot in _in_text(text) if not any(_same(_text(spot), value) for value in values)]
    return [*found, *(spot for spot in rest if spot.kind != NAMED)]


def _leaves(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict) and not is_reference(value):
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, str(index)))
    elif isinstance(value, str) and value:
        yield path, value


def _at_setting(path: Path, value: str) -> Iterator[Spot]:
    where = format_path(path)
    if is_secret(value, path) and _may_be_a_key(value):
        yield Spot(where, kind_of(value), "certain", Secret(value), path)
        return
    for found in key_texts(value):
        if found.kind != NAMED:
            inner = value[found.start : found.end]
            whole = path if inner == value else ()
            yield Spot(where, found.kind, _sure(found.kind, inner), Secret(inner), whole)


def _in_variables(text: str) -> list[Spot]:
    found: list[Spot] = []
    for number, line in enumerate(text.splitlines(), 1):
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        name, value = name.strip(), value.strip().strip("\"'`")
        if separator and not name.startswith("#") and is_key_name(name) and _may_be_a_key(value):
            kind = kind_of(value)
            found.append(Spot(name, kind, "certain", Secret(value)))
        else:
            found += [spot for spot in _in_text(line, number) if spot.kind != NAMED]
    return found


def _in_text(text: str, first_line: int = 1) -> list[Spot]:
    found: list[Spot] = []
    at, line = 0, first_line
    for key in key_texts(text):
        line += text.count("\n", at, key.start)
        at = key.start
        value = text[key.start : key.end]
        if key.kind == NAMED and not _looks_random(value):
            continue
        found.append(Spot(f"line {line}", key.kind, _sure(key.kind, value), Secret(value)))
    return found


def _sure(kind: str, value: str) -> Sure:
    if kind == NAMED:
        return "possible"
    if kind in _LIKELY_KINDS:
        return "likely"
    return "certain" if _looks_random(value) or kind == "private" else "likely"


def _may_be_a_key(value: str) -> bool:
    """Not a reference, a mark, or a word that stands for one."""
    return len(value) >= 6 and not value.startswith(("${", "$", "[", "__OPENCLAW_")) and "•" not in value


def _looks_random(value: str) -> bool:
    if len(value) < _RANDOM_LENGTH or " " in value:
        return False
    counts = Counter(value).values()
    bits = -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
    return bits >= _RANDOM_BITS


def _same(one: str, other: str) -> bool:
    return one in other or other in one


def _text(spot: Spot) -> str:
    with spot.value.expose() as text:
        return text
