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
        self.cursor_blink = False
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.wear())
        self.wear()

    def wear(self) -> None:
        """The colours of the present theme; where it leaves them to the terminal, so does this."""
        colours = self.app.get_css_variables()

        def of(name: str) -> str | None:
            value = colours.get(name, "")
            return value if value.startswith("#") else None

        plain = of("ink") is None
        self.register_theme(
            TextAreaTheme(
                THEME,
                base_style=Style(color=of("ink"), bgcolor=of("ground")),
                cursor_style=Style(reverse=True) if plain else Style(color=of("ground"), bgcolor=of("ink")),
                cursor_line_style=Style(),
                bracket_matching_style=Style(bold=True),
                selection_style=Style(reverse=True) if plain else Style(color=of("ink"), bgcolor=of("rule")),
                syntax_styles={
                    "heading": Style(color=of("moon"), bold=True),
                    "bold": Style(bold=True),
                    "code": Style(color=of("good")),
                    "comment": Style(color=of("muted")),
                    "list": Style(color=of("moon")),
                },
            )
        )
        if self.theme == THEME:
            self._set_theme(THEME)
            self._line_cache.clear()
            self.refresh()
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
