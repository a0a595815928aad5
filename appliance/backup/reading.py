"""Reads an archive: every piece opened, every file hashed and compared with the list at its end."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias

from appliance.backup.container import Opener
from appliance.backup.header import damaged
from appliance.backup.models import ABOUT, MANIFEST, MANIFEST_BYTES, Entry, read_about, read_manifest
from appliance.backup.tape import Item, Player, refused
from appliance.places import readable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from appliance.backup.keys import Lock
    from appliance.backup.models import About, Manifest
    from appliance.backup.pace import Pace

ABOUT_BYTES = 1 << 20
Sink: TypeAlias = "Callable[[Item], Callable[[bytes], None] | None]"


def _drop(_item: Item) -> None:
    """What is read is compared and not kept."""


def about_of(path: Path, lock: Lock) -> About:
    """Where an archive comes from: its first piece is opened and no more."""
    with readable(path), path.open("rb") as file:
        return _about(Player(Opener(file, lock)))


def manifest_of(path: Path, lock: Lock, pace: Pace, sink: Sink = _drop) -> Manifest:
    """Read all of an archive; see `verify`."""
    with readable(path), path.open("rb") as file:
        return verify(file, lock, pace, path.stat().st_size, sink)


def verify(
    file: BinaryIO,
    lock: Lock,
    pace: Pace,
    size: int,
    sink: Sink = _drop,
    *,
    phase: str = "check",
) -> Manifest:
    """Read all of an archive and compare it with its own list; `sink` takes what each entry holds.

    Args:
        size: bytes of the file, for the progress.
        sink: asked for each file and folder; of a file, returns what takes its pieces, or None.

    Raises:
        Invalid: `archive-damaged`, `archive-refused`, `archive-key`.
        Usage: `archive-other-key`.
    """
    pace.phase(phase, size)
    player = Player(Opener(file, lock))
    seen: list[Entry] = []
    listed: Manifest | None = None
    position, first = 0, True
    for item in player.items():
        if listed is not None:
            raise refused("something stands behind its list of contents")
        if first != (item.name == ABOUT):
            raise refused("it does not begin with its description")
        if item.name == MANIFEST:
            listed = read_manifest(_whole(player, item, MANIFEST_BYTES))
        elif first:
            about = read_about(_whole(player, item, ABOUT_BYTES))
        else:
            seen.append(_taken(player, item, sink))
        first = False
        pace.add(player.position - position)
        position = player.position
    if listed is None:
        raise damaged("its list of contents is missing")
    if listed.entries != tuple(seen) or listed.about != about:
        raise damaged("it does not hold what its list of contents says")
    _check_roots(listed)
    return listed


def _taken(player: Player, item: Item, sink: Sink) -> Entry:
    take = sink(item)
    if item.is_folder:
        return Entry(item.name, 0, "")
    digest = hashlib.sha256()
    for piece in player.pieces():
        digest.update(piece)
        if take is not None:
            take(piece)
    if take is not None:
        take(b"")  # the end of the file
    return Entry(item.name, item.size, digest.hexdigest(), item.executable)


def _about(player: Player) -> About:
    item = next(player.items(), None)
    if item is None or item.name != ABOUT:
        raise refused("it does not begin with its description")
    return read_about(_whole(player, item, ABOUT_BYTES))


def _whole(player: Player, item: Item, limit: int) -> bytes:
    if item.size > limit or item.is_folder:
        raise refused(f"“{item.name}” is too large")
    return b"".join(player.pieces())


def _check_roots(manifest: Manifest) -> None:
    """Every entry belongs to exactly one root, and every root has an absolute place."""
    names = {root.name for root in manifest.roots}
    if len(names) != len(manifest.roots):
        raise refused("it names a part twice")
    for root in manifest.roots:
        parts = root.path.split("/")
        if not root.path.startswith("/") or ".." in parts or "\0" in root.path or root.path == "/":
            raise refused(f"“{root.path}” is no place for a part of it")
        if any(root.name != name and root.name.startswith(f"{name}/") for name in names):
            raise refused("a part of it lies within another")
    for entry in manifest.entries:
        if not any(entry.name[:at] in names for at in _borders(entry.name)):
            raise refused(f"“{entry.name}” belongs to no part of it")


def _borders(name: str) -> list[int]:
    return [index for index, sign in enumerate(name) if sign == "/"] + [len(name)]
