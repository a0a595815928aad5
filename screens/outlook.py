"""What is known of the shop right now, shared by the top line of every place."""

from __future__ import annotations

from typing import Literal

from appliance.values import dataclass

ShopState = Literal["open", "closed", "starting", "new", "unknown"]

MARKS: dict[str, tuple[str, str]] = {
    "open": ("●", "good"),
    "closed": ("✗", "bad"),
    "starting": ("…", "moon"),
    "new": ("◌", "muted"),
    "unknown": ("◌", "muted"),
}
"""The glyph of a state and the meaning of its colour; the word always stands beside it."""


@dataclass(frozen=True)
class Outlook:
    """One look at the shop."""

    business: str = ""
    state: ShopState = "unknown"
    needs: int = 0
    """How many things wait for a person."""
    since: float | None = None
    """When the state began, in seconds since 1970."""
