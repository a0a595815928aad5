"""The record for other programs: as it is stored with what proves it, or as a table that cannot act.

A table is opened in programs that take a cell for a formula or a line for a command; every cell is made text.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.audit.checkpoints import CHECKPOINTS, WITNESSES, kept
from appliance.audit.record import parsed
from appliance.audit.retention import tombstones
from appliance.errors import Conflict, LunaError
from appliance.text import safe_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from appliance.audit.log import AuditLog
    from appliance.audit.select import Selection
    from appliance.audit.verify import ChainReport

COLUMNS = ("seq", "ts", "actor", "via", "op", "risk", "phase", "result", "changes", "target", "host", "hash")
_FORMULA = "=+-@＝＋－＠"
"""What a table program takes for the start of a formula; the wide forms too."""
_PUNCTUATION = re.compile(r"([!-/:-?\[-`{-~])")


def free_path(given: str | Path) -> Path:
    """Where a new file would stand.

    Raises:
        Conflict: something of that name exists.
    """
    path = Path(os.path.abspath(given))  # noqa: PTH100 - links stay links
    if os.path.lexists(path):
        raise _taken(path)
    return path


def create(path: Path, pieces: Iterable[bytes]) -> int:
    """Write a new file (0600), synced; nothing of it is left when that fails. Returns its size in bytes.

    Raises:
        Conflict: something of that name exists.
        LunaError: it could not be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.writelines(pieces)
            file.flush()
            os.fsync(descriptor)
            return file.tell()
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _unwritable(path, error) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def as_lines(log: AuditLog, wanted: Selection, report: ChainReport) -> Iterator[bytes]:
    """JSON lines: what proves the records, then each record exactly as it is stored."""
    yield json.dumps(_proof(log, report), sort_keys=True).encode() + b"\n"
    for line, _record in _chosen(log, wanted):
        yield line


def as_csv(log: AuditLog, wanted: Selection, _report: ChainReport) -> Iterator[bytes]:
    """RFC 4180: every cell quoted, CRLF; none can be taken for a formula."""
    yield _csv_row(COLUMNS)
    for _line, record in _chosen(log, wanted):
        yield _csv_row([_cell(record, name) for name in COLUMNS])


def as_markdown(log: AuditLog, wanted: Selection, report: ChainReport) -> Iterator[bytes]:
    """One table with all punctuation escaped: no HTML, no pictures, no links."""
    yield f"# Record of changes\n\nChecked {_utc(time.time_ns())}: {report.told}\n\n".encode()
    yield _markdown_row(COLUMNS) + b"|" + b" --- |" * len(COLUMNS) + b"\n"
    for _line, record in _chosen(log, wanted):
        yield _markdown_row([_cell(record, name) for name in COLUMNS])


ENDINGS = {"jsonl": ".jsonl", "csv": ".csv", "markdown": ".md"}
FORMATS: Mapping[str, Callable[[AuditLog, Selection, ChainReport], Iterator[bytes]]] = {
    "jsonl": as_lines,
    "csv": as_csv,
    "markdown": as_markdown,
}


def _proof(log: AuditLog, report: ChainReport) -> dict[str, Any]:
    with log.available():
        own, brought = kept(log.folder / CHECKPOINTS), kept(log.folder / WITNESSES)
        removed = tombstones(log.folder).stones
        files = [_hashed(path) for path in log.segments()]
    return {
        "export": "lunatui-audit-1",
        "log": log.identity(),
        "whole": report.whole,
        "kind": report.kind,
        "records": report.records,
        "head": report.head,
        "segments": files,
        "checkpoints": [head.line() for head in own.heads],
        "witnesses": [head.line() for head in brought.heads],
        "removed": [stone.head.__dict__ for stone in removed],
    }


def _hashed(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"name": path.name, "sha256": digest, "size": file.tell()}


def _chosen(log: AuditLog, wanted: Selection) -> Iterator[tuple[bytes, dict[str, Any]]]:
    for path in log.segments():
        with log.available(), path.open("rb") as file:
            for line in file:
                record = parsed(line)
                if record is not None and wanted.fits(record):
                    yield line, record


def _cell(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name, "")
    if name == "ts" and isinstance(value, int):
        return _utc(value)
    if name == "result":
        value = record.get("code") or value
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return str(value)


def _csv_row(cells: Iterable[str]) -> bytes:
    return (",".join(map(_csv_cell, cells)) + "\r\n").encode("utf-8", "replace")


def _csv_cell(text: str) -> str:
    shown = safe_line(text)
    if text[:1] in ("\t", "\r") or (shown.lstrip()[:1] or " ") in _FORMULA:
        shown = "'" + shown
    return '"' + shown.replace('"', '""') + '"'


def _markdown_row(cells: Iterable[str]) -> bytes:
    return ("| " + " | ".join(map(_markdown_cell, cells)) + " |\n").encode("utf-8", "replace")


def _markdown_cell(text: str) -> str:
    # An address is made a link even where its sign is escaped; the wide form is not.
    return _PUNCTUATION.sub(r"\\\1", safe_line(text)).replace("@", "＠")


def _utc(nanoseconds: int) -> str:
    seconds = min(max(nanoseconds // 1_000_000_000, 0), 253402300799)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _taken(path: Path) -> Conflict:
    return Conflict(f"{path} is there already.", hint="Give another name.", code="file-exists")


def _unwritable(path: Path, error: OSError) -> LunaError:
    return LunaError(
        f"{path} could not be written ({error.strerror or error}).",
        hint="Choose a folder you may write to, with enough room.",
        code="export-unwritable",
    )
