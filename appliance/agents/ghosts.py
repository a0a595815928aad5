"""No edit may name an agent there is not: OpenClaw refuses such a configuration, or nobody answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.agents.matrix import matrix
from appliance.errors import Conflict

if TYPE_CHECKING:
    from appliance.agents.roster import Config


def ghosts(config_value: Config) -> frozenset[str]:
    """Agents that rules and settings name and that are not on the staff, as they are written."""
    found = matrix(config_value)
    return frozenset(
        [row.named for row in found.rows if row.flag == "ghost"] + [item.agent for item in found.dangling]
    )


def refuse_new_ghosts(before: Config, after: Config) -> None:
    """Raise `Conflict` (`names-gone`) when `after` names an agent there is not and `before` did not."""
    new = sorted(ghosts(after) - ghosts(before))
    if new:
        raise Conflict(
            f"“{new[0]}” is not on the staff any more, and what would be put back names it.",
            hint="Bring that agent back first; lunatui history list shows when it went.",
            code="names-gone",
        )
