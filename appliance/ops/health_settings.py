"""What the look at the shop says of the settings file itself: something is missing, or somebody holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.health.models import Trouble

if TYPE_CHECKING:
    from appliance.api import Appliance

HELD_S = 15.0
"""A save takes milliseconds: whoever holds the lock for so long is told of."""
HEALTHY_S = 24 * 3600.0
HEALTHY = "healthy"
"""The label of the version on which the shop was last open for a day."""
_NAMED = {"lost-agents": "agents", "lost-lines": "lines", "lost-sections": "sections"}


def loss_of(box: Appliance) -> Trouble | None:
    """The oldest loss that nobody has decided on.

    Raises:
        LunaError: the history cannot be read.
    """
    entry = next(iter(box.history.open_losses()), None)
    if entry is None:
        return None
    facts = {"change": entry.id, "at": entry.at, "writer": entry.actor}
    for lost in entry.lost:
        if lost.code in _NAMED:
            facts[_NAMED[lost.code]] = lost.facts["names"]
        elif lost.code == "lost-rules":
            facts["rules"] = lost.facts["count"]
        else:
            facts["file"] = lost.code
    told = "; ".join(each.text for each in entry.lost)
    return Trouble(
        "settings-lost",
        f"Another program took something out of the configuration: {told}.",
        "lunatui history restore brings it back; lunatui history dismiss, if it was meant to go.",
        "history.restore",
        facts,
    )


def lock_of(box: Appliance, now: float) -> Trouble | None:
    """A lock that stands in the way of every change: left behind, or held for long.

    Raises:
        LunaError: it cannot be looked at.
    """
    state = box.config.lock_state()
    if state.kind == "orphan":
        hint = "lunatui config unlock clears it."
        return Trouble("lock-orphan", state.words, hint, "config.unlock", {"detail": state.words})
    since = _epoch(state.since)
    if state.kind != "live" or since is None or now - since < HELD_S:
        return None
    facts = {"program": state.program, "pid": str(state.pid or ""), "since": state.since}
    hint = "Wait for it to finish, or end that program."
    return Trouble("lock-held", f"{state.words} Since {state.since}.", hint, facts=facts)


def keep_healthy(box: Appliance, up_since: float | None, now: float) -> None:
    """Pin the version on which the shop has been open for a day, once.

    Raises:
        Conflict: `config-locked`, another process of ours saves.
        LunaError: it could not be written.
    """
    from appliance.store.backups import Reason
    from appliance.store.versions import put_aside

    raw = box.config.read_raw()
    known = box.config.known(raw.real_path).since()
    if up_since is None or known is None or raw.status is None:
        return
    began = max(up_since, known, raw.status.st_mtime)
    if now - began < HEALTHY_S:
        return

    def pin() -> bool:
        pinned = [each for each in box.config.backups.list() if HEALTHY in each.pinned.split()]
        if all(each.sha256 != raw.sha256 for each in pinned):
            why = "the shop was open on it for a day"
            put_aside(box.config, Reason("health.glance", "system:health", why, pinned=HEALTHY))
        return True

    box.looks.kept(HEALTHY, round(began), pin)


def _epoch(text: str) -> float | None:
    from datetime import datetime

    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
