"""The file seam: every system call the store makes on files it must not lose goes through one `Disk`.

Tests hand in a `Disk` that fails, counts or records; there is nothing else to replace.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.places import through_the_drive

if TYPE_CHECKING:
    from pathlib import Path

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_PIECE = 1 << 20


class SyncError(OSError):
    """The disk did not confirm a write; trying the same file again would pretend that it did."""


@dataclass
class Disk:
    """System calls as they are; each raises `OSError`."""

    failing: bool = False
    """A sync or a read has failed: nothing more is written until the program starts again."""

    def open_read(self, path: Path) -> int:
        """Open for reading without following a link in the last place."""
        return os.open(path, _READ)

    def create(self, path: Path, mode: int = 0o600) -> int:
        """Make a new file and open it for writing; the umask does not widen or narrow `mode`."""
        descriptor = os.open(path, _CREATE, mode)
        try:
            os.fchmod(descriptor, mode)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def read(self, descriptor: int, limit: int) -> bytes:
        """Everything from the start of `descriptor`, at most `limit` + 1 bytes."""
        pieces: list[bytes] = []
        length = 0
        while length <= limit:
            piece = os.pread(descriptor, min(_PIECE, limit + 1 - length), length)
            if not piece:
                break
            pieces.append(piece)
            length += len(piece)
        return b"".join(pieces)

    def write(self, descriptor: int, data: bytes) -> int:
        """One write; may take less than all of `data`."""
        return os.write(descriptor, data)

    def write_all(self, descriptor: int, data: bytes) -> None:
        """All of `data`, however many writes that takes."""
        rest = memoryview(data)
        while rest:
            written = self.write(descriptor, bytes(rest))
            if written <= 0:
                raise OSError(errno.EIO, "the disk took no bytes")
            rest = rest[written:]

    def sync(self, descriptor: int) -> None:
        """Wait until the disk has it; on macOS through the drive's own cache as well."""
        if not through_the_drive(descriptor):
            os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Close; an error here means the data may not be there."""
        os.close(descriptor)

    def sync_folder(self, folder: Path) -> None:
        """Make renames and removals in `folder` last."""
        descriptor = os.open(folder, _FOLDER)
        try:
            confirm(self, descriptor)
        finally:
            os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Replace `target`, atomically."""
        source.rename(target)

    def link(self, source: Path, target: Path) -> None:
        """Give `source` a second name; fails when `target` exists."""
        os.link(source, target, follow_symlinks=False)

    def unlink(self, path: Path) -> None:
        """Remove one name of a file."""
        path.unlink()

    def stat(self, path: Path) -> os.stat_result:
        """What stands under `path`, links not followed."""
        return os.lstat(path)

    def free(self, folder: Path) -> int:
        """Bytes this account can still write on the disk of `folder`."""
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize


def confirm(disk: Disk, descriptor: int) -> None:
    """Sync, and raise `SyncError` for any error of it."""
    try:
        disk.sync(descriptor)
    except OSError as error:
        raise SyncError(error.errno, error.strerror) from error


def read_file(disk: Disk, path: Path, limit: int) -> bytes:
    """All bytes of `path`, at most `limit` + 1."""
    descriptor = disk.open_read(path)
    try:
        return disk.read(descriptor, limit)
    finally:
        os.close(descriptor)


def write_new(disk: Disk, path: Path, data: bytes, mode: int = 0o600) -> None:
    """Create `path` with `data`, synced; nothing of it is left when that fails."""
    descriptor = disk.create(path, mode)
    try:
        try:
            disk.write_all(descriptor, data)
            confirm(disk, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        disk.close(descriptor)
    except BaseException:
        remove_quietly(path)
        raise


def replace_file(disk: Disk, path: Path, data: bytes, temporary: Path, mode: int = 0o600) -> None:
    """Put `data` under `path` so that a reader and a power cut see the old or the new, never a mixture."""
    write_new(disk, temporary, data, mode)
    try:
        disk.rename(temporary, path)
    except BaseException:
        remove_quietly(temporary)
        raise
    disk.sync_folder(path.parent)


def remove_quietly(path: Path) -> None:
    """Remove our own leftover while another error is on its way up."""
    try:
        path.unlink()
    except OSError:
        return
