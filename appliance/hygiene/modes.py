"""Who else on the box can reach our files and OpenClaw's: found, and narrowed to the owner alone.

Never a link, never another user's file, never one with a second name, never a home folder.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from appliance.hygiene.models import WideMode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.places import Places

OTHERS = 0o077
_ENTRIES = 5_000
"""Names looked at in one walk."""
_DEEP = 8
_NOT_INTO = ("engine", "trash", "journal")
"""Of our home: the engine's own files, and what is only put aside there, with the modes it had."""
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_OF_ENGINE = (".env", "secrets.json", "credentials", "identity", "devices", "service-env")
"""What OpenClaw keeps in its state folder that holds keys; its databases are left to it."""


def wide_modes(places: Places, *, deep: bool = False) -> list[WideMode]:
    """Files and folders that others can reach; with `deep` all of our home and not only its first level."""
    found: list[WideMode] = []
    for path in _candidates(places, deep=deep):
        try:
            status = os.lstat(path)
        except OSError:
            continue
        if _is_ours_and_wide(status):
            found.append(WideMode(path, stat.S_IMODE(status.st_mode), _wanted(status)))
    return found


def narrow(item: WideMode) -> str:
    """Take the rights of others away; in words what stood in the way, if anything."""
    try:
        descriptor = os.open(item.path, _OPEN)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{item.path} keeps its rights ({error.strerror or error})."
    try:
        status = os.fstat(descriptor)
        if _is_ours_and_wide(status):
            os.fchmod(descriptor, _wanted(status))
    except OSError as error:
        return f"{item.path} keeps its rights ({error.strerror or error})."
    finally:
        os.close(descriptor)
    return ""


def _is_ours_and_wide(status: os.stat_result) -> bool:
    if status.st_uid != os.geteuid() or not status.st_mode & OTHERS:
        return False
    return stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink == 1)


def _wanted(status: os.stat_result) -> int:
    own = stat.S_IMODE(status.st_mode) & 0o700
    return own | 0o700 if stat.S_ISDIR(status.st_mode) else own | 0o600


def _candidates(places: Places, *, deep: bool) -> Iterator[Path]:
    """The roots first: what is closed there closes everything below."""
    too_high = {places.user_home, *places.user_home.parents}
    if places.home not in too_high:
        yield places.home
        yield from _below(places.home, _DEEP if deep else 1, _NOT_INTO)
    if places.state_dir not in too_high:
        yield places.state_dir
    yield from _of_engine(places)


def _of_engine(places: Places) -> Iterator[Path]:
    from pathlib import Path

    real = Path(os.path.realpath(places.config_path))
    for folder, name in dict.fromkeys(((places.config_path.parent, places.config_path.name), _split(real))):
        for path in _below(folder, 1):
            if path.name == name or path.name.startswith(f"{name}."):
                yield path
    for name in _OF_ENGINE:
        path = places.state_dir / name
        yield path
        yield from _below(path, 4)
    yield places.user_home / ".config" / "openclaw" / "gateway.env"


def _split(path: Path) -> tuple[Path, str]:
    return path.parent, path.name


def _below(folder: Path, depth: int, not_into: tuple[str, ...] = ()) -> Iterator[Path]:
    """Everything in `folder` down to `depth` levels; folders that are links are named, not entered."""
    waiting, seen = [(folder, 1)], 0
    while waiting:
        here, level = waiting.pop()
        if os.path.islink(here):  # noqa: PTH114 - on the path of every start
            continue
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    seen += 1
                    if seen > _ENTRIES:
                        return
                    path = here / entry.name
                    yield path
                    if level < depth and entry.name not in not_into and entry.is_dir(follow_symlinks=False):
                        waiting.append((path, level + 1))
        except OSError:
            continue
