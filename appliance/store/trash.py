"""The trash: what was moved away stays for 30 days, from where it can be fetched back, and then goes."""

from __future__ import annotations

import re
import shutil
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from appliance.places import names_in

if TYPE_CHECKING:
    from pathlib import Path

KEPT_DAYS = 30
_ENTRY = re.compile(r"(\d{8}T\d{6})\d{6}Z-[0-9a-f]{8}")
"""As `plans.entry_name` makes them; nothing else is ever removed."""


def expired(trash: Path, now: float | None = None) -> tuple[Path, ...]:
    """The entries that were moved there more than 30 days before `now` (seconds since 1970), oldest first.

    Raises:
        LunaError: the folder cannot be read.
    """
    moment = time.time() if now is None else now
    dated = ((name, _ENTRY.fullmatch(name)) for name in sorted(names_in(trash)))
    return tuple(trash / name for name, found in dated if found and _is_over(found[1], moment))


def remove(entry: Path) -> str:
    """Delete one entry for good, links in it not followed; returns in words what was left, if anything."""
    try:
        shutil.rmtree(entry)
    except FileNotFoundError:  # another process was faster
        return ""
    except OSError as error:
        return f"{error.filename or entry} stays in the trash ({error.strerror or error})."
    return ""


def _is_over(stamp: str, now: float) -> bool:
    try:
        moved = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return False
    return now - moved.timestamp() > KEPT_DAYS * 24 * 3600
