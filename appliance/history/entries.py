"""What was changed and how to take it back: one small file an entry, ours alone."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError
from appliance.history.difference import Difference
from appliance.parsing import json_value, small_file
from appliance.places import names_in, readable, write_private
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

OUTSIDE = "outside."
"""How the operation of a change by somebody else begins."""
TAKEN_BACK = ("undo.last", "history.undo")
"""Operations that take a change back: `undo.last` goes past them to what came before."""


@dataclass(frozen=True)
class Entry:
    """One change that happened."""

    id: str
    at: str
    """UTC, ISO 8601."""
    actor: str
    """As in a `Call`; of a change from outside the likely writer, `outside:openclaw` or `outside:unknown`."""
    operation: str
    changes: tuple[str, ...]
    undo: Mapping[str, Any] | None
    """`{"operation", "params"}`, or nothing when there is no way back."""
    undone_by: str = ""
    via: str = ""
    """`cli`, `tui`, …: from where; of a change from outside who noticed it."""
    why: str = ""
    before: str = ""
    """SHA-256 of the configuration before, when it was changed."""
    after: str = ""
    backup: str = ""
    """Id of the configuration before among the backups."""
    told: tuple[Difference, ...] = ()
    """What it means."""
    lost: tuple[Difference, ...] = ()
    """What a change from outside took away that a shop would miss."""
    evidence: tuple[Difference, ...] = ()
    """What speaks for the writer."""
    settled: str = ""
    """Of a loss: `restored`, `dismissed` or `back`, when somebody else brought it back."""
    takes_back: str = ""
    """Id of the entry that it took back."""

    @property
    def is_outside(self) -> bool:
        """Whether another program made the change."""
        return self.operation.startswith(OUTSIDE)

    @property
    def is_open_loss(self) -> bool:
        """Whether something is missing that nobody has decided on."""
        return bool(self.lost) and not self.settled


class History:
    """The entries of one appliance, newest last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(
        self,
        *,
        actor: str,
        operation: str,
        changes: Sequence[str],
        undo: Mapping[str, Any] | None,
        **more: Any,
    ) -> Entry:
        """Store one entry and return it; `more`: further fields of `Entry`.

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
            **more,
        )
        self._write(entry)
        return entry

    def entries(self) -> list[Entry]:
        """All entries, oldest first."""
        return list(self.newest_first())[::-1]

    def newest(self) -> Entry | None:
        """The last change."""
        return next(self.newest_first(), None)

    def newest_undoable(self) -> Entry | None:
        """The last change of somebody here that can still be taken back."""
        return next(
            (
                entry
                for entry in self.newest_first()
                if entry.undo is not None
                and not entry.undone_by
                and not entry.is_outside
                and entry.operation not in TAKEN_BACK
            ),
            None,
        )

    def find(self, entry_id: str) -> Entry | None:
        """The entry of this id, or the only one whose id begins so."""
        found = [name for name in self._names() if name.startswith(entry_id)] if entry_id else []
        exact = [name for name in found if name == f"{entry_id}.json"]
        names = exact or found
        return self._read(self._folder / names[0]) if len(names) == 1 else None

    def open_losses(self) -> tuple[Entry, ...]:
        """Losses that nobody has decided on, oldest first."""
        noted = self._folder / LOSSES
        with readable(noted):
            try:
                names = noted.read_text(encoding="ascii", errors="replace").split()
            except FileNotFoundError:
                return ()
        found = (self.find(name) for name in names)
        return tuple(entry for entry in found if entry is not None and entry.is_open_loss)

    def note_losses(self, entries: Sequence[Entry]) -> None:
        """Remember which entries are open losses, so that nobody has to look through all of them.

        Raises:
            LunaError: it could not be written.
        """
        write_private(self._folder / LOSSES, "\n".join(entry.id for entry in entries).encode("ascii"))

    def mark_undone(self, entry: Entry, by: str) -> None:
        """Remember that `entry` was taken back by the change `by`; nothing for one that was done again."""
        self._write(replace(entry, undone_by=by))

    def settle(self, entry: Entry, how: str) -> None:
        """Remember that a loss needs nobody any more."""
        self._write(replace(entry, settled=how))

    def newest_first(self) -> Iterator[Entry]:
        """All entries, read one by one."""
        for name in reversed(self._names()):
            yield self._read(self._folder / name)

    def _names(self) -> list[str]:
        return sorted(
            name for name in names_in(self._folder) if name.endswith(".json") and not name.startswith(".")
        )

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
            differences = {
                name: tuple(map(_difference, fields.get(name, ()))) for name in ("told", "lost", "evidence")
            }
            return _checked(Entry(**{**fields, "changes": tuple(fields["changes"]), **differences}), path)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise LunaError(
                f"The history entry {path.name} cannot be read.",
                hint=f"Move {path} away; the change it describes can then not be taken back.",
                code="history-broken",
            ) from error


LOSSES = "losses"
"""Names the entries that are open losses."""
_NO_TEXTS = ("changes", "undo", "told", "lost", "evidence")


def _checked(entry: Entry, path: Path) -> Entry:
    """`entry`, when each part is of its kind; raises `ValueError` otherwise."""
    texts = [value for name, value in entry.__dict__.items() if name not in _NO_TEXTS]
    undo = entry.undo
    named = undo is None or (isinstance(undo, dict) and isinstance(undo.get("operation"), str))
    if not (all(isinstance(text, str) for text in (*texts, *entry.changes)) and named):
        raise ValueError("a part of it is not of its kind")
    if entry.id != path.stem:
        raise ValueError("it is another entry's")
    return entry


def _difference(fields: dict[str, Any]) -> Difference:
    """One difference out of a file; raises what a malformed one raises."""
    facts, settings = dict(fields["facts"]), tuple(fields["settings"])
    texts = (fields["code"], fields["text"], *facts, *facts.values(), *settings)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a part of a difference is no text")
    return Difference(**{**fields, "facts": facts, "settings": settings})
