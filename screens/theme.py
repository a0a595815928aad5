"""The themes: the only place that names a colour; everything else says what a thing means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.color import Color
from textual.theme import Theme

from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.style import Style

    from appliance.profile.brand import Brand

READABLE = 4.5
"""The least contrast between a text and its ground (WCAG AA)."""
CODE_DARK, CODE_LIGHT = Color.from_ansi(16), Color.from_ansi(231)
"""Black and white of a code, in every theme: people change only the first 16 of a terminal's 256 colours."""
_OF_CODE = {
    shade for one in (CODE_DARK, CODE_LIGHT) for shade in (one, Color.from_triplet(one.get_truecolor()))
}


def is_of_code(style: Style | None) -> bool:
    """Whether a cell is one of a code's, which without these two colours could not be scanned."""
    return style is not None and style.color in _OF_CODE and style.bgcolor in _OF_CODE


@dataclass(frozen=True)
class Palette:
    """The colours of a theme, by meaning."""

    name: str
    dark: bool
    ground: str
    panel: str
    """Behind the key line, a selected row, a card."""
    rule: str
    text: str
    muted: str
    """For all that is merely true."""
    moon: str
    """The one accent: keys, the place you are in."""
    need: str
    """Somebody is needed."""
    good: str
    look: str
    """Worth a look."""
    bad: str
    ansi: bool = False
    """Made of the terminal's own colours."""

    @property
    def theme(self) -> Theme:
        """As Textual wants it."""
        return Theme(
            name=self.name,
            dark=self.dark,
            ansi=self.ansi,
            primary=self.moon,
            secondary=self.muted,
            accent=self.moon,
            foreground=self.text,
            background=self.ground,
            surface=self.ground,
            panel=self.panel,
            success=self.good,
            warning=self.look,
            error=self.bad,
            variables={
                "rule": self.rule,
                "muted": self.muted,
                "moon": self.moon,
                "need": self.need,
                "good": self.good,
                "look": self.look,
                "bad": self.bad,
                "ink": self.text,
                "ground": self.ground,
                "card": self.panel,
                "block-cursor-background": self.panel,
                "block-cursor-foreground": self.text,
                "input-cursor-background": self.moon,
                "input-cursor-foreground": self.ground,
                "border": self.rule,
                "scrollbar": self.rule,
                "scrollbar-background": self.ground,
                **(_ANSI if self.ansi else {}),
            },
        )


_ANSI = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "border-blurred": "ansi_default",
    "input-cursor-background": "ansi_default",
    "input-cursor-foreground": "ansi_default",
    "input-cursor-text-style": "reverse",
    "input-selection-background": "ansi_default",
    "input-selection-foreground": "ansi_default",
    "screen-selection-background": "ansi_default",
    "screen-selection-foreground": "ansi_default",
    "scrollbar-background-hover": "ansi_default",
    "scrollbar-background-active": "ansi_default",
    "scrollbar-corner-color": "ansi_default",
}
"""What Textual asks of a theme of the terminal's own colours besides."""

NIGHT = Palette(
    "night", True, "#12141f", "#181b2a", "#2a2f45", "#d8dcea", "#7d859f", "#b7a8ff", "#ffcf6b", "#7fd6a2",
    "#f0a860", "#ff7b86",
)  # fmt: skip
DAY = Palette(
    "day", False, "#f7f6f2", "#efede6", "#d9d5ca", "#22252f", "#666a77", "#5b46c9", "#8f5a00", "#1f7a4a",
    "#a3560b", "#b3263a",
)  # fmt: skip
CLEAR = Palette(
    "clear", True, "#101218", "#1a1d27", "#343949", "#e8eaf0", "#9aa0b2", "#8ec5ff", "#ffe082", "#56b4e9",
    "#e69f00", "#ff8a65",
)  # fmt: skip
"""For people who do not tell red from green: blue, orange and vermilion, after Okabe and Ito."""
ANSI = Palette(
    "ansi", True, "ansi_default", "ansi_default", "ansi_bright_black", "ansi_default", "ansi_bright_black",
    "ansi_bright_magenta", "ansi_bright_yellow", "ansi_green", "ansi_yellow", "ansi_bright_red", ansi=True,
)  # fmt: skip
"""The terminal's own sixteen colours."""

MONO = Palette("mono", True, *("ansi_default",) * 10, ansi=True)
"""No colours: bold, reverse, the glyphs and the words carry everything."""

PALETTES = (NIGHT, DAY, CLEAR, ANSI, MONO)
DEFAULT = NIGHT.name
NAMES = tuple(palette.name for palette in PALETTES)


def first_theme(chosen: str, env: Mapping[str, str]) -> str:
    """The theme to begin with: what was chosen, else what the terminal suggests.

    `NO_COLOR` asks for none, `COLORFGBG` and a plain console for the terminal's own colours.
    """
    if chosen in NAMES:
        return chosen
    if env.get("NO_COLOR"):
        return MONO.name
    return ANSI.name if env.get("COLORFGBG") or env.get("TERM") == "linux" else DEFAULT


def contrast(one: str, other: str) -> float:
    """The contrast of two colours `#rrggbb`, 1 to 21, as WCAG 2 counts it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def branded(palette: Palette, accent: str) -> Palette:
    """The palette with another accent; unchanged where that could not be read on its grounds."""
    if not accent or palette.ansi:
        return palette
    readable = all(contrast(accent, ground) >= READABLE for ground in (palette.ground, palette.panel))
    return replace(palette, moon=accent) if readable else palette


def pale(brand: Brand) -> bool:
    """Whether an accent of the brand could not be read and is therefore not worn."""
    pairs = ((DAY, brand.accent_light), (NIGHT, brand.accent_dark))
    return any(accent and branded(palette, accent).moon != accent for palette, accent in pairs)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
