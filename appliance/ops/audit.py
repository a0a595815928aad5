"""`audit`: what was done and refused, by whom, and whether the record is whole."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError
from appliance.ops.core import Call, Nothing, Operation, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance


_LAST_SECOND = 253402300799
"""The end of the year 9999."""


@dataclass(frozen=True)
class ListRecords:
    """How many records to show."""

    limit: int = param("The newest so many records.", default=50)


@dataclass(frozen=True)
class AuditRecord:
    """One line of the record, in words."""

    seq: int
    at: str
    """UTC, ISO 8601."""
    actor: str
    operation: str
    phase: str
    """`intent`, `outcome`, `refusal` or `note`."""
    result: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuditRecords:
    """The newest records, oldest first."""

    records: tuple[AuditRecord, ...]


@dataclass(frozen=True)
class AuditReport:
    """Whether the chain of records is whole."""

    records: int
    head: str
    """Hash of the last record."""
    torn: bool = False
    """A crash cut the last line off; the next change sets it aside."""


async def list_(box: Appliance, params: ListRecords, _call: Call) -> AuditRecords:
    """The newest records."""
    return AuditRecords(tuple(map(_record, box.audit.newest(max(1, params.limit)))))


async def verify(box: Appliance, _params: Nothing, _call: Call) -> AuditReport:
    """Recompute every hash of the record."""
    from appliance.audit.verify import verify as check

    report = check(box.audit)
    if not report.whole:
        raise LunaError(
            f"The record of changes was altered: {report.kind} at number {report.first_bad_seq}.",
            hint=f"Records 1 to {report.records} are untouched; keep a copy of {box.places.audit_dir}.",
            code="audit-broken",
        )
    return AuditReport(report.records, report.head, report.torn)


def _record(raw: dict[str, Any]) -> AuditRecord:
    stamp, seq, changes = raw.get("ts"), raw.get("seq"), raw.get("changes") or []
    seconds = min(max(stamp // 1_000_000_000, 0), _LAST_SECOND) if isinstance(stamp, int) else 0
    return AuditRecord(
        seq=seq if isinstance(seq, int) else 0,
        at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)),
        actor=str(raw.get("actor", "")),
        operation=str(raw.get("op", "")),
        phase=str(raw.get("phase", "")),
        result=str(raw.get("code") or raw.get("result") or ""),
        changes=tuple(map(str, changes))
        if isinstance(changes, list)
        else tuple(filter(None, [str(changes)])),
    )


LIST = Operation(
    "audit.list", "Show the newest records", Risk.READ, ListRecords, AuditRecords, run=list_, local=True
)
VERIFY = Operation(
    "audit.verify",
    "Check that no record was changed or removed",
    Risk.READ,
    Nothing,
    AuditReport,
    run=verify,
    local=True,
)

OPERATIONS = (LIST, VERIFY)
