"""What was changed and how to take it back: one small file an entry, ours alone."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError
from appliance.parsing import json_value, small_file
from appliance.places import names_in, readable, write_private
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """One change that happened."""

    id: str
    at: str
    """UTC, ISO 8601."""
    actor: str
    operation: str
    changes: tuple[str, ...]
    undo: Mapping[str, Any] | None
    """`{"operation", "params"}`, or nothing when there is no way back."""
    undone_by: str = ""


class History:
    """The entries of one appliance, newest last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(
        self, *, actor: str, operation: str, changes: Sequence[str], undo: Mapping[str, Any] | None
    ) -> Entry:
        """Store one entry and return it.

        Raises:
            LunaError: it could not be written.
        """
        entry = Entry(
            id=self._next_id(),
            at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            actor=actor,
            operation=operation,
            changes=tuple(changes),
            undo=undo,
        )
        self._write(entry)
        return entry

    def entries(self) -> list[Entry]:
        """All entries, oldest first."""
        return list(self._newest_first())[::-1]

    def newest(self) -> Entry | None:
        """The last change."""
        return next(self._newest_first(), None)

    def newest_undoable(self) -> Entry | None:
        """The last change that can still be taken back."""
        return next(
            (entry for entry in self._newest_first() if entry.undo is not None and not entry.undone_by), None
        )

    def mark_undone(self, entry: Entry, by: str) -> None:
        """Remember that `entry` was taken back by the change `by`."""
        self._write(replace(entry, undone_by=by))

    def _newest_first(self) -> Iterator[Entry]:
        for name in sorted(names_in(self._folder), reverse=True):
            if name.endswith(".json") and not name.startswith("."):
                yield self._read(self._folder / name)

    def _next_id(self) -> str:
        """Time and process; above every other even when the clock was put back."""
        now = time.time_ns()
        newest = max((name for name in names_in(self._folder) if name[:1].isdigit()), default="0")
        return f"{max(now, int(newest.partition('-')[0]) + 1):020}-{os.getpid()}"

    def _write(self, entry: Entry) -> None:
        text = json.dumps(asdict(entry), ensure_ascii=False, indent=1)
        write_private(self._folder / f"{entry.id}.json", text.encode("utf-8", "replace"))

    def _read(self, path: Path) -> Entry:
        try:
            with readable(path):
                fields = json_value(small_file(path))
            return _checked(Entry(**{**fields, "changes": tuple(fields["changes"])}), path)
        except (ValueError, TypeError, KeyError) as error:
            raise LunaError(
                f"The history entry {path.name} cannot be read.",
                hint=f"Move {path} away; the change it describes can then not be taken back.",
                code="history-broken",
            ) from error


def _checked(entry: Entry, path: Path) -> Entry:
    """`entry`, when each part is of its kind; raises `ValueError` otherwise."""
    texts = (entry.id, entry.at, entry.actor, entry.operation, entry.undone_by, *entry.changes)
    undo = entry.undo
    named = undo is None or (isinstance(undo, dict) and isinstance(undo.get("operation"), str))
    if not (all(isinstance(text, str) for text in texts) and named and entry.id == path.stem):
        raise ValueError("a part of it is not of its kind")
    return entry
