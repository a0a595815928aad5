"""Untrusted text made safe for a terminal (every string from a file, gateway, child or archive)."""

from __future__ import annotations

import re
from functools import cache

LINE_LIMIT = 8 * 1024
"""Characters of one line that are shown; the rest is named, not printed."""
MARKS_LIMIT = 16
"""Combining marks on one character that are shown; more of them would climb over other lines."""

_GROUND = "◌"
"""What a combining mark without a character before it stands on; the cell there need not be ours."""
_NOTE_ROOM = 24
_FORBIDDEN = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff\ud800-\udfff]"
)
_PICTURE = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
"""What an emoji can be made of (as the inside of a character class)."""
_JOINER = f"(?<![{_PICTURE}\ufe0f])\u200d|\u200d(?![{_PICTURE}])"
_SELECTOR = (
    f"(?<![#*0-9{_PICTURE}])[\ufe0e\ufe0f]"
    "|[\ufe03-\ufe0d]"
    "|(?<![\u1820-\u18aa])[\u180b-\u180d\u180f]"
    "|(?<![\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\ufe00-\ufe02\U000e0100-\U000e01ef]"
)
_FORBIDDEN_IN_LINE = f"[\t\n{_FORBIDDEN[1:]}"
_LAYOUT = {ord("\n"): " ", ord("\t"): " "}
_MAYBE_GROUNDLESS = "(?m)(?:^|(?<=[ \t]))[^\x00-\u02ff]"
"""Behind a space too: where a line is broken there, what follows begins one."""
_MAYBE_FLOOD = f"[^\x00-\u02ff]{{{MARKS_LIMIT + 1}}}"


def safe(text: str) -> str:
    """`text` with every control, bidi and invisible character made visible (`␛`, `⟦202E⟧`)."""
    # Printable ASCII, which most text is, needs no pattern: compiling one takes longer than a whole answer.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        # Each step looks at neighbours that the steps before it have settled: a second pass changes nothing.
        if _compiled(_MAYBE_FLOOD).search(text):
            text = _without_flood(text)
        text = _compiled(_SELECTOR).sub(_mark, text)
        text = _compiled(_JOINER).sub(_mark, text)
        text = _compiled(_MAYBE_GROUNDLESS).sub(_grounded, text)
    if not (text.isascii() and text.translate(_LAYOUT).isprintable()):
        text = _compiled(_FORBIDDEN).sub(_mark, text)
    if len(text) > LINE_LIMIT:
        return "\n".join(map(_cut, text.split("\n")))
    return text


def safe_line(text: str) -> str:
    """`safe` on one line: line ends and tabs become spaces."""
    return _cut(safe(text).replace("\n", " ").replace("\t", " "))


def unsafe_places(text: str) -> list[int]:
    """Where `text`, a piece of one line that should be safe by now, holds what `safe_line` would change.

    What joins a character to a neighbour that the cut took away is not held against the piece.
    """
    if text.isascii() and text.isprintable():
        return []
    found = [match.start() for match in _compiled(_FORBIDDEN_IN_LINE).finditer(text)]
    if not text.isascii():
        # The joiners as they stand once the selectors are settled, as `safe` does it.
        settled = text
        for pattern in (_SELECTOR, _JOINER):
            at = [match.start() for match in _compiled(pattern).finditer(settled)]
            inner = {place for place in at if 0 < place < len(text) - 1}
            settled = "".join("?" if place in inner else each for place, each in enumerate(settled))
            found += inner
        if _compiled(_MAYBE_FLOOD).search(text):
            found += _flood_places(text)
    return sorted(set(found))


def safe_entry(text: str) -> str:
    """`safe_line` for a line that is still being typed: what may join the next character stays."""
    places = unsafe_places(text)
    if not places:
        return text
    flood = set(_flood_places(text))
    characters = list(text)
    for place in places:
        characters[place] = "" if place in flood else _visible(characters[place])
    return "".join(characters)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when first needed."""
    return re.compile(pattern)


def _mark(match: re.Match[str]) -> str:
    return _visible(match.group())


def _visible(character: str) -> str:
    if character in "\t\n":
        return " "
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟦{code:04X}⟧"


def _grounded(match: re.Match[str]) -> str:
    return f"{_GROUND}{match.group()}" if _is_mark(match.group()) else match.group()


def _is_mark(character: str) -> bool:
    import unicodedata

    return unicodedata.category(character) in ("Mn", "Me")


def _without_flood(text: str) -> str:
    """At most `MARKS_LIMIT` combining marks behind one character."""
    flood = set(_flood_places(text))
    return "".join(character for place, character in enumerate(text) if place not in flood)


def _flood_places(text: str) -> list[int]:
    """Where combining marks stand behind one character that has `MARKS_LIMIT` of them already."""
    found: list[int] = []
    marks = 0
    for place, character in enumerate(text):
        marks = marks + 1 if _is_mark(character) else 0
        if marks > MARKS_LIMIT:
            found.append(place)
    return found


def _cut(line: str) -> str:
    if len(line) <= LINE_LIMIT:
        return line
    shown = line[: LINE_LIMIT - _NOTE_ROOM].rstrip("\u200d")
    return f"{shown}… {(len(line) - len(shown) + 1023) // 1024} KB more"
