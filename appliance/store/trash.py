"""The trash: what was moved away stays for 30 days, from where it can be fetched back, and then goes."""

from __future__ import annotations

import os
import re
import shutil
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from appliance.places import names_in
from appliance.store.disk import Disk, remove_quietly
from appliance.store.faults import explained

if TYPE_CHECKING:
    from pathlib import Path

KEPT_DAYS = 30
KEPT_SECONDS = KEPT_DAYS * 24 * 3600
_LOOKED = "looked"
_LOOK_SECONDS = 2 * 24 * 3600
"""Further apart, two looks may have a jump of the clock between them, or only a box that was off."""
_ENTRY = re.compile(r"(\d{8}T\d{6})\d{6}Z-[0-9a-f]{8}")
"""As `plans.entry_name` makes them; nothing else is ever removed."""


def expired(trash: Path, now: float | None = None) -> tuple[Path, ...]:
    """The entries that were moved there more than 30 days before `now` (seconds since 1970), oldest first.

    What lies there in days that the clock has jumped over is kept for 30 days from this look.

    Raises:
        LunaError: the folder cannot be read, or it cannot be noted what was seen in it.
    """
    moment = time.time() if now is None else now
    dated = ((name, _ENTRY.fullmatch(name)) for name in sorted(names_in(trash)))
    over = tuple(name for name, found in dated if found and _is_over(found[1], moment))
    if not trash.is_dir():
        return ()
    with explained(trash, Disk(), doing="note what lies in"):
        last = _marked(trash / _LOOKED)
        has_jumped = last is None or abs(moment - last) > _LOOK_SECONDS
        _mark(trash / _LOOKED, moment)
        return tuple(trash / name for name in over if not _is_kept(trash / name, moment, has_jumped))


def remove(entry: Path) -> str:
    """Delete one entry for good, links in it not followed; returns in words what was left, if anything."""
    try:
        shutil.rmtree(entry)
    except FileNotFoundError:  # another process was faster
        pass
    except OSError as error:
        return f"{error.filename or entry} stays in the trash ({error.strerror or error})."
    remove_quietly(_note_of(entry))
    return ""


def _is_kept(entry: Path, now: float, has_jumped: bool) -> bool:
    """Whether the 30 days of an entry began only when a look after a jump of the clock came upon it."""
    since = _marked(_note_of(entry))
    if since is None and has_jumped:
        _mark(_note_of(entry), now)
        return True
    return since is not None and now - since <= KEPT_SECONDS


def _note_of(entry: Path) -> Path:
    return entry.with_name(f"noticed-{entry.name}")


def _marked(path: Path) -> float | None:
    """The time of a mark: that of an empty file."""
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return None


def _mark(path: Path, moment: float) -> None:
    """Never synced: without it an entry is only kept for longer."""
    path.touch(0o600)
    os.utime(path, (moment, moment), follow_symlinks=False)


def _is_over(stamp: str, now: float) -> bool:
    try:
        moved = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return False
    return now - moved.timestamp() > KEPT_SECONDS
