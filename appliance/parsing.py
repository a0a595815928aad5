"""JSON and TOML from outside, read within limits; whatever is wrong with them is a `ValueError`.

The parsers of the standard library end in a `RecursionError` for what is nested too deeply, and follow a
dotted TOML key of n parts in n² steps.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MAX_DEPTH = 64
"""Levels of objects and lists in each other."""
FILE_LIMIT = 1024 * 1024
"""Bytes of a file of our own; none comes near."""
_KEY_PARTS = 64
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_DOTTED = rf"(?<![\w-]){_PART}(?:\.[ \t]*+{_PART}){{{_KEY_PARTS}}}"
_HALF = "[\ud800-\udfff]"


def json_value(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is none, or is nested more than 64 levels deep.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if is_deeper(value, MAX_DEPTH):
        raise ValueError("it is nested too deeply")
    return value


def toml_table(data: bytes) -> dict[str, Any]:
    """The table of a TOML text.

    Raises:
        ValueError: it is none, or is nested more than 64 levels deep.
    """
    import tomllib

    text = data.decode("utf-8")
    if _compiled(_DOTTED).search(text):
        raise ValueError(f"a key has more than {_KEY_PARTS} parts")
    try:
        table = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if is_deeper(table, MAX_DEPTH):
        raise ValueError("it is nested too deeply")
    return table


def small_file(path: Path, limit: int = FILE_LIMIT) -> bytes:
    """All bytes of a file.

    Raises:
        ValueError: there are more than `limit`.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"it is larger than {limit:,} bytes")
    return data


def is_deeper(value: object, limit: int) -> bool:
    """Whether objects and lists stand more than `limit` levels deep in each other."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limit):
        if not level:
            return False
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
    return bool(level)


def whole_characters(value: Any) -> Any:
    """`value` with `�` for every half of a character; JavaScript can cut one in two, UTF-8 cannot say it."""
    if isinstance(value, str):
        return value if value.isascii() else _compiled(_HALF).sub("\ufffd", value)
    if isinstance(value, dict):
        return {whole_characters(key): whole_characters(item) for key, item in value.items()}
    return list(map(whole_characters, value)) if isinstance(value, list) else value


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when first needed."""
    return re.compile(pattern)
