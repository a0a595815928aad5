"""Which keys are on their way into a store: by fingerprint, so that a move that was cut off can be finished.

`hygiene/moves.json` in our home, 0600. It holds no value; a key is recognised again by its fingerprint.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.places import private_dir, readable, write_private
from appliance.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places

KEPT = 200


@dataclass(frozen=True)
class Move:
    """One key and the store it goes to."""

    fingerprint: str
    setting: tuple[str, ...]
    """Where it stood in the configuration."""
    source: str
    """`store` or `exec`, as in a reference of OpenClaw's."""
    provider: str
    name: str

    @property
    def reference(self) -> dict[str, str]:
        """What stands in the configuration instead."""
        return {"source": self.source, "provider": self.provider, "id": self.name}


def noted(places: Places) -> tuple[Move, ...]:
    """All moves that were begun, oldest first; none when the list is unreadable.

    Raises:
        LunaError: the file cannot be opened.
    """
    path = _path(places)
    with readable(path):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return ()
    try:
        return tuple(Move(**{**row, "setting": tuple(row["setting"])}) for row in json.loads(data)["moves"])
    except (ValueError, KeyError, TypeError):
        # Only a help for the next run: without it the keys are found where they lie, and moved again.
        return ()


def note(places: Places, moves: tuple[Move, ...]) -> None:
    """Remember `moves` before the first of them is made.

    Raises:
        LunaError: they could not be written, so none may be made.
    """
    kept = [move for move in noted(places) if move not in moves]
    rows = [asdict(move) for move in (*kept, *moves)][-KEPT:]
    path = _path(places)
    try:
        private_dir(path.parent)
    except OSError as error:
        raise LunaError(f"{path} could not be written ({error.strerror}).", code="home-unwritable") from error
    write_private(path, json.dumps({"version": 1, "moves": rows}, indent=1).encode())


def _path(places: Places) -> Path:
    return places.home / "hygiene" / "moves.json"
