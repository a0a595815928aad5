"""A line to type in."""

from __future__ import annotations

from textual.widgets import Input

from appliance.text import safe_entry


class Entry(Input):
    """What is typed, pasted or proposed holds no unseen character: each becomes a mark as it comes in.

    A key that is typed unseen stays as it was given.
    """

    def validate_value(self, value: str) -> str:
        """The text as it is shown and handed on."""
        return value if self.password else safe_entry(value)
