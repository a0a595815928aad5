"""One save of the vault, in the order of a configuration save; tests stop a process at each named step.

The new bytes are opened and every value in them decrypted before they take the old ones' place.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.places import private_dir
from appliance.store.disk import Disk, confirm, read_file, remove_quietly, write_new
from appliance.store.faults import explained, refuse_when_failing
from appliance.store.hooks import Hook, no_hook
from appliance.store.locks import LOCK_BUDGET
from appliance.store.names import temporary_beside
from appliance.store.queueing import queue_lock
from appliance.store.sweeping import sweep
from appliance.values import dataclass
from appliance.vault.ciphers import Costs, Limits, tuned
from appliance.vault.layout import MAX_FILE, Kdf, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.places import Places
    from appliance.vault.files import VaultFiles

RING_SIZE = 5
_COPY = re.compile(r"(\d{20})-[0-9a-f]{8}\.lunatui")


def _ignored(_words: str) -> None:
    """Nobody waits for the sentence."""


@dataclass(frozen=True)
class Means:
    """What a vault works with; tests replace one or the other."""

    disk: Disk = field(default_factory=Disk)
    hook: Hook = no_hook
    clock: Callable[[], float] = time.time
    """Unix time in seconds."""
    random: Callable[[int], bytes] = os.urandom
    limits: Limits = field(default_factory=Limits)
    stretching: Callable[[], tuple[Kdf, Costs]] = tuned
    """How a new passphrase is to be stretched."""
    on_wait: Callable[[str], None] = _ignored
    """Gets one sentence when another process of ours holds the vault for more than a second."""


class Saving:
    """Replaces the file of one vault; whoever changes it holds `locked`."""

    def __init__(self, places: Places, files: VaultFiles, means: Means) -> None:
        self._places = places
        self._files = files
        self._means = means

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the vault's own lock, with the leftovers of killed processes gone."""
        disk, files = self._means.disk, self._files
        refuse_when_failing(disk)
        self._means.hook("v1-lock")
        deadline = time.monotonic() + LOCK_BUDGET
        with queue_lock(self._places, files.vault, deadline, disk, self._means.on_wait):
            with explained(files.vault, disk):
                for folder in (files.vault.parent, files.ring, files.seen.parent):
                    private_dir(folder)
                sweep((files.vault.parent, files.ring, files.seen.parent), (), disk)
            yield

    def read(self) -> bytes | None:
        """The file's bytes now; None when there is none."""
        with explained(self._files.vault, self._means.disk, doing="read"):
            try:
                return read_file(self._means.disk, self._files.vault, MAX_FILE)
            except FileNotFoundError:
                return None

    def write(self, before: bytes | None, after: bytes, check: Callable[[bytes], object]) -> None:
        """Put `after` in place of `before`; `check` raises unless it can be opened.

        Raises:
            LunaError: the file errors; the old vault is whole then.
        """
        disk, target = self._means.disk, self._files.vault
        with explained(target, disk):
            self._require_space(len(after))
            self._means.hook("v3-copy")
            if before is not None:
                self.put_aside(before)
            temporary = temporary_beside(target)
            try:
                self._stage(temporary, after, check)
                self._means.hook("v7-rename")
                if before is None:
                    disk.link(temporary, target)
                    disk.unlink(temporary)
                else:
                    disk.rename(temporary, target)
            except BaseException:
                remove_quietly(temporary)
                raise
            self._means.hook("v8-sync-folder")
            self._confirm_folder(target)

    def _confirm_folder(self, target: Path) -> None:
        disk = self._means.disk
        try:
            disk.sync_folder(target.parent)
        except OSError as error:
            disk.failing = True
            raise LunaError(
                f"{target} holds the new vault, but the disk did not confirm it ({error.strerror}).",
                hint="Make a backup to another disk now. Nothing more is written until lunatui starts again.",
                code="disk-failing",
            ) from error

    def _stage(self, temporary: Path, after: bytes, check: Callable[[bytes], object]) -> None:
        disk = self._means.disk
        self._means.hook("v4-write")
        descriptor = disk.create(temporary)
        try:
            disk.write_all(descriptor, after)
            self._means.hook("v5-sync")
            confirm(disk, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        disk.close(descriptor)
        self._means.hook("v6-read-back")
        found = read_file(disk, temporary, MAX_FILE)
        if found != after:
            raise LunaError(
                "What was written beside the vault does not read back; the old one was kept.",
                hint="Check the disk.",
                code="disk-failing",
            )
        check(found)

    def _require_space(self, size: int) -> None:
        self._means.hook("v2-space")
        need, free = 3 * size + 64 * 1024, self._means.disk.free(self._files.vault.parent)
        if free < need:
            raise LunaError(
                f"There is not enough space to save the vault: {free:,} bytes are free, {need:,} are needed.",
                hint="Free some space on that disk.",
                code="no-space",
            )

    def put_aside(self, data: bytes) -> None:
        """A copy in the ring, read back; a damaged file is kept beside it."""
        disk, folder = self._means.disk, self._files.ring
        digest = hashlib.sha256(data).hexdigest()[:8]
        try:
            target = folder / f"{parse(data).header.generation:020}-{digest}.lunatui"
        except LunaError:
            target = folder / f"damaged-{digest}.lunatui"
        temporary = temporary_beside(target)
        write_new(disk, temporary, data)
        try:
            disk.rename(temporary, target)
        except BaseException:
            remove_quietly(temporary)
            raise
        disk.sync_folder(folder)
        if read_file(disk, target, MAX_FILE) != data:
            raise LunaError(
                f"The copy {target} does not read back; the vault was not changed.",
                hint="Check the disk.",
                code="disk-failing",
            )

    def thin_out(self, commitment: bytes) -> None:
        """Remove copies beyond the newest five, and those that an earlier master key opens."""
        self._means.hook("v10-thin-out")
        with explained(self._files.ring, self._means.disk, doing="tidy"):
            fitting = []
            for copy in copies(self._files.ring):
                data = read_file(self._means.disk, copy, MAX_FILE)
                if _commitment(data) in (commitment, None):
                    fitting.append(copy)
                else:
                    self._means.disk.unlink(copy)
            for copy in fitting[:-RING_SIZE]:
                self._means.disk.unlink(copy)
            self._means.disk.sync_folder(self._files.ring)


def copies(ring: Path) -> list[Path]:
    """The copies in the ring, oldest first."""
    found = [path for path in ring.iterdir() if _COPY.fullmatch(path.name)] if ring.is_dir() else []
    return sorted(found, key=lambda path: path.name)


def _commitment(data: bytes) -> bytes | None:
    """Which master key opens a copy; None when it cannot be read."""
    try:
        return parse(data).header.commitment
    except LunaError:
        return None
