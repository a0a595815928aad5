"""Terminals that cannot show UTF-8: what is written for a glyph they do not have, in the same columns."""

from __future__ import annotations

import codecs
import locale
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Mapping

ERRORS: Final = "lunatui.plainer"
"""The name of the error handler that `str.encode` is to use."""
_IUTF8: Final = 0x4000
"""Linux marks a tty whose terminal speaks UTF-8 so; sshd passes it on."""
_UNSAID: Final = ("", "C", "POSIX")
_PLAINER: Final = str.maketrans(
    {
        **dict.fromkeys("▎▏▕▌▍▉▊▋▐│┃", "|"),
        **dict.fromkeys("█▓▒░", "#"),
        **dict.fromkeys("▁▂▃▄▅▆▇", "_"),
        **dict.fromkeys("–—─━", "-"),
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼✓", "+"),
        **dict.fromkeys("●•·", "*"),
        **dict.fromkeys("○◌◐", "o"),
        **dict.fromkeys("▲△", "!"),
        **dict.fromkeys("▸▹→", ">"),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("“”", '"'),
        **dict(zip("☾◉✗…←↑↓", "(@x.<^v", strict=True)),
    }
)


def charset(env: Mapping[str, str], iflag: int = 0) -> str:
    """The encoding of the terminal: UTF-8, unless the locale names another and the tty says nothing else.

    A locale that says nothing (`C`) is what a box has whose owner's terminal, at the other end of a line,
    speaks UTF-8 all the same.
    """
    said = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    if said in _UNSAID or iflag & _IUTF8:
        return "utf-8"
    named = said.partition("@")[0].partition(".")[2] or _usual_of(said)
    try:
        return codecs.lookup(named).name
    except LookupError:
        return "utf-8"


def _usual_of(said: str) -> str:
    """`de_DE` alone means what it meant before there was UTF-8."""
    return locale.normalize(said).partition(".")[2]


def plainer(error: UnicodeError) -> tuple[str | bytes, int]:
    """In place of what an encoding lacks: something like it, else a question mark for each column."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_plain(glyph) for glyph in missing), error.end


def _plain(glyph: str) -> str:
    like = glyph.translate(_PLAINER)
    return like if like.isascii() else "?" * cell_len(glyph)


codecs.register_error(ERRORS, plainer)
