"""What a screen shows, cell by cell: its characters, its colours, and what each colour means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.color import ColorType
from rich.terminal_theme import TerminalTheme
from textual.color import Color

from appliance.profile.brand import Brand
from screens.theme import DAY, PALETTES, branded

if TYPE_CHECKING:
    from rich.style import Style

    from lunatui.tui import LunaApp
    from screens.theme import Palette

TERMINAL = TerminalTheme(
    (24, 24, 24),
    (204, 204, 204),
    [(0, 0, 0), (194, 54, 33), (37, 188, 36), (173, 173, 39), (73, 110, 225), (211, 56, 211), (51, 187, 200),
     (203, 204, 205)],
    [(129, 131, 131), (252, 57, 31), (49, 231, 34), (234, 236, 35), (88, 120, 255), (249, 53, 248),
     (20, 240, 240), (233, 235, 235)],
)  # fmt: skip
"""What a terminal's own sixteen colours look like in a picture."""
LETTERS = {
    "text": "i", "muted": "m", "moon": "o", "need": "n", "good": "g", "look": "l", "bad": "b", "rule": "r",
    "ground": "k", "panel": "c",
}  # fmt: skip
"""Role of a colour to its letter in a snapshot; a capital is bold, `.` is plain text."""
OF_CODE = {"#000000", "#ffffff"}
"""A code is black on white in every theme; a cell of it has both of these, or one of them twice."""
VEIL = 0.6
"""How much of the ground lies over what is behind a dialog (`frame.tcss`)."""


class Cell(NamedTuple):
    """One character where it stands."""

    text: str
    width: int
    colour: str
    """`#rrggbb`"""
    ground: str
    bold: bool
    italic: bool
    underline: bool


def cells_of(app: LunaApp) -> list[list[Cell]]:
    """The rows of the screen as it is now."""
    rows = []
    for strip in app.screen._compositor.render_strips():
        row: list[Cell] = []
        for text, style, control in strip:
            if not control:
                row += _styled(text, style)
        rows.append(row)
    return rows


def text_of(rows: list[list[Cell]]) -> str:
    """The characters alone."""
    return "\n".join("".join(cell.text for cell in row).rstrip() for row in rows)


def frame_of(rows: list[list[Cell]], palette: Palette) -> str:
    """A snapshot: each line, then its roles where they say something, then its grounds where they do."""
    roles = roles_of(palette)
    lines = []
    for row in rows:
        text = "".join(cell.text for cell in row).rstrip()
        lines.append(f"|{text}")
        letters = "".join(_letter(cell, roles) * cell.width for cell in row).rstrip(".")
        if letters:
            lines.append(f":{letters}")
        if grounds := "  ".join(_grounds(row, roles)):
            lines.append(f"_{grounds}")
    return "\n".join(lines)


@cache
def roles_of(palette: Palette) -> dict[str, str]:
    """What each colour of a theme means; `dim` behind a dialog, where it only has to be out of the way."""
    known = {field.name: getattr(palette, field.name) for field in fields(palette)}
    plain = {name: value for name, value in known.items() if name in LETTERS}
    roles: dict[str, str] = {}
    over = Color.parse(palette.ground).with_alpha(VEIL)
    for value in plain.values():
        roles[(Color.parse(value) + over).hex6.lower()] = "dim"
    for name, value in plain.items():
        roles[value.lower()] = name
    return roles


def has_roles(palette: Palette) -> bool:
    """Whether every role has a colour of its own in this theme."""
    colours = [getattr(palette, name) for name in LETTERS]
    return len(set(colours)) == len(colours) and all(colour.startswith("#") for colour in colours)


def palette_of(theme: str, brand: Brand | None = None) -> Palette:
    """The colours of a theme by its name, with the accent of a brand."""
    palette = next(palette for palette in PALETTES if palette.name == theme)
    worn = brand or Brand()
    return branded(palette, worn.accent_light if palette is DAY else worn.accent_dark)


def strangers(rows: list[list[Cell]], palette: Palette) -> set[str]:
    """Colours on the screen that the theme does not have."""
    roles = roles_of(palette)
    cells = [cell for row in rows for cell in row if not {cell.colour, cell.ground} <= OF_CODE]
    seen = {cell.ground for cell in cells}
    seen |= {cell.colour for cell in cells if not _is_blank(cell)}
    return {colour for colour in seen if colour not in roles}


def _styled(text: str, style: Style | None) -> Iterator[Cell]:
    colour, ground = "#cccccc", "#181818"
    bold = italic = underline = False
    if style is not None:
        colour, ground = _hex(style, "color"), _hex(style, "bgcolor")
        bold, italic, underline = bool(style.bold), bool(style.italic), bool(style.underline)
        if style.reverse:
            colour, ground = ground, colour
    cluster = ""
    for character in text:
        if cluster and not cell_len(character):
            cluster += character
            continue
        if cluster:
            yield Cell(cluster, cell_len(cluster[0]), colour, ground, bold, italic, underline)
        cluster = character
    if cluster:
        yield Cell(cluster, cell_len(cluster[0]), colour, ground, bold, italic, underline)


def _hex(style: Style, name: str) -> str:
    value = getattr(style, name)
    if value is None or value.type is ColorType.DEFAULT:
        return (TERMINAL.foreground_color if name == "color" else TERMINAL.background_color).hex
    return str(value.get_truecolor(TERMINAL).hex)


def _is_blank(cell: Cell) -> bool:
    return cell.text.isspace() and not cell.underline


def _letter(cell: Cell, roles: dict[str, str]) -> str:
    if _is_blank(cell):
        return "."
    role = roles.get(cell.colour, "?")
    letter = "-" if role == "dim" else LETTERS.get(role, "?")
    if letter == "i" and not cell.bold:
        letter = "."
    letter = letter.upper() if cell.bold else letter
    return "_" if cell.underline else letter


def _grounds(row: list[Cell], roles: dict[str, str]) -> Iterator[str]:
    at = 0
    for ground, run in groupby(row, key=lambda cell: cell.ground):
        width = sum(cell.width for cell in run)
        role = roles.get(ground, f"?{ground}")
        if role not in ("ground", "dim"):
            yield f"{role} {at}-{at + width - 1}"
        at += width
