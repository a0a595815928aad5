"""A disk that fails at the n-th call, or counts calls so that a test knows how many there are."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from typing import Any

from appliance.store.disk import Disk

CALLS = (
    "open_read",
    "create",
    "read",
    "write",
    "sync",
    "close",
    "sync_folder",
    "rename",
    "link",
    "unlink",
    "stat",
    "free",
)


@dataclass
class FaultyDisk(Disk):
    """`fail_at` counts all calls of the seam from 1; 0 never fails."""

    fail_at: int = 0
    number: int = errno.EIO
    made: list[str] = field(default_factory=list)

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in CALLS:
            return found

        def call(*args: Any) -> Any:
            self.made.append(name)
            if len(self.made) == self.fail_at:
                if name == "close":
                    found(*args)
                raise OSError(self.number, os.strerror(self.number))
            return found(*args)

        return call


@dataclass
class ShortWrites(Disk):
    """Takes at most three bytes at a time."""

    def write(self, descriptor: int, data: bytes) -> int:
        return super().write(descriptor, data[:3])
