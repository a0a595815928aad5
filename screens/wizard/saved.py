"""What has been saved so far, on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.text import safe_line

if TYPE_CHECKING:
    from appliance.profile.draft import Draft
    from screens.words import Words


def saved_so_far(words: Words, draft: Draft) -> str:
    """In words; empty while nothing was answered."""
    parts = [safe_line(draft.name)] if draft.name else []
    if draft.kind:
        parts.append(words(f"wizard.brain.{draft.kind}.title"))
    if parts and draft.stage in ("lines", "memory", "finish"):
        parts.append(words("wizard.saved.staff", count=len(draft.staff)))
    return words("wizard.saved.so-far", what=" · ".join(parts)) if parts else ""
