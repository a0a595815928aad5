"""The log of a service: appended, capped, rotated by us because nothing else will."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class RotatingLog:
    """Appends bytes to a 0600 file and rotates it at a size; a full disk loses lines, never the service."""

    def __init__(self, path: Path, *, max_bytes: int, keep: int) -> None:
        """`keep`: rotated files beside the current one, `.1` being the newest."""
        self._path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._descriptor = -1
        self._size = 0
        self.lost_bytes = 0
        """Output that could not be written (disk full, folder gone)."""

    def write(self, chunk: bytes) -> None:
        """Append; rotates first when the chunk would not fit."""
        rest = memoryview(chunk)
        try:
            if self._descriptor < 0:
                self._open()
            if self._size and self._size + len(chunk) > self._max_bytes:
                self._rotate()
            while rest:
                written = os.write(self._descriptor, rest)
                self._size += written
                rest = rest[written:]
        except OSError:
            self.lost_bytes += len(rest)
            self.close()

    def close(self) -> None:
        """Close the file; the next write opens it again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(self._path, flags, 0o600)
        self._size = os.fstat(self._descriptor).st_size

    def _rotate(self) -> None:
        self.close()
        for number in range(self._keep, 0, -1):
            older = self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))
        if self._keep == 0:
            self._path.unlink()
        self._open()

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path
