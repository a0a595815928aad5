"""`audit`: what was done and refused, by whom, and whether the record is whole."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Literal

from appliance.errors import LunaError, NotFound
from appliance.ops.audit_keep import EXPORT, HEAD, PRUNE, WITNESS
from appliance.ops.core import Call, Event, Nothing, Operation, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.audit.select import Selection
    from appliance.audit.verify import ChainReport

_LAST_SECOND = 253402300799
"""The end of the year 9999."""
_SHOWN = frozenset({"seq", "ts", "actor", "via", "op", "phase", "changes", "params"})
_LIMITS = (
    "Whoever is root or this account could rewrite what came after the last head kept elsewhere; "
    "what a kept head covers cannot be changed without being noticed."
)


@dataclass(frozen=True)
class ListRecords:
    """Which records to show; what is left out does not count."""

    limit: int = param("The newest so many records.", default=50)
    actor: str = param("Only of this actor or kind (human, agent); * stands for anything.", default="")
    operation: str = param("Only this operation, or its area; * stands for anything.", default="")
    phase: Literal["", "intent", "outcome", "refusal", "note"] = param("Only this phase.", default="")
    since: str = param("Only from this time (2026-11-30, 2026-11-30T14:05) or so long ago (24h).", default="")
    until: str = param("Only before this time.", default="")
    refused: bool = param("Only what was not allowed or failed.", default=False)
    outside: bool = param("Only what no person at this machine did.", default=False)
    first: int = param("Only from this number on.", default=0)
    last: int = param("Only up to this number.", default=0)


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
    via: str = ""
    deed: str = ""
    """What an intent and its outcome have in common, 8 hex digits."""


@dataclass(frozen=True)
class AuditRecords:
    """The records asked for, oldest first."""

    records: tuple[AuditRecord, ...]


@dataclass(frozen=True)
class WhichRecord:
    """One record."""

    seq: int = param("Its number.", positional=True)


@dataclass(frozen=True)
class OneRecord:
    """A record whole, and what belongs to it."""

    record: AuditRecord
    asked: str
    """The parameters of the operation as they were recorded: secrets as fingerprints."""
    more: dict[str, str]
    """Every other field by its name."""
    other: AuditRecord | None
    """The outcome of an intent, or the intent of an outcome."""
    raw: str
    """All its fields as one line of JSON."""


@dataclass(frozen=True)
class AuditReport:
    """Whether the chain of records is whole, and how far that can be proven."""

    records: int
    """Number of the last record."""
    head: str
    """Hash of the last record."""
    torn: bool = False
    """A crash cut the last line off; the next change sets it aside."""
    first: int = 1
    """The first record that is still kept."""
    signed_up_to: int = 0
    """Number of the newest record signed by this box; 0: none."""
    signed_at: str = ""
    witnessed_up_to: int = 0
    """Number of the newest record in a head that was brought back from elsewhere; 0: none."""
    witnessed_at: str = ""
    """When that head was signed."""
    witnessed_by: str = ""
    proves: str = ""
    """What this says and what it does not, in a sentence."""


async def list_(box: Appliance, params: ListRecords, _call: Call) -> AuditRecords:
    """The newest records that fit."""
    from appliance.audit.select import newest

    found = newest(box.audit, selection(params), max(1, params.limit))
    return AuditRecords(tuple(map(_record, found)))


async def show(box: Appliance, params: WhichRecord, _call: Call) -> OneRecord:
    """One record, and its intent or outcome."""
    from appliance.audit.record import canonical
    from appliance.audit.select import pair_of

    found, other = pair_of(box.audit, params.seq)
    if found is None:
        raise NotFound(
            f"There is no record {params.seq}.", hint="lunatui audit list shows them.", code="audit-unknown"
        )
    rest = {name: value for name, value in found.items() if name not in _SHOWN and value not in ("", [])}
    asked = found.get("params")
    return OneRecord(
        _record(found),
        "" if asked is None else _text(asked),
        {name: _text(value) for name, value in rest.items()},
        _record(other) if other else None,
        canonical(found).decode(),
    )


async def verify(box: Appliance, _params: Nothing, call: Call) -> AuditReport:
    """Recompute every hash of the record; where anything may be written, the check goes on record.

    So does a break that it finds, in a new segment behind which the record goes on.
    """
    from appliance.audit.events import CHECKED
    from appliance.audit.gaps import begin_anew
    from appliance.audit.verify import verify as check
    from appliance.ops.dispatch import record_event

    report = check(box.audit)
    looks_only = call.read_only or box.read_only
    try:
        if not looks_only and (report.records or not report.whole):
            report = begin_anew(box.audit, report)
            record_event(box, call, CHECKED, report.told)
    except LunaError as error:
        call.emit(Event("note", f"This check could not be put on record. {error.message}"))
    if not report.whole:
        raise broken(report, box)
    return _report(report)


def selection(params: Any) -> Selection:
    """The records that `params`, of a list or an export, ask for.

    Raises:
        Usage: a time cannot be understood.
    """
    from appliance.audit.select import Selection, moment

    return Selection(
        params.actor,
        params.operation,
        getattr(params, "phase", ""),
        moment(params.since),
        moment(params.until),
        params.refused,
        params.outside,
        params.first,
        params.last,
    )


def broken(report: ChainReport, box: Appliance) -> LunaError:
    """What a check has found, as an error with its kind and number."""
    facts = {"seq": str(report.first_bad_seq), "kind": report.kind, "records": str(report.records)}
    if report.whole_from:
        facts["whole_from"] = str(report.whole_from)
    good = min(report.records, (report.first_bad_seq or 1) - 1)
    hint = f"Keep a copy of {box.places.audit_dir} before anything else is done."
    if report.kind == "shorter":
        return LunaError(
            f"The record of changes ends at number {report.records}, and a signed head says there was more.",
            hint=hint,
            code="audit-shorter",
            facts=facts,
        )
    since = (
        f" and from {report.whole_from} on are whole" if report.whole_from else " are as they were written"
    )
    return LunaError(
        f"The record of changes was altered: {report.kind} at number {report.first_bad_seq}.",
        hint=f"Records up to {good}{since}. {hint}",
        code="audit-broken",
        facts=facts,
    )


def _report(report: ChainReport) -> AuditReport:
    signed, witnessed = report.signed, report.witnessed
    if witnessed is None:
        proves = f"Whole up to record {report.records}; no head of it is kept elsewhere yet. {_LIMITS}"
    else:
        proves = f"Whole up to record {report.records}, witnessed up to record {witnessed.seq}. {_LIMITS}"
    return AuditReport(
        report.records,
        report.head,
        report.torn,
        report.first,
        signed.seq if signed else 0,
        stamp(signed.at) if signed else "",
        witnessed.seq if witnessed else 0,
        stamp(witnessed.at) if witnessed else "",
        report.witnessed_by,
        proves,
    )


def stamp(nanoseconds: object) -> str:
    """UTC, ISO 8601, of nanoseconds since 1970."""
    seconds = min(max(nanoseconds // 1_000_000_000, 0), _LAST_SECOND) if isinstance(nanoseconds, int) else 0
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _record(raw: dict[str, Any]) -> AuditRecord:
    seq, changes = raw.get("seq"), raw.get("changes") or []
    return AuditRecord(
        seq=seq if isinstance(seq, int) else 0,
        at=stamp(raw.get("ts")),
        actor=str(raw.get("actor", "")),
        operation=str(raw.get("op", "")),
        phase=str(raw.get("phase", "")),
        result=str(raw.get("code") or raw.get("result") or ""),
        changes=tuple(map(str, changes))
        if isinstance(changes, list)
        else tuple(filter(None, [str(changes)])),
        via=str(raw.get("via", "")),
        deed=str(raw.get("corr", ""))[:8],
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


LIST = Operation(
    "audit.list", "Show the newest records", Risk.READ, ListRecords, AuditRecords, run=list_, local=True
)
SHOW = Operation(
    "audit.show",
    "Show one record whole, with its intent or outcome",
    Risk.READ,
    WhichRecord,
    OneRecord,
    run=show,
    local=True,
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

OPERATIONS = (LIST, SHOW, VERIFY, EXPORT, HEAD, WITNESS, PRUNE)
