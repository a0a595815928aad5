"""What measured children leave behind: part of a file, when one is killed or out of space while it saves."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from coverage import CoverageData
from coverage.exceptions import CoverageException

if TYPE_CHECKING:
    from pathlib import Path


def discard_cut_off(folder: Path) -> list[str]:
    """Remove the data files of coverage that cannot be added up; returns their names.

    coverage saves without a journal, so a kill at that moment, or a limit on the size of files, leaves a
    malformed database. Of such a file it only warns, in the middle of the report, and nothing of it counts.
    """
    gone = []
    for path in sorted(folder.glob(".coverage.*")):
        if not _can_be_added(path):
            path.unlink()
            gone.append(path.name)
    return gone


def _can_be_added(path: Path) -> bool:
    try:
        CoverageData(no_disk=True).update(CoverageData(str(path), read_only=True))
    except (CoverageException, sqlite3.Error):
        return False
    return True
