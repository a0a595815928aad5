"""How each agent stands: by the files, and by the running Gateway where that is asked."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.health.models import Today
    from appliance.ops.agents import AgentRow


def today(box: Appliance) -> Today:
    """What the Gateway says of the day.

    Raises:
        Unreachable: it does not answer.
    """
    from appliance.health.ask import ask

    found = ask(box.endpoint(), box.identity(), box.endpoint, time.time())
    if found.today is None:
        raise found.problem or RuntimeError("the Gateway said nothing, and not why")
    return found.today


def standing(row: AgentRow, seen: Today | None) -> AgentRow:
    """The row with its state and its last conversation."""
    last = seen.spoken.get(row.id) if seen else None
    return replace(row, state=_state(row, seen), last=last)


def _state(row: AgentRow, seen: Today | None) -> str:
    if not row.model:
        return "no-model"
    if seen is not None and row.id in seen.answering:
        return "running"
    if seen is not None and row.id in seen.failed:
        return "error"
    return "idle" if row.channels else "no-channel"
