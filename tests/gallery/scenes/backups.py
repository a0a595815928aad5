"""The backups: the list, each in full, making, proving, and putting one back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from appliance.backup.schedule import Schedule
from appliance.errors import Invalid, LunaError, Note
from appliance.ops.backup import Backups, SettingsVersion
from appliance.ops.backup_create import Created
from appliance.ops.backup_parts import Archive
from appliance.ops.core import Change, Plan
from tests.gallery.cafe import DAY, HOUR
from tests.gallery.clock import NOW
from tests.gallery.scene import NARROW, WAITS, Scene, Step, ends, later, says


def at(seconds_ago: float) -> str:
    """A moment before now, as archives say it."""
    return datetime.fromtimestamp(NOW - seconds_ago, UTC).isoformat(timespec="seconds")


def archive(number: int, ago: float, proven: float | None = None, **more: object) -> Archive:
    """One backup of the café."""
    found = Archive(
        f"{number:02d}c3f1a9b2{'0' * 22}",
        f"/home/rosa/.local/share/lunatui/backups/archives/2026112{number}T033000Z-{number:02d}c3f1a9.lunabackup",
        at(ago),
        48_211_004,
        190_400_300,
        1204,
        7,
        "key-file",
        "Café Rosa",
        "2026.9.6",
        "0.1.0",
        at(ago),
        at(proven) if proven else "",
        "",
        True,
    )
    return replace(found, **more)  # type: ignore[arg-type]


USB = "/Volumes/ROSA USB/20261028T190000Z-09c3f1a9.lunabackup"
KEPT = (
    archive(1, 3 * HOUR),
    archive(2, 27 * HOUR, 26 * HOUR),
    archive(3, 2 * DAY + 3 * HOUR),
    archive(4, 9 * DAY, problem="The archive is damaged: piece 3 is not what was written."),
    archive(9, 23 * DAY, path=USB, there=False, key="passphrase"),
)
VERSIONS = (
    SettingsVersion("v3", at(2 * HOUR), 6988, "agents.update", "human:rosa", "", ("agents",)),
    SettingsVersion("v2", at(26 * HOUR), 6950, "providers.add", "human:rosa", "", ("agents", "models")),
    SettingsVersion("v1", at(6 * DAY), 5120, "setup.finish", "human:rosa", "wizard", ("agents", "models")),
    SettingsVersion("v0", at(7 * DAY), 43, "backup.restore", "human:rosa", "", (), readable=False),
)
FOUND = Backups(KEPT, VERSIONS, Schedule(), False, False, 212 << 30, "/home/rosa/archives")
NONE = Backups((), (), Schedule(), True, False, 212 << 30, "/home/rosa/archives")
LATE = replace(FOUND, archives=(archive(2, 50 * HOUR, 49 * HOUR),), overdue=True)
LOCKED = replace(FOUND, archives=(archive(1, 3 * HOUR, key="passphrase"),))
MADE = Created(archive(0, 1), 9.2, (), "Keep a copy of /home/rosa/backup.key away from this box.")
RESTORES = Plan(
    "backup.restore",
    (Change("/home/rosa/.openclaw", "replace; what is there goes to the trash"),),
    (Note("restore-relink", "Relink."), Note("restore-left-out", "7 things.", count="7")),
)
REVERTS = Plan("history.restore", (Change("agents.entries.luna.model", '"openai/gpt-6" → "openai/gpt-5"'),))
SHORT = LunaError("A proof needs 1792 MiB.", code="memory-short", facts={"free": "900", "needed": "1792"})


def backups(state: str, *play: Step, **more: object) -> Scene:
    """A scene that opens with the list."""
    answers = {"backup.list": FOUND, **more.pop("answers", {})}  # type: ignore[dict-item]
    return Scene("backups", state, play, first="backups", answers=answers, **more)  # type: ignore[arg-type]


SCENES = (
    backups("list", held=2),
    backups("loading", answers={"backup.list": WAITS}, sizes=(NARROW,)),
    backups("empty", answers={"backup.list": NONE}, held=2),
    backups("error", answers={"backup.list": Invalid("The folder cannot be read.")}, sizes=(NARROW,)),
    backups("overdue", answers={"backup.list": LATE}),
    backups("detail", "enter"),
    backups("technical", "d", held=2),
    backups("damaged", "down", "down", "down"),
    backups("version", *["down"] * 5, "enter"),
    backups(
        "making",
        "b",
        says("progress", "Writing", phase="write", done=12 << 20, total=48 << 20, left_s=9.0),
        later(4),
        answers={"backup.create": WAITS},
        held=2,
    ),
    backups("made", "b", ends(MADE), answers={"backup.create": WAITS}),
    backups("no-memory", "p", ends(SHORT), answers={"backup.drill": WAITS}),
    backups("restore", "down", "r", plans={"backup.restore": RESTORES}, held=2),
    backups("restore-locked", "r", answers={"backup.list": LOCKED}),
    backups("restore-settings", *["down"] * 5, "r", plans={"history.restore": REVERTS}),
)
