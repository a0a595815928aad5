"""What a program does to a disk, in the order it does it: the words of a trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Call = Literal[
    "create", "write", "truncate", "sync", "sync-folder", "link", "rename", "unlink", "mkdir", "rmdir", "say"
]


@dataclass(frozen=True)
class Op:
    """One successful call. Paths are relative to the home that is watched."""

    call: Call
    path: str
    """Of `say`: the word that was said to the user."""
    to: str = ""
    """Of `link` and `rename`: the new name."""
    offset: int = 0
    """Of `write`: the first byte; of `truncate`: the new size."""
    data: bytes = b""
    site: str = ""
    """Of the syncs: the line of the product that asked for it."""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What two traces of the same run must agree on."""
        amount = len(self.data) if self.call == "write" else self.offset if self.call == "truncate" else 0
        return (self.call, self.path, self.to, amount)
