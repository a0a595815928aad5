"""Which settings are secrets, and how they are shown.

The patterns are those OpenClaw itself marks `sensitive` (`config.schema` → `uiHints`), and its own rule on
names for everything no pattern knows.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.redact import mask, redact
from appliance.store.edits import MISSING, format_path

if TYPE_CHECKING:
    from appliance.store.edits import Path as SettingPath

_SHIPPED = Path(__file__).parent / "data" / "schema" / "sensitive.json"
_NAMES = re.compile(
    r"token$|password|secret|api.?key|encrypt.?key|private.?key|serviceaccount(?:ref)?$|passphrase",
    re.IGNORECASE,
)
_HARMLESS = (
    "maxtokens", "maxoutputtokens", "maxinputtokens", "maxcompletiontokens", "contexttokens", "totaltokens",
    "tokencount", "tokenlimit", "tokenbudget", "passwordfile",
)  # fmt: skip
_VARIABLE = re.compile(r"\$\{[A-Z_][A-Z0-9_]*\}")
_REFERENCE_KEYS = {"source", "provider", "id"}
_SHOWN = 120


def is_sensitive(path: SettingPath) -> bool:
    """Whether OpenClaw treats what stands at `path`, or a section above it, as a secret."""
    if not path:
        return False
    return _named(path) or any(_matches(pattern, path) for pattern in _patterns(path[0]))


def is_secret(value: object, path: SettingPath) -> bool:
    """Whether `value` holds a secret in clear: not a reference to one, not `${VARIABLE}`, not empty."""
    if isinstance(value, dict):
        if is_reference(value):
            return False
        return any(is_secret(item, (*path, str(key))) for key, item in value.items())
    if isinstance(value, list):
        return any(is_secret(item, (*path, str(index))) for index, item in enumerate(value))
    if not isinstance(value, str) or not value or _VARIABLE.fullmatch(value):
        return False
    return is_sensitive(path)


def masked(value: object, path: SettingPath) -> object:
    """`value` with every secret in it masked; references and `${VARIABLE}` stay readable."""
    if isinstance(value, dict):
        if is_reference(value):
            return value
        return {key: masked(item, (*path, str(key))) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item, (*path, str(index))) for index, item in enumerate(value)]
    if isinstance(value, str):
        return mask(value) if is_secret(value, path) else redact(value)
    return value


def in_words(value: object, path: SettingPath) -> str:
    """A masked value on one line, for messages and lists of changes."""
    if value is MISSING:
        return "not set"
    text = json.dumps(masked(value, path), ensure_ascii=False, default=repr)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def is_reference(value: dict[object, object]) -> bool:
    """A SecretRef: `{source, provider?, id}`."""
    return "source" in value and "id" in value and _REFERENCE_KEYS.issuperset(map(str, value))


def _named(path: SettingPath) -> bool:
    """OpenClaw's rule for settings that no schema describes; of a list, the name of the list counts."""
    if "localservice.env." in format_path(path).lower():
        return True
    name = next((key for key in reversed(path) if not key.isdecimal()), "")
    return not name.lower().endswith(_HARMLESS) and bool(_NAMES.search(name))


@cache
def _patterns(section: str) -> tuple[tuple[str, ...], ...]:
    """The shipped patterns of one section, split into keys; `*` stands for one key or index."""
    found = json.loads(_SHIPPED.read_text(encoding="utf-8"))
    split = (tuple(pattern.replace("[]", ".*").split(".")) for pattern in found)
    return tuple(keys for keys in split if keys[0] == section)


def _matches(pattern: tuple[str, ...], path: SettingPath) -> bool:
    """Whether `pattern` names `path` or a section it lies in."""
    if len(pattern) > len(path):
        return False
    return all(want in ("*", have) for want, have in zip(pattern, path, strict=False))
