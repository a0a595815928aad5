"""What the terminal at the other end is known to do, by the name it goes by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.qr.picture import drawings
from lunatui.driver.charset import charset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.qr.picture import Drawing

_ERASES_WITH_BACKGROUND = (
    "alacritty",
    "contour",
    "foot",
    "ghostty",
    "iterm",
    "kitty",
    "konsole",
    "mintty",
    "ms-terminal",
    "nsterm",
    "putty",
    "rxvt",
    "st-",
    "tmux",
    "vte",
    "wezterm",
    "xterm",
)
"""Names of terminals whose terminfo entry has `bce` (tmux: tried, its entry does not say so)."""

_ERASES_CHARACTERS = (*_ERASES_WITH_BACKGROUND, "linux", "screen")
"""Names of terminals whose terminfo entry has `ech`."""


@dataclass(frozen=True)
class Terminal:
    """The abilities that decide how an empty place is written."""

    erases_with_background: bool
    """Erased cells take the background colour in force (`bce`); otherwise the terminal's own."""
    erases_characters: bool
    """`CSI n X` erases n cells without moving the cursor (`ech`)."""


_NO_SCREENS = frozenset({"", "dumb", "unknown", "network", "dialup"})


def shows_screens(term: str) -> bool:
    """Whether `term` names a terminal whose cursor can be moved."""
    return term not in _NO_SCREENS


_NO_COLOURS = re.compile(r"vt\d+|.*-(?:m|mono)")
"""DEC's terminals, and entries of terminfo that are named for having no colours."""


def code_drawings(env: Mapping[str, str], iflag: int) -> tuple[Drawing, ...]:
    """How a code can be drawn on the terminal so that it scans, best first."""
    try:
        half_blocks = bool("▀".encode(charset(env, iflag)))
    except UnicodeEncodeError:
        half_blocks = False
    return drawings(half_blocks=half_blocks, colours=not _NO_COLOURS.fullmatch(env.get("TERM", "")))


def terminal_named(term: str) -> Terminal:
    """The abilities of `term` (the value of TERM); an unknown name is promised nothing."""
    return Terminal(
        erases_with_background=term.startswith(_ERASES_WITH_BACKGROUND),
        erases_characters=term.startswith(_ERASES_CHARACTERS),
    )
