"""What is worth a report while somebody looks at the box: the engine lost or found, changes by others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.ops.audit import AuditRecord

LOOK_S = 20.0
"""How often the record of changes is looked at."""
RECORDS = 20


class Others:
    """Remembers how far the record was read."""

    def __init__(self, actor: str) -> None:
        self._actor = actor
        self._read_to: int | None = None

    def news(self, records: Sequence[AuditRecord]) -> tuple[str, ...]:
        """Names of the operations that others finished since the last look; none at the first."""
        before = self._read_to
        self._read_to = max((record.seq for record in records), default=before or 0)
        if before is None:
            return ()
        found = [
            record.operation
            for record in records
            if record.seq > before
            and record.phase == "outcome"
            and record.result == "done"
            and record.actor != self._actor
        ]
        return tuple(dict.fromkeys(found))


def turn(before: str, now: str) -> tuple[str, str] | None:
    """What is to be reported of the engine: key of the words and meaning; None for nothing."""
    if now == "closed" and before in ("open", "starting"):
        return "closed", "bad"
    return ("opened", "good") if now == "open" and before == "closed" else None
