"""`audit export|head|witness|prune`: the record for elsewhere, and what is removed of it on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from appliance.errors import Invalid, LunaError, NotFound, Refused
from appliance.ops.core import Call, Change, Done, Operation, Prepared, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.audit.signing import SignedHead


@dataclass(frozen=True)
class ExportRecords:
    """Where to, how, and which records."""

    to: Path = param("The new file, with the usual ending where it has none; only its owner can read it.")
    format: Literal["jsonl", "csv", "markdown"] = param(
        "jsonl keeps the records as they are stored, with what proves them.", default="jsonl"
    )
    actor: str = param("Only of this actor or kind (human, agent); * stands for anything.", default="")
    operation: str = param("Only this operation, or its area; * stands for anything.", default="")
    since: str = param("Only from this time (2026-11-30, 2026-11-30T14:05) or so long ago (24h).", default="")
    until: str = param("Only before this time.", default="")
    refused: bool = param("Only what was not allowed or failed.", default=False)
    outside: bool = param("Only what no person at this machine did.", default=False)
    first: int = param("Only from this number on.", default=0)
    last: int = param("Only up to this number.", default=0)


@dataclass(frozen=True)
class Exported:
    """A new file with records."""

    path: Path
    bytes: int
    whole: bool
    """The chain was whole when it was written."""


@dataclass(frozen=True)
class HeadWish:
    """Where the head goes besides the answer."""

    to: str = param("Also write it to this new file.", default="")


@dataclass(frozen=True)
class Head:
    """The end of the record, signed: one line to keep on another machine, on paper or in a message."""

    line: str
    records: int
    """Number of the record it covers."""
    at: str
    """UTC, ISO 8601."""
    signed_by: str
    """The public key."""
    path: str = ""


@dataclass(frozen=True)
class WitnessHead:
    """A head that was kept elsewhere."""

    head: str = param("The line, or a file that holds it.", positional=True)
    by: str = param("Where or by whom it was kept.", default="")


@dataclass(frozen=True)
class Witnessed:
    """A head from elsewhere and the record agree."""

    records: int
    """Up to this number nothing was changed since the head was made."""
    at: str
    """When the head was signed: UTC, ISO 8601."""
    by: str
    own_key: bool
    """Signed with the key this box has today."""


@dataclass(frozen=True)
class PruneRecords:
    """What is old enough to go."""

    before: str = param("Remove what is older: 2026-11-30, 2026-11-30T14:05 (UTC) or 365d.")


@dataclass(frozen=True)
class Pruned:
    """What was removed for good."""

    files: tuple[str, ...]
    up_to: int
    """Number of the last removed record; 0: nothing was old enough."""


async def export(box: Appliance, params: ExportRecords, _call: Call) -> Prepared[Exported]:
    """Check that there is something to write, and room for the name."""
    from appliance.audit.export import ENDINGS, FORMATS, create, free_path
    from appliance.audit.verify import verify
    from appliance.ops.audit import selection

    given, wanted = _below_home(box, str(params.to)), selection(params)
    path = free_path(given if given.suffix else given.with_name(given.name + ENDINGS[params.format]))
    box.audit.identity()

    async def commit() -> Done[Exported]:
        report = verify(box.audit)
        size = create(path, FORMATS[params.format](box.audit, wanted, report))
        return Done(Exported(path, size, report.whole))

    return Prepared((Change(str(path), f"write the record as {params.format}"),), commit)


async def head(box: Appliance, params: HeadWish, call: Call) -> Head:
    """Sign the end of the record; where nothing may be written, without a trace of it."""
    from appliance.audit.events import HEAD as GIVEN
    from appliance.audit.signing import public_key
    from appliance.ops.audit import stamp
    from appliance.ops.dispatch import record_event

    looks_only = call.read_only or box.read_only
    if looks_only and (params.to or not public_key(box.audit.folder)):
        raise Refused("This session only looks and writes nothing.", code="read-only")
    box.audit.identity()
    if not looks_only:
        record_event(box, call, GIVEN, f"to {params.to}" if params.to else "shown")
    found = box.audit.head(kept=not looks_only)
    path = _written(_below_home(box, params.to), found) if params.to else ""
    return Head(found.line(), found.seq, stamp(found.at), found.key, path)


async def witness(box: Appliance, params: WitnessHead, _call: Call) -> Prepared[Witnessed]:
    """Compare the head with the record: that is the check, and it comes before anything is kept."""
    from appliance.audit.checkpoints import WITNESSES, keep
    from appliance.audit.signing import parse_head, public_key
    from appliance.audit.verify import verify
    from appliance.ops.audit import broken, stamp

    given = parse_head(_given(params.head))
    if given.log != box.audit.identity():
        raise LunaError(
            "This head is of another record of changes.",
            hint="Either it is of another box, or the whole record of this one was replaced.",
            code="audit-broken",
            facts={"seq": str(given.seq), "kind": "replaced", "records": "0"},
        )
    report = verify(box.audit, given)
    if not report.whole:
        raise broken(report, box)
    is_own = public_key(box.audit.folder) == given.key
    found = Witnessed(given.seq, stamp(given.at), params.by, is_own)

    async def commit() -> Done[Witnessed]:
        with box.audit.alone():
            keep(box.audit.folder / WITNESSES, given, by=params.by)
        return Done(found)

    return Prepared((Change("record of changes", f"witnessed up to record {given.seq}"),), commit)


async def prune(box: Appliance, params: PruneRecords, _call: Call) -> Prepared[Pruned]:
    """Find the segments that are old enough; only a whole record may lose some."""
    from appliance.audit.retention import removable, remove
    from appliance.audit.select import moment
    from appliance.audit.verify import verify
    from appliance.ops.audit import broken

    before = moment(params.before)
    if before is None:
        raise NotFound("There is nothing older than that.", code="audit-when")
    report = verify(box.audit)
    if not report.whole:
        raise broken(report, box)
    with box.audit.available():
        paths = removable(box.audit, before)

    async def commit() -> Done[Pruned]:
        if not paths:
            return Done(Pruned((), 0))
        stone = remove(box.audit, paths)
        return Done(Pruned(tuple(item.name for item in stone.segments), stone.head.seq))

    return Prepared(tuple(Change(str(path), "remove for good") for path in paths), commit)


def _below_home(box: Appliance, text: str) -> Path:
    """A path as a shell would take it: in a form nobody has put the home in the place of `~`."""
    return box.places.user_home / text[2:] if text.startswith("~/") else Path(text)


def _written(to: Path, found: SignedHead) -> str:
    from appliance.audit.export import create, free_path

    path = free_path(to)
    create(path, [found.line().encode() + b"\n"])
    return str(path)


def _given(text: str) -> str:
    """The text itself, or that of the file it names."""
    from appliance.audit.signing import HEAD_LIMIT

    if " " in text.strip():
        return text
    try:
        with Path(text).open("rb") as file:
            return file.read(HEAD_LIMIT).decode("ascii", "replace")
    except OSError as error:
        raise Invalid(
            f"{text} cannot be read ({error.strerror or error}).",
            hint="Give a file with a head in it, or the line itself in quotes.",
            code="audit-head",
        ) from error


EXPORT = Operation(
    "audit.export",
    "Write the record to a file, with what proves it or as a table",
    Risk.CHANGE,
    ExportRecords,
    Exported,
    prepare=export,
    local=True,
    no_undo="It is a file of its own: whoever does not want it deletes it.",
)
HEAD = Operation(
    "audit.head",
    "Sign the end of the record, to be kept elsewhere",
    Risk.READ,
    HeadWish,
    Head,
    run=head,
    local=True,
)
WITNESS = Operation(
    "audit.witness",
    "Compare a head that was kept elsewhere with the record",
    Risk.CHANGE,
    WitnessHead,
    Witnessed,
    prepare=witness,
    local=True,
    no_undo="It only adds to what can be proven.",
)
PRUNE = Operation(
    "audit.prune",
    "Remove old records for good, leaving a signed note of it",
    Risk.DANGER,
    PruneRecords,
    Pruned,
    prepare=prune,
    local=True,
    consequence=lambda params: (
        f"Removes whole files of records older than {params.before} for good. Nobody can see any more what "
        "was done and refused then; only a signed note stays that they were there."
    ),
    no_undo="What is removed is gone; export it first.",
)
