"""A language whose every letter is another one: what can still be read on the screen came from elsewhere."""

from __future__ import annotations

import re
import string

from screens.words import Words

_LETTERS = str.maketrans(
    string.ascii_letters,
    "".join(chr(0x1D5BA + at) for at in range(26)) + "".join(chr(0x1D5A0 + at) for at in range(26)),
)
_NAMES = re.compile(r"(\$\w+|\$\{\w+\})")


def marked(text: str) -> str:
    """`text` with every letter marked; what is filled in later keeps its name."""
    parts = _NAMES.split(text)
    return "".join(part if at % 2 else part.translate(_LETTERS) for at, part in enumerate(parts))


class Marked(Words):
    """English, marked."""

    def _find(self, key: str, values: dict[str, object]) -> str:
        return marked(super()._find(key, values))
