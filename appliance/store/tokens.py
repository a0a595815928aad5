"""The words of JSON5: white space, keys, texts and numbers, as OpenClaw's `json5` package reads them."""

from __future__ import annotations

import re
import unicodedata
from typing import NoReturn

from appliance.errors import Invalid
from appliance.store.plain_json import MAX_NUMBER, number

_SPACE = "\\t\\v\\f \u00a0\ufeff\\n\\r\u2028\u2029\u1680\u2000-\u200a\u202f\u205f\u3000"
_LINE_END = "\\n\\r\u2028\u2029"
TRIVIA = re.compile(rf"(?:[{_SPACE}]++|//[^{_LINE_END}]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+")
"""White space and comments, as long as they go."""
COMMENT = re.compile(rf"//[^{_LINE_END}]*+|/\*(?:[^*]|\*(?!/))*+\*/")
"""One comment; only to be searched for where no text can stand."""

_NUMBER = re.compile(
    r"([+-]?)(?:(0[xX][0-9a-fA-F]+)|(Infinity|NaN)"
    r"|((?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?))"
)
_STRING = {quote: re.compile(rf"[^{quote}\\{_LINE_END}]*+") for quote in ('"', "'")}
LITERALS: dict[str, object] = {"true": True, "false": False, "null": None}
DIGITS = frozenset("0123456789")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

_PIECES = 4_096
"""Pieces of a text that are kept apart: each takes as much room as eighty characters."""

Span = tuple[int, int]


def fail(text: str, position: int, what: str) -> NoReturn:
    """Raise `Invalid` (`config-syntax`) that names the line and column of `position`."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    raise syntax_error(what, str(line), str(column))


def syntax_error(problem: str, line: str, column: str, path: str = "") -> Invalid:
    """The error for a mistake in the text; `path` names the file where it is known."""
    facts = {"problem": problem, "line": line, "column": column}
    name = f"The configuration {path}".rstrip()
    return Invalid(
        f"{name} is not valid JSON5: {problem} at line {line}, column {column}.",
        hint="Correct that line, or restore one of the backups.",
        code="config-syntax",
        facts={**facts, "path": path} if path else facts,
    )


def skip(text: str, position: int) -> int:
    """The first place at or after `position` that is neither white space nor comment."""
    found = TRIVIA.match(text, position)
    end = found.end() if found else position
    if text.startswith("/*", end):
        fail(text, end, "a comment that does not end")
    return end


def shown(text: str, position: int) -> str:
    """The character at `position` for an error message."""
    return f"“{text[position]}”" if position < len(text) else "the end of the file"


def scalar(text: str, position: int) -> tuple[object, Span, int]:
    """A string with escapes or single quotes, or a number as only JSON5 writes it."""
    if text[position : position + 1] in _STRING:
        string, end = quoted(text, position)
        return string, (position, end), end
    for word, literal in LITERALS.items():
        if text.startswith(word, position):
            return literal, (position, position + len(word)), position + len(word)
    found = _NUMBER.match(text, position)
    if found is None:
        fail(text, position, f"unexpected {shown(text, position)}")
    if len(found[0]) > MAX_NUMBER:
        fail(text, position, f"a number longer than {MAX_NUMBER} characters")
    value: int | float
    if found[2]:
        value = int(found[2], 16)
    elif found[3]:
        value = float(found[3])
    else:
        value = number(found[4])
    return (-value if found[1] == "-" else value), found.span(), found.end()


def quoted(text: str, position: int) -> tuple[str, int]:
    """A quoted string that starts at `position`; returns it and the place behind it."""
    quote = text[position]
    plain = _STRING[quote]
    parts: list[str] = []
    at = position + 1
    while True:
        found = plain.match(text, at)
        parts.append(found[0] if found else "")
        if len(parts) > _PIECES:
            parts = ["".join(parts)]
        at = found.end() if found else at
        here = text[at : at + 1]
        if here == quote:
            whole = "".join(parts)
            return _paired(whole) if _has_surrogate(whole) else whole, at + 1
        if here in "\u2028\u2029" and here:
            parts.append(here)
            at += 1
        elif here == "\\":
            part, at = _escape(text, at + 1)
            parts.append(part)
        else:
            fail(text, at if here else position, "a text that does not end on its line")


def key(text: str, position: int) -> tuple[str, int]:
    """A key, quoted or bare, that starts at `position`; returns it and the place behind it."""
    if text[position : position + 1] in _STRING:
        return quoted(text, position)
    return identifier(text, position)


def identifier(text: str, position: int) -> tuple[str, int]:
    """A bare key, as ECMAScript 5.1 allows it."""
    parts: list[str] = []
    at = position
    while at < len(text):
        character, end = text[at], at + 1
        if character == "\\":
            if text[end : end + 1] != "u":
                fail(text, end, "a broken escape in a key")
            character, end = _escape(text, end)
        if not _in_identifier(character, first=not parts):
            break
        parts.append(character)
        at = end
    if not parts:
        fail(text, position, f"expected a key, found {shown(text, position)}")
    return "".join(parts), at


def _escape(text: str, at: int) -> tuple[str, int]:
    here = text[at : at + 1]
    if here in _ESCAPES and here:
        return _ESCAPES[here], at + 1
    if here == "\r":
        return "", at + (2 if text[at + 1 : at + 2] == "\n" else 1)
    if here in "\n\u2028\u2029" and here:
        return "", at + 1
    if here and here in "ux":
        length = 4 if here == "u" else 2
        digits = text[at + 1 : at + 1 + length]
        if not re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", digits):
            fail(text, at, "a broken escape")
        return chr(int(digits, 16)), at + 1 + length
    if not here or here in "123456789" or (here == "0" and text[at + 1 : at + 2] in DIGITS):
        fail(text, at, "a broken escape")
    return ("\0" if here == "0" else here), at + 1


def _in_identifier(character: str, *, first: bool) -> bool:
    if character.isascii():
        return character.isalpha() or character in "$_" or (not first and character.isdigit())
    category = unicodedata.category(character)
    if category in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nl"}:
        return True
    return not first and (category in {"Mn", "Mc", "Nd", "Pc"} or character in "\u200c\u200d")


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text) if not text.isascii() else False


def _paired(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
