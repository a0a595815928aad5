"""The last look at the open shop, kept in a file, so that a closed one still shows what was known."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError
from appliance.health.models import Glance, Staff, Today
from appliance.parsing import json_value
from appliance.places import readable, write_private

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places

_TIMES = ("since", "up_since", "checked_at", "last_open", "last_change", "last_backup", "last_proven")
_LIMIT = 256 * 1024


def snapshot_path(places: Places) -> Path:
    """Where it stands. The file's own time says when its content was last true."""
    return places.home / "glance.json"


def keep(places: Places, glance: Glance) -> None:
    """Note an open shop; the bytes change only with the facts, the file's time with each look.

    Raises:
        LunaError: it could not be written.
    """
    path = snapshot_path(places)
    known = _read(path)
    if known is not None and _facts(known) == _facts(_plain(glance)):
        try:
            os.utime(path, (glance.checked_at, glance.checked_at))
        except OSError as error:
            raise LunaError(
                f"{path} cannot be touched ({error.strerror}).", code="home-unwritable"
            ) from error
        return
    # Escaped: a name out of a damaged file may hold half a character, which UTF-8 cannot.
    write_private(path, json.dumps(_plain(glance), indent=1).encode("ascii"))


def recall(places: Places) -> Glance | None:
    """The last look at the open shop, `last_open` being its time; None when there was none."""
    path = snapshot_path(places)
    known = _read(path)
    if known is None:
        return None
    try:
        seen_at = path.stat().st_mtime
        staff = tuple(Staff(**agent) for agent in known["agents"])
        today = _today(known["today"]) if known["today"] else None
        fields = {**known, "agents": staff, "today": today, "trouble": None, "last_open": seen_at}
        for name in ("channels", "remembered", "notes", "later"):
            fields[name] = tuple(fields[name])
        return Glance(**fields)
    except (KeyError, TypeError, FileNotFoundError):
        return None  # of another release of ours: the next open shop writes it anew


def remembering(glance: Glance, known: Glance | None) -> Glance:
    """A look at a shop that is not open, with what was last known filled in and named."""
    if known is None:
        return glance
    gone = {
        name: getattr(known, name)
        for name in ("business", "agents", "channels", "engine", "model", "provider", "today")
        if not getattr(glance, name) and getattr(known, name)
    }
    return replace(glance, **gone, last_open=known.last_open, remembered=tuple(gone))


def _today(known: dict[str, Any]) -> Today:
    return Today(**{**known, "answering": (), "failed": tuple(known.get("failed", ()))})


def _plain(glance: Glance) -> dict[str, Any]:
    """As it comes back from the file: lists, no tuples."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(glance)))
    if plain["today"]:
        del plain["today"]["answering"]  # true for a moment only
    return plain


def _facts(known: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in known.items() if name not in _TIMES}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        with readable(path), path.open("rb") as file:
            document = json_value(file.read(_LIMIT))
    except (FileNotFoundError, ValueError):
        return None
    return document if isinstance(document, dict) else None
