"""One thing in full: heading, facts, texts; `d` turns it over to what a supporter needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from appliance.text import safe, safe_line
from appliance.values import dataclass
from screens.widgets.hanging import hung, same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from screens.words import Words

TEXT_LIMIT = 6_000
"""Characters of one text that are shown to the owner; the technical view shows more."""
RAW_LIMIT = 40_000


@dataclass(frozen=True)
class Fact:
    """One line: what it is called, and what it is."""

    label: str
    value: str
    meaning: str = ""
    glyph: str = ""


@dataclass(frozen=True)
class Section:
    """A text under a heading of its own."""

    title: str
    text: str


@dataclass(frozen=True)
class Sheet:
    """What is known of one thing. All texts are untrusted and made safe when they are shown."""

    title: str
    subtitle: str = ""
    facts: tuple[Fact, ...] = ()
    sections: tuple[Section, ...] = ()
    technical: tuple[Fact, ...] = ()
    """Ids, paths, addresses."""
    raw: tuple[Section, ...] = ()
    """Texts as they stand."""
    commands: tuple[str, ...] = ()
    """The same actions as command lines."""


class Detail(ScrollView, can_focus=True):
    """The pane at the right of a list, or the whole body where there is no room for two.

    Texts are long: only the lines in sight are drawn.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", id="detail.up", show=False),
        Binding("down,j", "scroll_down", "Down", id="detail.down", show=False),
        Binding("home,g", "scroll_home", "First", id="detail.first", show=False),
        Binding("end,G", "scroll_end", "Last", id="detail.last", show=False),
    ]
    technical: reactive[bool] = reactive(False)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._sheet: Sheet | None = None
        self._note: Content | None = None
        self._lines: list[Content] = []

    @property
    def sheet(self) -> Sheet | None:
        """What is shown."""
        return self._sheet

    def show(self, sheet: Sheet | None, *, top: bool = False) -> None:
        """Show another thing, or a newer version of it; `top`: from its first line."""
        self._sheet = sheet
        self._draw()
        if top:
            self.scroll_home(animate=False)

    def note(self, note: Content | None) -> None:
        """What goes on with this thing right now, under its heading."""
        self._note = note
        self._draw()

    def watch_technical(self) -> None:
        self._draw()
        self.scroll_home(animate=False)

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        """Draw again, when that would look different."""
        if not self.is_mounted:
            return
        width = max(16, self.scrollable_content_region.width - 1)
        lines = self._content(width)
        if not same(lines, self._lines):
            self._lines = lines
            self.virtual_size = Size(width, len(lines))
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the viewport."""
        index, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        if index >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        return Visual.to_strips(self, self._lines[index], width, 1, self.visual_style)[0]

    def _content(self, width: int) -> list[Content]:
        sheet = self._sheet
        if sheet is None:
            return hung(self._note, width) if self._note else []
        lines = [Content.styled(safe_line(sheet.title), "bold")]
        if sheet.subtitle:
            subtitle = safe_line(sheet.subtitle)
            if cell_len(subtitle) > width:
                subtitle = subtitle.replace(" · ", "\n")
            lines += hung(Content.styled(subtitle, "$muted"), width)
        if self._note is not None:
            lines += [Content(), *hung(self._note, width)]
        return [*lines, *(self._technical(sheet, width) if self.technical else _plain(sheet, width))]

    def _technical(self, sheet: Sheet, width: int) -> list[Content]:
        lines = facts(sheet.technical, width)
        if sheet.commands:
            lines += _heading(self._words("detail.command"))
            for command in sheet.commands:
                lines += Content(safe_line(command)).wrap(width)
        for section in sheet.raw:
            lines += _section(section, width, RAW_LIMIT)
        return lines


def facts(known: Sequence[Fact], width: int) -> list[Content]:
    """Labels and values in two columns, long values wrapped under their first line."""
    if not known:
        return []
    wide = max(cell_len(fact.label) for fact in known) + 2
    lines = [Content()]
    for fact in known:
        value = Content(safe_line(fact.value))
        if fact.glyph:
            value = Content.assemble((f"{fact.glyph} ", f"${fact.meaning or 'muted'}"), value)
        for number, line in enumerate(value.wrap(max(8, width - wide))):
            label = fact.label if number == 0 else ""
            lines.append(Content.assemble((label + " " * (wide - cell_len(label)), "$muted"), line))
    return lines


def _plain(sheet: Sheet, width: int) -> list[Content]:
    lines = facts(sheet.facts, width)
    for section in sheet.sections:
        lines += _section(section, width, TEXT_LIMIT)
    return lines


def _section(section: Section, width: int, limit: int) -> list[Content]:
    text = safe(section.text.strip()).expandtabs(4)
    cut = text if len(text) <= limit else f"{text[:limit]}…"
    return [*_heading(section.title), *hung(Content(cut), width)]


def _heading(title: str) -> list[Content]:
    return [Content(), Content.styled(safe_line(title), "bold")]
