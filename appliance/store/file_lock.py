"""A lock on one of our own files, freed with the process that holds it, however that ends.

The system's own `flock`, because filelock's import takes longer than a whole save.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.001, 0.02


def take(path: Path, deadline: float) -> int | None:
    """Hold the lock file `path`, made when missing (0600); waits until `deadline` (`time.monotonic`).

    Returns:
        The descriptor that holds it, for `held`; None when somebody else held it all the time.
    Raises:
        OSError: there can be no lock there.
    """
    pause = _FIRST_PAUSE_S
    while True:
        descriptor = os.open(path, _FLAGS, 0o600)
        try:
            if _locked(descriptor) and _is_still(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() >= deadline:
            return None
        time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
        pause = min(_LONGEST_PAUSE_S, 2 * pause)


@contextmanager
def held(descriptor: int) -> Iterator[None]:
    """Give the lock back at the end of the block."""
    try:
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (
        BlockingIOError,
        PermissionError,
    ):  # some file systems say “not permitted”
        return False
    return True


def _is_still(descriptor: int, path: Path) -> bool:
    """Whether the file that is locked still has the name; somebody may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
