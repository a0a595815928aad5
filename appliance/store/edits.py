"""What one user action changes in openclaw.json: paths into it, and edits by path."""

from __future__ import annotations

import json
import re
from enum import Enum
from functools import cache
from typing import Final, Literal

from appliance.errors import Usage
from appliance.values import dataclass


class _Mark(Enum):
    MISSING = "missing"
    ANY = "any"

    def __repr__(self) -> str:
        return self.name


MISSING: Final = _Mark.MISSING
"""There is no value at a path; as an edit's value: remove it."""
ANY: Final = _Mark.ANY
"""An edit that does not care what stood there before."""

Missing = Literal[_Mark.MISSING]
Path = tuple[str, ...]

FORBIDDEN_KEYS = frozenset({"__proto__", "constructor", "prototype"})
"""Never written: OpenClaw refuses them, and JavaScript gives them a meaning of their own."""

_BARE = re.compile(r"[^.\[\]\"']+")
_PLAIN = re.compile(r"[A-Za-z0-9_$@/:*+-]+")


@dataclass(frozen=True)
class Edit:
    """One change of one setting; `MISSING` as the value removes it."""

    path: Path
    """Keys from the root down; an array index as its digits."""
    value: object
    """Plain JSON data, or `MISSING`."""
    expected: object = ANY
    """What stood there when the edit was made: data, `MISSING`, or `ANY` when it does not matter."""

    def __post_init__(self) -> None:
        if not self.path:
            raise Usage("An edit needs a path; the whole configuration cannot be replaced at once.")
        for key in self.path:
            refuse_forbidden(key)

    @property
    def name(self) -> str:
        """The path as people write it."""
        return format_path(self.path)


def refuse_forbidden(key: str) -> None:
    """Raise `Usage` (`config-path`) for a key that must never be written."""
    if key in FORBIDDEN_KEYS:
        raise Usage(f"“{key}” cannot be used as a key.", hint="Choose another name.", code="config-path")


def parse_path(text: str) -> Path:
    """Read `gateway.port`, `bindings.0.agentId`, `bindings[0]` or `models.providers["my.host"]`.

    Raises:
        Usage: `config-path`, the text is not a path or names a forbidden key.
    """
    parts: list[str] = []
    position = 0
    while position < len(text):
        if text[position] == "[":
            found = _segment().match(text, position)
            if found is None:
                raise _not_a_path(text, "a “[” must hold a number or a quoted key")
            parts.append(_unquoted(found, text))
        else:
            if parts and text[position] != ".":
                raise _not_a_path(text, f"unexpected “{text[position]}”")
            found = _BARE.match(text, position + 1 if parts else position)
            if found is None:
                raise _not_a_path(text, "a key is empty")
            parts.append(found[0])
        position = found.end()
    if not parts:
        raise _not_a_path(text, "it is empty")
    for key in parts:
        refuse_forbidden(key)
    return tuple(parts)


@cache
def _segment() -> re.Pattern[str]:
    return re.compile(r"""\[(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\d+))\]""")


def format_path(path: Path) -> str:
    """The shortest text that `parse_path` reads back as `path`; the empty path is `<root>`."""
    text = ""
    for key in path:
        if _PLAIN.fullmatch(key):
            text += f".{key}" if text else key
        else:
            text += f"[{json.dumps(key, ensure_ascii=False)}]"
    return text or "<root>"


def lookup(value: object, path: Path) -> object:
    """What stands at `path` inside plain data, or `MISSING`."""
    for key in path:
        if isinstance(value, dict):
            value = value.get(key, MISSING)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value


def same(one: object, other: object) -> bool:
    """Equal as JSON data: `1` and `1.0` are, `1` and `true` are not, key order does not matter."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (one != one and other != other)


def _unquoted(found: re.Match[str], text: str) -> str:
    if found[3] is not None:
        return found[3]
    if found[2] is not None:
        return re.sub(r"\\(.)", r"\1", found[2])
    try:
        return str(json.loads(f'"{found[1]}"', strict=False))
    except ValueError as error:
        raise _not_a_path(text, "a quoted key has a broken escape") from error


def _not_a_path(text: str, reason: str) -> Usage:
    return Usage(
        f"“{text}” is not a path into the configuration: {reason}.",
        hint='Write it like gateway.port or models.providers["my.host"].apiKey.',
        code="config-path",
    )
