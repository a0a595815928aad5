"""Providers that were saved and have not passed OpenClaw's own test yet, one empty file of ours each.

Without it a kill between save and test would leave a provider that looks as good as any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.places import names_in, readable, write_private

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places


def untested(places: Places) -> frozenset[str]:
    """The ids of all of them.

    Raises:
        LunaError: the notes cannot be read.
    """
    return frozenset(name for name in names_in(_folder(places)) if not name.startswith("."))


def note(places: Places, provider_id: str) -> None:
    """Note one, before it is saved.

    Raises:
        LunaError: it could not be written.
    """
    write_private(_folder(places) / provider_id, b"")


def forget(places: Places, provider_id: str) -> None:
    """It passed the test, or is not there any more.

    Raises:
        LunaError: the note could not be removed.
    """
    path = _folder(places) / provider_id
    with readable(path):
        path.unlink(missing_ok=True)


def _folder(places: Places) -> Path:
    return places.home / "untested"
