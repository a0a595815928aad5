"""Where a text of an agent is written: headings, emphasis and notes stand out.

Textual's own highlighting needs a parser of about 15 packages; these texts have five marks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rich.style import Style
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from appliance.text import safe

if TYPE_CHECKING:
    from textual import events

THEME = "lunatui"
_MARKS = (
    ("heading", re.compile(r"^#{1,6}\s.*$")),
    ("comment", re.compile(r"<!--.*?-->")),
    ("bold", re.compile(r"\*\*[^*]+\*\*")),
    ("code", re.compile(r"`[^`]+`")),
    ("list", re.compile(r"^\s*(?:[-*+]|\d+\.)(?=\s)")),
)


class MarkdownArea(TextArea):
    """A text of many lines; what cannot be seen is made visible as it comes in."""

    def on_mount(self) -> None:
        self.wear()

    def wear(self) -> None:
        """The colours of the present theme."""
        colours = self.app.get_css_variables()

        def style(name: str, *, bold: bool = False) -> Style:
            value = colours.get(name, "")
            return Style(color=value if value.startswith("#") else None, bold=bold)

        marks = {
            "heading": style("moon", bold=True),
            "bold": Style(bold=True),
            "code": style("good"),
            "comment": style("muted"),
            "list": style("moon"),
        }
        self.register_theme(
            TextAreaTheme(
                THEME, cursor_line_style=Style(), syntax_styles=marks, selection_style=Style(reverse=True)
            )
        )
        self.theme = THEME

    def load_text(self, text: str) -> None:
        """Show another text."""
        super().load_text(safe(text))

    def _build_highlight_map(self) -> None:
        """Line by line; Textual calls it after each change."""
        self._line_cache.clear()
        self._highlights.clear()
        for number, line in enumerate(self.document.lines):
            for name, mark in _MARKS:
                for found in mark.finditer(line):
                    span: Any = (
                        len(line[: found.start()].encode()),
                        len(line[: found.end()].encode()),
                        name,
                    )
                    self._highlights[number].append(span)

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = safe(event.text)
        await super()._on_paste(event)
