"""The configuration as it was last known: what lets a change by somebody else be seen, told and taken back.

One file for each configuration, 0600, in our own home. It is renewed by every save of ours, under the queue
lock, and by whoever notices a change from outside. A kill between a save and its renewal is no change from
outside: the ring says which version replaced which.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING
from zlib import crc32

from appliance.places import private_dir
from appliance.store.disk import read_file, remove_quietly, replace_file, write_new
from appliance.store.document import MAX_BYTES
from appliance.store.faults import explained
from appliance.store.names import temporary_beside

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places
    from appliance.store.backups import Backups
    from appliance.store.disk import Disk
    from appliance.store.snapshot import RawFile


Outside = Callable[["RawFile", bytes], None]
"""Told under the queue lock of a change from outside: the file as it is, and what was last known."""


def tell_nobody(_now: RawFile, _known: bytes) -> None:
    """Nobody is told."""


class Known:
    """The last known bytes of the configuration file `real`; no bytes stand for no file."""

    def __init__(self, places: Places, real: Path, disk: Disk) -> None:
        """Touches nothing yet."""
        # Every command looks here, and hashlib takes longer to load than the whole look.
        self.path = places.known_dir / f"{real.parent.name.strip('.')}-{crc32(os.fsencode(real)):08x}.json5"
        self._disk = disk

    def read(self) -> bytes | None:
        """What was last known; None when nobody has looked at this file before.

        Raises:
            LunaError: it cannot be read.
        """
        with explained(self.path, self._disk, doing="read"):
            try:
                return read_file(self._disk, self.path, MAX_BYTES)
            except FileNotFoundError:
                return None

    def since(self) -> float | None:
        """When it became what it is, in seconds since 1970."""
        try:
            return self.path.stat().st_mtime
        except OSError:
            return None

    def keep(self, data: bytes) -> None:
        """Know `data` from now on. The caller holds the queue lock.

        Raises:
            LunaError: it could not be written.
        """
        with explained(self.path, self._disk, doing="note"):
            self._make_folder()
            replace_file(self._disk, self.path, data, temporary_beside(self.path))

    def adopt(self, data: bytes) -> None:
        """Know `data` when nobody knows anything yet; needs no lock, for a save of ours comes first or last.

        Raises:
            LunaError: it could not be written.
        """
        with explained(self.path, self._disk, doing="note"):
            staged = self.stage(data)
            try:
                self._disk.link(staged, self.path)
            except FileExistsError:
                pass
            finally:
                remove_quietly(staged)

    def stage(self, data: bytes) -> Path:
        """Write `data` beside it, so that `publish` needs no space and no time.

        Raises:
            OSError: it could not be written.
        """
        self._make_folder()
        staged = temporary_beside(self.path)
        write_new(self._disk, staged, data)
        return staged

    def _make_folder(self) -> None:
        private_dir(self.path.parent)

    def publish(self, staged: Path) -> None:
        """Know what `stage` wrote; raises OSError."""
        self._disk.rename(staged, self.path)


def is_from_outside(backups: Backups, known: bytes, now: bytes) -> bool:
    """Whether `now` is neither what was known nor what a save of ours, cut off since, made of it."""
    if known == now:
        return False
    import hashlib

    newest = next(iter(backups.list()), None)
    digests = tuple(hashlib.sha256(data).hexdigest() for data in (known, now))
    return newest is None or (newest.sha256, newest.after) != digests
