"""`config.backups`: the earlier versions that are kept, why, and which of them stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.core import Call, Nothing, Operation, Risk
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance


@dataclass(frozen=True)
class Version:
    """One earlier version of the configuration."""

    id: str
    made: str
    """UTC, ISO 8601."""
    size: int
    """Bytes."""
    sha256: str
    operation: str
    """What was about to replace it."""
    actor: str
    why: str
    pinned: tuple[str, ...]
    """Why it stays although newer ones exist: `wizard`, `healthy`, `before-restore`, `loss-…`."""
    poor: bool
    """It cannot be read, or had lost something; it pushes out no good one."""


@dataclass(frozen=True)
class Versions:
    """What is kept, newest first."""

    backups: tuple[Version, ...]


async def backups(box: Appliance, _params: Nothing, _call: Call) -> Versions:
    """List the ring and what is pinned."""
    return Versions(
        tuple(
            Version(
                each.id,
                each.made,
                each.size,
                each.sha256,
                each.operation,
                each.actor,
                each.why,
                tuple(each.pinned.split()),
                each.poor,
            )
            for each in box.config.backups.list()
        )
    )


def _shown(found: Versions) -> str:
    from appliance.text import safe_line

    lines = [
        f"{each.id}  {each.size:>8}  before {each.operation or 'an unknown change'} by {each.actor or '?'}"
        f"{'  kept: ' + ', '.join(each.pinned) if each.pinned else ''}{'  poor' if each.poor else ''}"
        for each in found.backups
    ]
    return "\n".join(map(safe_line, lines)) or "There are no backups yet."


BACKUPS = Operation(
    "config.backups",
    "Earlier versions of the configuration that are kept",
    Risk.READ,
    Nothing,
    Versions,
    run=backups,
    local=True,
    render=_shown,
)
