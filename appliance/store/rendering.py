"""New text for values, in the style of the text around it."""

from __future__ import annotations

import json
import math
import re

from appliance.errors import Usage
from appliance.store.edits import refuse_forbidden
from appliance.values import dataclass

_BARE_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_SEPARATORS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "\x7f": "\\u007f"})


@dataclass(frozen=True)
class Style:
    """How the neighbours of a new piece of text are written."""

    newline: str = "\n"
    unit: str = "  "
    """One step of indentation."""
    key_quote: str = '"'
    """Around keys: a double quote, a single one, or nothing where a bare key can stand."""
    text_quote: str = '"'
    colon: str = ": "
    lines: bool = True
    """Members stand on lines of their own."""
    gap: str = " "
    """Between members when they do not."""


def render_key(key: str, style: Style) -> str:
    """`key` as the neighbours write theirs."""
    refuse_forbidden(key)
    if not style.key_quote and _BARE_KEY.fullmatch(key):
        return key
    return _quoted(key, style.key_quote or style.text_quote)


def render(value: object, style: Style, indent: str) -> str:
    """`value` as text; `indent` is the white space before the line it begins on.

    Raises:
        Usage: `config-value`, it is not JSON data.
    """
    if isinstance(value, str):
        return _quoted(value, style.text_quote)
    if value is None or isinstance(value, bool | int | float):
        if isinstance(value, float) and not math.isfinite(value):
            raise Usage(f"{value} cannot be written into the configuration.", code="config-value")
        return json.dumps(value)
    inner = indent + style.unit if style.lines else indent
    if isinstance(value, dict):
        pieces = [
            f"{render_key(_text_key(key), style)}{style.colon}{render(item, style, inner)}"
            for key, item in value.items()
        ]
        return _bracketed("{", pieces, "}", style, indent)
    if isinstance(value, list | tuple):
        return _bracketed("[", [render(item, style, inner) for item in value], "]", style, indent)
    raise Usage(f"A {type(value).__name__} cannot be written into the configuration.", code="config-value")


def _bracketed(opening: str, pieces: list[str], closing: str, style: Style, indent: str) -> str:
    if not pieces:
        return opening + closing
    if not style.lines:
        edge = style.gap if opening == "{" else ""
        return opening + edge + f",{style.gap}".join(pieces) + edge + closing
    line = style.newline + indent
    return opening + ",".join(f"{line}{style.unit}{piece}" for piece in pieces) + line + closing


def _quoted(text: str, quote: str) -> str:
    body = json.dumps(text, ensure_ascii=False)[1:-1].translate(_SEPARATORS)
    if not body.isascii():
        body = "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in body)
    if quote == "'":
        body = body.replace('\\"', '"').replace("'", "\\'")
    return quote + body + quote


def _text_key(key: object) -> str:
    if not isinstance(key, str):
        raise Usage(f"“{key}” cannot be a key of the configuration; keys are texts.", code="config-value")
    return key
