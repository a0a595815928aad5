"""What a notice on the dashboard says of a trouble, and what it offers; no widget, no clock of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.ages import moment, span_of
from screens.dashboard import sheet
from screens.dashboard.notice import Choice
from screens.deeds import title_of

if TYPE_CHECKING:
    from appliance.health.models import Glance, Trouble
    from screens.words import Words

LOST = "settings-lost"
"""Code of the trouble that another program took something out of the settings."""
HELD = "lock-held"
"""Code of the trouble that another program keeps the settings closed."""
TOLD = {"history.restore": "history.restored", "history.dismiss": "history.dismissed"}
"""What is reported when an operation is done; their area is loaded with it."""
OF_SETTINGS = (*TOLD, "config.unlock")
"""Operations after which the shop is looked at again."""
_LABELS = {"config.unlock": "dash.repair.unlock"}


def is_lost(seen: Glance) -> bool:
    """Whether something is missing from the settings."""
    return seen.trouble is not None and seen.trouble.code == LOST


def why(words: Words, trouble: Trouble, now: float) -> str:
    """The cause in the owner's words."""
    if trouble.code == LOST:
        return sheet.lost(words, trouble, now)
    told = sheet.why(words, trouble)
    if trouble.code != HELD or not trouble.facts.get("since"):
        return told
    return f"{told} {words('dash.lost.held', span=span_of(words, now - moment(trouble.facts['since'])))}"


def repairs(words: Words, trouble: Trouble | None) -> tuple[Choice, ...]:
    """What can be done about it by a key; at least to look again."""
    repair = trouble.repair if trouble else None
    if trouble is None or repair is None:
        return (Choice("retry", words("dash.retry")),)
    key = f"dash.repair.note-{repair.replace('.', '-')}"
    label = title_of(words, repair, words(_LABELS.get(repair, "dash.repair.other")))
    choice = Choice("repair", label, words(key) if key in words else "")
    if trouble.code != LOST:
        return (choice,)
    looks = Choice("history", words("dash.lost.changes"))
    return (choice, looks, Choice("wanted", words("dash.lost.dismiss")))
