"""One state a disk may be found in after a cut."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class State:
    """The disk as it is found after the cut: path to content, None for a folder."""

    entries: tuple[tuple[str, bytes | None, int], ...]
    """Path, content, and a number that the names of one and the same file share."""

    @cached_property
    def digest(self) -> bytes:
        """Equal for equal disks."""
        first: dict[int, int] = {}
        whole = blake2b(digest_size=16)
        for index, (path, content, group) in enumerate(self.entries):
            alias = first.setdefault(group, index)
            whole.update(f"{path}\0{alias}\0".encode())
            whole.update(b"folder" if content is None else _digest(content))
        return whole.digest()

    def write(self, home: Path) -> None:
        """Make the empty folder `home` hold this state."""
        made: dict[int, str] = {}
        for path, content, group in self.entries:
            place = f"{home}/{path}"
            if content is None:
                os.mkdir(place, 0o700)  # noqa: PTH102 - thousands of times
            elif group in made:
                os.link(made[group], place)
            else:
                descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                os.write(descriptor, content)
                os.close(descriptor)
                made[group] = place


@lru_cache(maxsize=4096)
def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()
