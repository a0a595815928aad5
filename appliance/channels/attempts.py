"""Tries to link a line that failed, one small file of ours each: the next process has to know of them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from appliance.channels.linking import FAILURES, Linking, State, begun
from appliance.parsing import json_value, small_file
from appliance.places import readable, write_private

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places

LIMIT = 4_096
_COUNTED = frozenset({*FAILURES, State.COOLING_DOWN, State.CONNECTED})


def resumed(places: Places, channel: str, account: str, now: float) -> Linking:
    """A new linking that knows of the failures before it; a damaged note counts as none.

    Raises:
        LunaError: the note cannot be read.
    """
    path = _path(places, channel, account)
    try:
        with readable(path):
            value = json_value(small_file(path, LIMIT))
    except (FileNotFoundError, ValueError):
        value = None
    found: dict[str, Any] = value if isinstance(value, dict) else {}
    failures, retry_at = found.get("failures"), found.get("retry_at")
    return begun(
        now,
        failures=failures if isinstance(failures, int) and 0 <= failures <= 100 else 0,
        retry_at=retry_at if isinstance(retry_at, float) and retry_at == retry_at else 0.0,
    )


def keep(places: Places, channel: str, account: str, linking: Linking) -> None:
    """Remember what counts for the next try; a connection clears it.

    Raises:
        LunaError: it could not be written.
    """
    if linking.state not in _COUNTED:
        return
    path = _path(places, channel, account)
    if linking.state is State.CONNECTED:
        with readable(path):
            path.unlink(missing_ok=True)
        return
    data = {"failures": linking.failures, "retry_at": float(linking.retry_at)}
    write_private(path, json.dumps(data).encode())


def _path(places: Places, channel: str, account: str) -> Path:
    name = hashlib.sha256(f"{channel}/{account}".encode()).hexdigest()[:16]
    return places.home / "linking" / f"{name}.json"
