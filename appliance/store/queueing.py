"""The lock between our own processes: at most one of them stands at OpenClaw's lock, the others wait here."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.errors import Conflict
from appliance.places import private_dir
from appliance.store.faults import explained
from appliance.store.file_lock import held, take
from appliance.store.locks import LOCK_BUDGET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.places import Places
    from appliance.store.disk import Disk

_SAY_AFTER = 1.0
"""Seconds of waiting after which somebody is told."""


@contextmanager
def queue_lock(
    places: Places, real: Path, deadline: float, disk: Disk, on_wait: Callable[[str], None]
) -> Iterator[None]:
    """Hold the place in the queue for the file `real`; it is freed with the process, however that ends.

    Raises:
        Conflict: `config-locked`, another process of ours held it all the time.
    """
    name = hashlib.sha256(os.fsencode(real)).hexdigest()
    with explained(places.locks_dir, disk, doing="lock in"):
        path = private_dir(places.locks_dir) / f"{name}.lock"
        lock = take(path, min(deadline, time.monotonic() + _SAY_AFTER))
        if lock is None:
            on_wait(f"Another lunatui is saving {real}; waiting for it.")
            lock = take(path, deadline)
        if lock is None:
            raise Conflict(
                f"Another lunatui has been saving {real} for more than {LOCK_BUDGET:.0f} seconds.",
                hint="Look for a second lunatui and let it finish, or end it.",
                code="config-locked",
            )
    with held(lock):
        yield
