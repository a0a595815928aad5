"""A port for a program that is started a moment later and is to have it then."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

OURS = range(20_000, 32_768)
"""Below what systems hand out by themselves (Linux from 32768, macOS from 49152): no other connection on the
machine comes by one of these between the look and the start, not even one that looks whether it has begun."""
_TRIES = 100


def free_port() -> int:
    """One of `OURS` on 127.0.0.1 that nobody holds right now.

    Raises:
        OSError: every one that was tried is held.
    """
    for _ in range(_TRIES):
        port = random.choice(OURS)  # noqa: S311 - two runs at once are to begin at different ones
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("every port that was tried is held")
