"""Which records somebody wants to see."""

from __future__ import annotations

import re
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from appliance.errors import Usage
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appliance.audit.log import AuditLog

_SPANS = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_SPAN = re.compile(r"([0-9]{1,6})([mhdw])")
_NANO = 1_000_000_000


@dataclass(frozen=True)
class Selection:
    """Every record that fits all of it; what is empty does not count."""

    actor: str = ""
    """Whole, or its kind alone (`human`, `agent`); `*` stands for anything."""
    operation: str = ""
    """Whole, or its area alone; `*` stands for anything."""
    phase: str = ""
    since: int | None = None
    """UTC ns, included."""
    until: int | None = None
    """UTC ns, not included."""
    refused: bool = False
    """What was not allowed, and what failed."""
    outside: bool = False
    """What no person at this machine did."""
    first: int = 0
    last: int = 0

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Whether it wants this record."""
        return (
            self._fits_number(record.get("seq"))
            and self._fits_time(record.get("ts"))
            and _named(self.actor, str(record.get("actor", "")), ":")
            and _named(self.operation, str(record.get("op", "")), ".")
            and self.phase in ("", record.get("phase"))
            and (not self.refused or is_refused(record))
            and (not self.outside or is_from_outside(record))
        )

    def _fits_number(self, seq: object) -> bool:
        if not self.first and not self.last:
            return True
        return isinstance(seq, int) and seq >= self.first and (not self.last or seq <= self.last)

    def _fits_time(self, at: object) -> bool:
        if self.since is None and self.until is None:
            return True
        return isinstance(at, int) and (self.since or 0) <= at and (self.until is None or at < self.until)


def newest(log: AuditLog, wanted: Selection, limit: int) -> list[dict[str, Any]]:
    """The last `limit` records that fit, oldest first.

    Raises:
        AuditUnavailable: the record cannot be read.
    """
    return list(islice(filter(wanted.fits, _back_to(log, wanted.first)), limit))[::-1]


def pair_of(log: AuditLog, seq: int) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The record of this number, and the one that is its intent or its outcome.

    Raises:
        AuditUnavailable: the record cannot be read.
    """
    newer: dict[str, dict[str, Any]] = {}
    found: dict[str, Any] | None = None
    for record in log.backwards():
        corr = str(record.get("corr", ""))
        if found is not None:
            if corr == found["corr"]:
                return found, record
        elif record.get("seq") == seq:
            if not corr:
                return record, None
            if corr in newer:
                return record, newer[corr]
            found = record
        elif corr:
            newer[corr] = record
    return found, None


def moment(text: str) -> int | None:
    """UTC ns of `2026-11-30`, `2026-11-30T14:05` or so long ago (`90m`, `24h`, `7d`); None for nothing.

    Raises:
        Usage: it is none of these.
    """
    if not text:
        return None
    if span := _SPAN.fullmatch(text):
        return time.time_ns() - int(span[1]) * _SPANS[span[2]] * _NANO
    from datetime import UTC, datetime

    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Usage(
            f"“{text}” is no time.",
            hint="Write it like 2026-11-30, 2026-11-30T14:05 (UTC) or 24h.",
            code="audit-when",
        ) from error
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()) * _NANO


def is_refused(record: Mapping[str, Any]) -> bool:
    """Not allowed, or tried in vain."""
    return record.get("phase") == "refusal" or record.get("result") in ("failed", "bug")


def is_from_outside(record: Mapping[str, Any]) -> bool:
    """Not done by a person at this machine: by a program, an agent, or over the network."""
    person = str(record.get("actor", "")).partition(":")[0] == "human"
    return not person or " " in str(record.get("via", ""))


def _back_to(log: AuditLog, first: int) -> Iterator[dict[str, Any]]:
    for record in log.backwards():
        seq = record.get("seq")
        if first and isinstance(seq, int) and seq < first:
            return
        yield record


def _named(wanted: str, name: str, mark: str) -> bool:
    if not wanted:
        return True
    from fnmatch import fnmatchcase

    return fnmatchcase(name, wanted) or name.partition(mark)[0] == wanted
