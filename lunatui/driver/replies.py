"""What arrives from a terminal as bytes, as text for Textual's parser."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_STRING: Final = re.compile(r"\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)")
"""A terminal's answer (OSC, DCS and the like), to us or to whoever asked before; nobody types one."""
_REPORT: Final = re.compile(
    r"\x1b\[(?:[?>=][\d;]*c|\??[\d;]*n|(?!48;)[\d;]+t|\?(?!2026;|2048;)[\d;]+\$y|\?[\d;]*u|[\d;]+x)"
)
"""What a terminal says of itself (DA, DSR, sizes, modes), but what Textual asks for and understands."""
_BEGUN: Final = re.compile(r"\x1b(?:\][0-9]|P[>!01+$])[^\x07\x1b]*\x1b?\Z")
_LONGEST: Final = 512
"""Characters of an answer that is waited for in pieces; what is longer was none."""


class KeyDecoder:
    """In place of `codecs.IncrementalDecoder`, for the stock driver's input thread.

    A byte that is no text becomes `�`, where the stock driver would end; answers that Textual does not know
    are left out, where it would take their letters for keys.
    """

    def __init__(self, charset: str, gone: Callable[[], None]) -> None:
        """`gone`: called when the terminal has hung up; the stock driver would ask it again for ever."""
        self._decoder = codecs.getincrementaldecoder(charset)("replace")
        self._gone = gone
        self._begun = ""

    def decode(self, data: bytes, final: bool = False) -> str:
        """The keys in `data`, as far as they are complete."""
        if not data and not final:
            self._gone()
        text = self._begun + self._decoder.decode(data, final)
        self._begun = ""
        if "\x1b" not in text:
            return text
        text = _REPORT.sub("", _STRING.sub("", text))
        begun = _BEGUN.search(text)
        if begun and not final and len(begun[0]) <= _LONGEST:
            self._begun = begun[0]
            text = text[: begun.start()]
        return text
