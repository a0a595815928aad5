"""Closing the memory of this process to the other programs of its account, before it holds a secret.

`prctl(2)`: a process that is not dumpable leaves no core file, and only root may attach to it with
`ptrace(2)` or read its `/proc/<pid>/mem` and `environ`. Elsewhere this is left to the system.
"""

from __future__ import annotations

import os
import sys

PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4
NOT_TRIED, LEFT_TO_THE_SYSTEM, CLOSED = "not tried", "left to the system", "closed to other programs"
_last = NOT_TRIED


def close() -> str:
    """Close it as far as this system can; returns what `told` says from then on."""
    global _last
    _last = _closed() if sys.platform == "linux" else LEFT_TO_THE_SYSTEM
    return _last


def told() -> str:
    """What `close` came to: one of the three words above, or why it is open."""
    return _last


def is_wrong() -> bool:
    """Whether it was to be closed and is open."""
    return _last not in (NOT_TRIED, LEFT_TO_THE_SYSTEM, CLOSED)


def _closed() -> str:
    # Six milliseconds, which a command without a secret is spared.
    import ctypes

    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError) as error:
        return f"open to the programs of this account ({error})"
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    if prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0:
        return f"open to the programs of this account ({os.strerror(ctypes.get_errno())})"
    return CLOSED
