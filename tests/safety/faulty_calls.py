"""System calls that fail at the n-th, for the files that are written without the store's seam."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CALLS = (
    "open",
    "write",
    "fsync",
    "replace",
    "rename",
    "link",
    "unlink",
    "ftruncate",
    "mkdir",
    "listdir",
    "close",
)


@dataclass
class FaultyCalls:
    """`fail_at` counts the calls of `os` about files below `folder` from 1; 0 never fails."""

    folder: Path
    fail_at: int = 0
    number: int = errno.EIO
    made: list[str] = field(default_factory=list)
    _ours: set[int] = field(default_factory=set)
    """Descriptors of files below the folder."""

    @contextmanager
    def at_work(self) -> Iterator[FaultyCalls]:
        """Stand in for the calls; only in this thread."""
        real = {name: getattr(os, name) for name in CALLS}
        thread = threading.get_ident()

        def standing_in(name: str) -> Any:
            def call(*args: Any, **named: Any) -> Any:
                if threading.get_ident() != thread or not self._is_ours(args):
                    return real[name](*args, **named)
                return self._call(name, real[name], args, named)

            return call

        for name in CALLS:
            setattr(os, name, standing_in(name))
        try:
            yield self
        finally:
            for name, function in real.items():
                setattr(os, name, function)

    def _is_ours(self, args: tuple[Any, ...]) -> bool:
        if args and isinstance(args[0], int):
            return args[0] in self._ours
        return bool(args) and str(args[0]).startswith(str(self.folder))

    def _call(self, name: str, real: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self.made.append(name)
        fails = len(self.made) == self.fail_at
        if fails and name != "close":
            raise OSError(self.number, os.strerror(self.number))
        if name == "write" and self.number == 0:
            return real(args[0], bytes(args[1])[:3])
        found = real(*args, **named)
        if name == "open":
            self._ours.add(found)
        if name == "close":
            self._ours.discard(args[0])
            if fails:
                raise OSError(self.number, os.strerror(self.number))
        return found
