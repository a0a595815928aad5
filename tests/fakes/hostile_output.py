"""What our screens may write to a terminal, as a grammar: whatever does not fit is a leak.

It knows nothing of `appliance.text`: what may be printed is decided here by Unicode's own categories.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

_SGR = re.compile(r"\x1b\[((?:\d{1,3})(?:;\d{1,3})*)?m")
_SGR_CODES = {"0", "1", "2", "3", "4", "7", "9", "22", "23", "24", "27", "29", "39", "49"}
_SGR_COLOURS = {str(code) for base in (30, 40, 90, 100) for code in range(base, base + 8)}
_MOVES = re.compile(r"\x1b\[(?:(\d{1,3})(?:;(\d{1,3}))?H|[CB]|(\d{1,3})[CX]|K|2J)")
_MODES = re.compile(r"\x1b\[\?(?:1049|1000|1003|1015|1006|1004|2004|2026|2048|25|7)[hl]")
_QUESTIONS = re.compile(r"\x1b\[(?:6n|\?2026\$p|\?2048\$p)")
_KITTY = re.compile(r"\x1b\[(?:>\d{1,2}|<)u")
_POINTER = re.compile(r"\x1b\]22;(?:default|text|pointer)\x07")
_PLAIN = re.compile(r"[ -~\r\n]+")
_MEANING = (_SGR, _MOVES, _MODES, _QUESTIONS, _KITTY, _POINTER)
_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_UNSEEN = set("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_MONGOLIAN_SELECTORS = "\u180b\u180c\u180d\u180f"
_PICTURES = {"So", "Sk", "Po"}


@dataclass
class Judged:
    """What was found in an output."""

    leaks: list[str] = field(default_factory=list)
    """Each with a little of what stands around it."""
    bells: int = 0
    kinds: set[str] = field(default_factory=set)
    """The sequences that occurred, digits as `0`."""


def judged(raw: bytes, *, sequences: bool = True, width: int = 999, height: int = 999) -> Judged:
    """Read all that a terminal of this size was sent; `sequences`: not only text may be in it."""
    found = Judged()
    try:
        text = raw.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        found.leaks.append(f"not UTF-8: {raw[max(0, error.start - 20) : error.end + 20]!r}")
        return found
    at = 0
    while at < len(text):
        if plain := _PLAIN.match(text, at):
            at = plain.end()
            continue
        step = _sequence(text, at, width, height) if sequences and text[at] == "\x1b" else 0
        if step:
            found.kinds.add(re.sub(r"\d+", "0", text[at : at + step]))
        elif text[at] == "\x07" and sequences:
            found.bells += 1
        elif not _may_be_printed(text, at):
            found.leaks.append(repr(text[max(0, at - 30) : at + 30]))
        at += step or 1
    return found


def _sequence(text: str, at: int, width: int, height: int) -> int:
    """The length of the allowed sequence that begins here; 0 if there is none."""
    for pattern in _MEANING:
        if match := pattern.match(text, at):
            fits = pattern is not _SGR or all(_known(match[1] or "0"))
            if pattern is _MOVES:
                fits = int(match[1] or 1) <= height and int(match[2] or match[3] or 1) <= width
            return match.end() - at if fits else 0
    return 0


def _known(codes: str) -> Iterator[bool]:
    """Whether each of these SGR codes is one that a style of ours can lead to."""
    rest = iter(codes.split(";"))
    for code in rest:
        if code in ("38", "48"):
            count = {"2": 3, "5": 1}.get(next(rest, ""), 0)
            numbers = [next(rest, "") for _ in range(count)]
            yield bool(numbers) and all(number.isdigit() and int(number) < 256 for number in numbers)
        else:
            yield code in _SGR_CODES or code in _SGR_COLOURS


def _may_be_printed(text: str, at: int) -> bool:
    character = text[at]
    if character in "\r\n":
        return True
    if character == "\u200d":
        return 0 < at < len(text) - 1 and all(map(_is_picture, (text[at - 1], text[at + 1])))
    if 0xFE00 <= ord(character) <= 0xFE0F:
        return at > 0 and (
            _is_picture(text[at - 1]) or text[at - 1] in "0123456789#*" or _is_cjk(text[at - 1])
        )
    if character in _MONGOLIAN_SELECTORS:
        return at > 0 and unicodedata.name(text[at - 1], "").startswith("MONGOLIAN LETTER")
    if character in _UNSEEN or unicodedata.category(character) in _FORBIDDEN:
        return False
    return not (unicodedata.combining(character) and _flood(text, at))


def _is_picture(character: str) -> bool:
    return unicodedata.category(character) in _PICTURES or character == "\ufe0f" or ord(character) >= 0x1F000


def _is_cjk(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK")


def _flood(text: str, at: int) -> bool:
    """More marks behind one character than any writing has."""
    return at >= 17 and all(unicodedata.category(mark) in ("Mn", "Me") for mark in text[at - 16 : at + 1])
