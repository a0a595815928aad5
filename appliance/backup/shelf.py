"""The archives of one box: which there are, when each was last checked and proven, and which may go."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from appliance.backup.header import header_of
from appliance.backup.models import SUFFIX
from appliance.backup.swap import LOCK
from appliance.errors import Conflict, Invalid, LunaError, NotFound
from appliance.places import names_in, private_dir, readable, write_private
from appliance.store.file_lock import held, take
from appliance.store.names import owner_of
from appliance.store.processes import is_dead
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from appliance.backup.writing import Written
    from appliance.places import Places

LIMIT = 4 << 20


@dataclass(frozen=True)
class Kept:
    """One archive. Times are UTC, ISO 8601, and empty when it never happened."""

    id: str
    path: str
    created: str
    size: int = 0
    """Bytes of the file."""
    content: int = 0
    """Bytes of what is in it; 0 when this box did not make or check it."""
    files: int = 0
    left_out: int = 0
    key: str = ""
    """`passphrase` or `key-file`."""
    business: str = ""
    engine: str = ""
    lunatui: str = ""
    verified: str = ""
    proven: str = ""
    problem: str = ""
    """Why the last check or proof failed."""
    there: bool = True
    """False when its disk is not connected, or it was removed by hand."""


def archives_dir(places: Places) -> Path:
    """Where archives go when nobody says otherwise."""
    return places.backups_dir / "archives"


@contextmanager
def at_work(places: Places) -> Iterator[None]:
    """One backup, restore or proof at a time.

    Raises:
        Conflict: `backup-busy`.
    """
    lock = take(private_dir(places.locks_dir) / LOCK, time.monotonic())
    if lock is None:
        raise Conflict(
            "Another backup or restore is at work on this box.",
            hint="Wait until it is done.",
            code="backup-busy",
        )
    with held(lock):
        yield


class Shelf:
    """The archives of one box, read from their folder and from what was noted of them."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._index = places.backups_dir / "archives.json"

    def list(self) -> tuple[Kept, ...]:
        """All known archives, newest first."""
        noted = self._noted()
        known = {kept.path: kept for kept in noted.values()}
        folder = archives_dir(self._places)
        for name in names_in(folder):
            path = folder / name
            if name.endswith(SUFFIX) and not name.startswith(".") and str(path) not in known:
                known[str(path)] = _unlisted(path)
        found = (_seen(kept) for kept in known.values())
        return tuple(sorted(found, key=lambda kept: (kept.created, kept.id), reverse=True))

    def find(self, wanted: str) -> Kept:
        """The archive with this id (or its beginning), or at this path; `newest` is the newest there is.

        Raises:
            NotFound: `archive-unknown`.
        """
        every = self.list()
        if wanted == "newest":
            found = [kept for kept in every if kept.there][:1]
        elif "/" in wanted:
            path = os.path.abspath(os.path.expanduser(wanted))  # noqa: PTH100, PTH111 - a link stays one
            found = [kept for kept in every if kept.path == path] or [_outside(path)]
        else:
            found = [kept for kept in every if len(wanted) >= 4 and kept.id.startswith(wanted)]
        if len(found) != 1:
            raise NotFound(
                f"There is no archive “{wanted}”.", hint="lunatui backup list", code="archive-unknown"
            )
        return found[0]

    def note_written(self, written: Written) -> Kept:
        """A new archive, read back when it was made."""
        manifest = written.manifest
        kept = Kept(
            written.id,
            str(written.path),
            written.created,
            written.size,
            manifest.size,
            manifest.files,
            len(manifest.left_out),
            header_of(written.path).key.kind,
            manifest.about.business,
            manifest.about.engine,
            manifest.about.lunatui,
            verified=now(),
        )
        self.note(kept)
        return kept

    def note(self, kept: Kept) -> None:
        """Write down what is known of one archive.

        Raises:
            LunaError: it could not be written.
        """
        noted = self._noted()
        noted[kept.id] = kept
        self._write(noted)

    def forget(self, archive_id: str) -> None:
        """The archive is gone."""
        noted = self._noted()
        if noted.pop(archive_id, None) is not None:
            self._write(noted)

    def sweep(self) -> None:
        """Remove what killed runs left beside the archives; only exact names of dead processes."""
        folder = archives_dir(self._places)
        for name in names_in(folder):
            owner = owner_of(name)
            if owner is not None and is_dead(owner):
                (folder / name).unlink(missing_ok=True)

    def _write(self, noted: dict[str, Kept]) -> None:
        plain = {"format": 1, "archives": [asdict(kept) for kept in noted.values()]}
        write_private(self._index, json.dumps(plain, indent=1).encode())

    def _noted(self) -> dict[str, Kept]:
        """By id; a damaged file costs the notes and no archive."""
        try:
            with readable(self._index), self._index.open("rb") as file:
                found: dict[str, Any] = json.loads(file.read(LIMIT))
            return {item["id"]: Kept(**item) for item in found["archives"]}
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return {}


def now() -> str:
    """UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def surplus(archives: Sequence[Kept], last: int, weekly: int) -> tuple[Kept, ...]:
    """What may go: not among the newest `last`, not the newest of one of the last `weekly` weeks.

    The newest proven one stays in any case.
    """
    there = [kept for kept in archives if kept.there and kept.created]
    stays = {kept.id for kept in there[:last]}
    stays |= {kept.id for kept in [kept for kept in there if kept.proven][:1]}
    weeks: dict[str, str] = {}
    for kept in there:
        weeks.setdefault(_week(kept.created), kept.id)
    stays |= set(list(weeks.values())[:weekly])
    return tuple(kept for kept in there if kept.id not in stays)


def _week(created: str) -> str:
    year, week, _ = datetime.fromisoformat(created).isocalendar()
    return f"{year}-{week:02d}"


def _seen(kept: Kept) -> Kept:
    try:
        return replace(kept, there=True, size=os.stat(kept.path).st_size)  # noqa: PTH116 - a text
    except OSError:
        return replace(kept, there=False)


def _unlisted(path: Path) -> Kept:
    """Made elsewhere, or not noted; its head says enough."""
    try:
        header = header_of(path)
    except (Invalid, NotFound, LunaError) as error:
        return Kept(f"?{path.name}", str(path), "", problem=error.message)
    return Kept(header.id, str(path), header.created, key=header.key.kind, lunatui=header.lunatui)


def _outside(text: str) -> Kept:
    from pathlib import Path

    path = Path(text)
    header = header_of(path)
    return Kept(
        header.id, text, header.created, path.stat().st_size, key=header.key.kind, lunatui=header.lunatui
    )
