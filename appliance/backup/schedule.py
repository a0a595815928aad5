"""When backups are made and which are kept: `backup.toml` in our folder, and what is due at a moment."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from appliance.errors import Invalid, Usage
from appliance.places import readable, write_private
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.backup.shelf import Kept
    from appliance.places import Places

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
LATE = timedelta(hours=26)
"""A daily backup that is older than this is overdue."""
MOST = 1000
DAY_S = 86400.0


@dataclass(frozen=True)
class Schedule:
    """How this box is backed up."""

    daily: bool = True
    at: str = "03:30"
    """Local time, HH:MM."""
    last: int = 7
    """The newest so many are kept."""
    weekly: int = 4
    """And one of each of so many weeks."""
    prove_days: int = 7
    """Days after which the newest is proven again; 0: never by itself."""
    folder: str = ""
    """Where archives go; empty: our own folder."""

    def __post_init__(self) -> None:
        if not _CLOCK.fullmatch(self.at):
            raise Usage(f"“{self.at}” is no time of day.", hint="Write it like 03:30.", code="backup-time")
        counts = (self.last, self.weekly, self.prove_days)
        if not all(isinstance(count, int) and 0 <= count <= MOST for count in counts) or self.last < 1:
            raise Usage("Keep at least one and at most 1000 archives.", code="backup-count")
        if self.folder and not self.folder.startswith("/"):
            raise Usage("The folder for backups is given from the root on (/…).", code="backup-folder")


def schedule_path(places: Places) -> Path:
    """Where it stands."""
    return places.home / "backup.toml"


def read_schedule(places: Places) -> Schedule:
    """The schedule; the usual one when nobody chose.

    Raises:
        Invalid: `backup-settings`, the file cannot be understood.
    """
    path = schedule_path(places)
    try:
        with readable(path):
            found = tomllib.loads(path.read_text(encoding="utf-8"))
        return Schedule(**found)
    except FileNotFoundError:
        return Schedule()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, Usage) as error:
        raise Invalid(
            f"{path} cannot be understood ({error}).",
            hint="lunatui backup settings writes it anew.",
            code="backup-settings",
        ) from error


def write_schedule(places: Places, schedule: Schedule) -> None:
    """Keep it."""
    import tomlkit

    write_private(schedule_path(places), tomlkit.dumps(asdict(schedule)).encode())


def last_slot(schedule: Schedule, moment: datetime) -> datetime:
    """When the newest backup should have begun; `moment` is local and aware, so is the answer."""
    hour, minute = map(int, schedule.at.split(":"))
    slot = moment.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return slot if slot <= moment else slot - timedelta(days=1)


def backup_due(schedule: Schedule, archives: Sequence[Kept], moment: datetime) -> bool:
    """Whether a backup should be made now."""
    newest = newest_time(archives)
    return schedule.daily and (newest is None or newest < last_slot(schedule, moment))


def overdue(schedule: Schedule, archives: Sequence[Kept], moment: datetime) -> bool:
    """Whether somebody should look why no backup was made."""
    newest = newest_time(archives)
    return schedule.daily and newest is not None and moment - newest > LATE


def proof_due(schedule: Schedule, archives: Sequence[Kept], moment: datetime) -> bool:
    """Whether the newest backup should be proven now."""
    if not schedule.prove_days or newest_time(archives) is None:
        return False
    proofs = [datetime.fromisoformat(kept.proven) for kept in archives if kept.proven]
    return not proofs or moment - max(proofs) > timedelta(days=schedule.prove_days)


def newest_time(archives: Sequence[Kept]) -> datetime | None:
    """When the newest archive that is still there was made."""
    times = [datetime.fromisoformat(kept.created) for kept in archives if kept.there and kept.created]
    return max(times, default=None)
