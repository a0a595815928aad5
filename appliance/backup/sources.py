"""What goes into an archive beside OpenClaw's own part: our state and the definitions of services."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.backup.models import LeftOut, Root
from appliance.backup.tape import name_problem
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.places import Places

LOG_BYTES = 1 << 20
"""Of a log, larger ones are left out."""
NOT_KEPT = {
    "cache": "regenerable",
    "drill": "volatile",
    "engine": "regenerable",
    "glance.json": "regenerable",
    "journal": "volatile",
    "locks": "volatile",
    "restore": "volatile",
    "run": "volatile",
    "trash": "trash",
}
"""In our own folder, and why it is not in an archive."""
NOT_KEPT_BELOW = {("backups", "archives"): "archive", ("backups", "staging"): "volatile"}
SPLIT = frozenset({"backups"})
"""Restored child by child."""
_SERVICES = (
    ("Library/LaunchAgents", ("ai.openclaw.", "com.openclaw.", "lunatui.", "ai.lunatui.")),
    (".config/systemd/user", ("openclaw", "lunatui")),
)


@dataclass(frozen=True)
class Found:
    """A file or folder that goes into the archive."""

    name: str
    path: Path
    is_folder: bool
    size: int
    executable: bool


def our_roots(places: Places) -> tuple[tuple[Root, ...], tuple[LeftOut, ...]]:
    """Each part of our own folder that is kept, as something that is restored as a whole."""
    roots, left_out = [], []
    for path in _children(places.home):
        if reason := NOT_KEPT.get(path.name):
            left_out.append(LeftOut(str(path), reason))
        elif path.name.startswith(".") and ".lunatui." in path.name:
            left_out.append(LeftOut(str(path), "volatile"))
        elif path.name in SPLIT and path.is_dir():
            roots += [
                _ours(places, child)
                for child in _children(path)
                if (path.name, child.name) not in NOT_KEPT_BELOW
            ]
            left_out += [
                LeftOut(str(child), NOT_KEPT_BELOW[path.name, child.name])
                for child in _children(path)
                if (path.name, child.name) in NOT_KEPT_BELOW
            ]
        else:
            roots.append(_ours(places, path))
    return tuple(roots), tuple(left_out)


def _ours(places: Places, path: Path) -> Root:
    return Root(f"lunatui/{path.relative_to(places.home)}", "lunatui", str(path))


def service_roots(user_home: Path) -> tuple[Root, ...]:
    """The definitions that start OpenClaw or us."""
    return tuple(
        Root(f"services/{folder.rpartition('/')[2]}/{path.name}", "service", str(path))
        for folder, prefixes in _SERVICES
        for path in _children(user_home / folder)
        if path.name.startswith(prefixes) and path.is_file()
    )


def walk(root: Root, path: Path, left_out: list[LeftOut]) -> Iterator[Found]:
    """Everything below a root in a stable order; what cannot be kept is noted in `left_out`."""
    waiting = [(root.name, path)]
    while waiting:
        name, here = waiting.pop()
        try:
            seen = here.lstat()
        except FileNotFoundError:
            left_out.append(LeftOut(str(here), "changed"))
            continue
        reason = _reason(root, name, here, seen)
        if reason:
            left_out.append(LeftOut(os.fsencode(here).decode("utf-8", "replace"), reason))
        elif stat.S_ISDIR(seen.st_mode):
            yield Found(name, here, True, 0, False)
            waiting += [(f"{name}/{child.name}", child) for child in reversed(_children(here))]
        else:
            yield Found(name, here, False, seen.st_size, bool(seen.st_mode & 0o100))


def _reason(root: Root, name: str, path: Path, seen: os.stat_result) -> str:
    if stat.S_ISLNK(seen.st_mode):
        return "link"
    if not (stat.S_ISDIR(seen.st_mode) or stat.S_ISREG(seen.st_mode)):
        return "special"
    if name_problem(name):
        return "name"
    if root.name == "lunatui/logs" and stat.S_ISREG(seen.st_mode) and seen.st_size > LOG_BYTES:
        return "large"
    if path.name.endswith((".db", ".db-wal", ".db-shm", ".sqlite", ".sqlite-wal", ".sqlite-shm")):
        return "database"
    return ""


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
