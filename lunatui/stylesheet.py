"""Textual's stylesheet, parsing each source once: stock 8.2.8 parses all of them anew with every screen."""

from __future__ import annotations

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

_SOURCES = 1024
"""Parsed sources that are kept; beyond Textual's 64 every screen of ours threw out those of another."""


class KeptStylesheet(Stylesheet):
    """Remembers what it parsed until the variables change."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(_SOURCES)

    def reparse(self) -> None:
        """Parse what is not known with the present variables; a change of them has forgotten all."""
        self.parse()
