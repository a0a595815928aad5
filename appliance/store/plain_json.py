"""The usual case of openclaw.json, plain JSON, read by the standard library; `scanner` reads everything else.

A verb that only looks needs the value and not where it stands in the text: the scanner's patterns alone take
longer to compile than the file to read.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

MAX_DEPTH = 64
MAX_NUMBER = 64
"""Characters."""
_LONGEST = 200_000
"""Characters; a longer text could hold more values than the scanner takes, so that one counts them."""


def plain_value(text: str) -> dict[str, object] | None:
    """What the scanner would read from `text`; None when it has to look itself, also to say what is wrong."""
    if len(text) > _LONGEST:
        return None
    try:
        value = json.loads(
            text,
            parse_int=number,
            parse_float=number,
            parse_constant=_leave,
            object_pairs_hook=_without_duplicates,
        )
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and _depth_fits(value, MAX_DEPTH) else None


def number(text: str) -> int | float:
    """A decimal literal as JavaScript understands it: whole numbers stay whole.

    Raises:
        ValueError: it is longer than any number in a configuration.
    """
    if len(text) > MAX_NUMBER:
        _leave(text)
    try:
        return int(text)
    except ValueError:
        value = float(text)
        return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _leave(_text: str) -> NoReturn:
    raise ValueError("not for us")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _leave("")
    return found


def _depth_fits(value: object, room: int) -> bool:
    if isinstance(value, dict):
        return room > 0 and all(_depth_fits(item, room - 1) for item in value.values())
    if isinstance(value, list):
        return room > 0 and all(_depth_fits(item, room - 1) for item in value)
    return True
