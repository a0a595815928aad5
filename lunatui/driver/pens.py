"""Pens: what a terminal is told before it writes a cell, and the shortest way from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.strip import SGR_STYLES

from screens.theme import is_of_code

if TYPE_CHECKING:
    from rich.color import Color, ColorSystem
    from rich.style import Style

_OFF = {
    "1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29",
    "21": "24", "51": "54", "52": "54", "53": "55",
}  # fmt: skip
_SHARED_OFF = {"22": ("1", "2"), "24": ("4", "21"), "25": ("5", "6"), "54": ("51", "52")}
_DEFAULT = ((), "", "", "", False)
"""What makes the look of a terminal at rest."""
_UNSEEN_ON_BLANKS = frozenset({"1", "2", "3"})
_KEPT = 4096
"""Styles and changes remembered; a new set begins when there are more."""


@dataclass(frozen=True, eq=False, slots=True)
class Pen:
    """One look of a cell; equal looks are the same object, so looks are compared with `is`."""

    attributes: tuple[str, ...] = ()
    """SGR codes of bold, underline and the like, ascending by bit."""
    foreground: str = ""
    """SGR codes of the colour of the text; empty is the terminal's own."""
    background: str = ""
    """The same for the background."""
    link: str = ""
    """The address the cell leads to (OSC 8)."""
    link_id: str = ""
    of_code: bool = False
    """A code's: its blanks are written, for not every terminal erases in colour as its name says."""

    @property
    def plain(self) -> bool:
        """A blank written with this pen shows its background and nothing else: it may be erased."""
        return not self.link and not self.of_code and _UNSEEN_ON_BLANKS.issuperset(self.attributes)

    @property
    def sgr(self) -> str:
        """The codes that set this look after a reset."""
        return ";".join(filter(None, (*self.attributes, self.foreground, self.background)))


class Pens:
    """Every pen in use, from the styles of one colour system."""

    def __init__(self, color_system: ColorSystem) -> None:
        self._color_system = color_system
        self._of_look: dict[tuple[object, ...], Pen] = {}
        self._of_style: dict[tuple[object, ...], tuple[Pen, Pen]] = {}
        self._changes: dict[tuple[Pen | None, Pen], str] = {}
        self.default = Pen()
        self._of_look[_DEFAULT] = self.default

    def of(self, style: Style | None) -> tuple[Pen, Pen]:
        """The pen for text in `style`, and the pen its blanks are written with."""
        if style is None:
            return self.default, self.default
        bits = style._attributes & style._set_attributes
        key = (bits, style._color, style._bgcolor, style._link)
        if (found := self._of_style.get(key)) is None:
            if len(self._of_style) >= _KEPT:
                self._of_style.clear()
            found = self._of_style[key] = self._made(style, bits)
        return found

    def with_background(self, pen: Pen | None, background: str) -> Pen:
        """A pen that writes blanks of `background` and costs the least to reach from `pen`."""
        if pen is None or not pen.plain:
            return self._pen((), "", background)
        return self._pen(pen.attributes, pen.foreground, background)

    def change(self, before: Pen | None, after: Pen) -> str:
        """The shortest sequence that makes `after` the pen in force; `None` is an unknown one."""
        key = (before, after)
        if (found := self._changes.get(key)) is None:
            if len(self._changes) >= _KEPT:
                self._changes.clear()
            found = self._changes[key] = _link_change(before, after) + _sgr_change(before, after)
        return found

    def _made(self, style: Style, bits: int) -> tuple[Pen, Pen]:
        attributes = tuple(SGR_STYLES[bit] for bit in range(bits.bit_length()) if bits & (1 << bit))
        background = self._codes(style._bgcolor, foreground=False)
        pen = self._pen(attributes, self._codes(style._color, foreground=True), background, style)
        return pen, self._pen((), "", background) if pen.plain else pen

    def _pen(
        self, attributes: tuple[str, ...], foreground: str, background: str, style: Style | None = None
    ) -> Pen:
        link = (style and style.link) or ""
        if not link.isprintable():
            link = ""
        of_code = is_of_code(style)
        key = (attributes, foreground, background, link, of_code)
        if (found := self._of_look.get(key)) is None:
            if len(self._of_look) >= _KEPT:
                self._of_look = {_DEFAULT: self.default}
                self._changes.clear()
            link_id = style.link_id if style and link else ""
            pen = Pen(attributes, foreground, background, link, link_id, of_code)
            found = self._of_look.setdefault(key, pen)  # two threads may want it at once
        return found

    def _codes(self, color: Color | None, *, foreground: bool) -> str:
        if color is None or color.is_default:
            return ""
        return ";".join(color.downgrade(self._color_system).get_ansi_codes(foreground))


def _sgr_change(before: Pen | None, after: Pen) -> str:
    afresh = f"\x1b[0;{after.sgr}m" if after.sgr else "\x1b[m"
    if before is None:
        return afresh
    gone = [code for code in before.attributes if code not in after.attributes]
    off = list(dict.fromkeys(_OFF[code] for code in gone))
    cut = {code for number in off for code in _SHARED_OFF.get(number, ())}
    on = [code for code in after.attributes if code not in before.attributes or code in cut]
    codes = off + on
    if before.foreground != after.foreground:
        codes.append(after.foreground or "39")
    if before.background != after.background:
        codes.append(after.background or "49")
    if not codes:
        return ""
    return min(f"\x1b[{';'.join(codes)}m", afresh, key=len)


def _link_change(before: Pen | None, after: Pen) -> str:
    if before is not None and before.link == after.link:
        return ""
    if after.link:
        return f"\x1b]8;id={after.link_id};{after.link}\x1b\\"
    return "\x1b]8;;\x1b\\" if before is not None else ""
