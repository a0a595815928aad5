"""The last real test of each provider, one small file of ours each; never the key.

A provider is noted before it is saved: without that a kill between save and test would leave one that looks
as good as any other.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from appliance.parsing import json_value, small_file
from appliance.places import names_in, readable, write_private
from appliance.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places

LIMIT = 65_536


@dataclass(frozen=True)
class Trial:
    """How a test ended."""

    at: str = ""
    """When, ISO 8601; empty when there was none."""
    ok: bool = False
    code: str = ""
    """Of the cause; empty when all was well."""
    blame: str = ""
    """Whose fault it was, see `verdict.Blame`."""
    model: str = ""
    """The model that was asked."""
    milliseconds: int = 0
    """The tiny answer took so long; 0 when there was none."""
    first_milliseconds: int = 0
    """Its first piece came after so long."""
    context_window: int | None = None
    """Tokens; `None` when the provider does not say."""
    tools: bool | None = None
    """Whether the model called a tool; `None` when it was not asked to."""


@dataclass(frozen=True)
class _Note:
    """What a file holds."""

    trial: Trial = Trial()
    untested: bool = False
    """It was saved and has not passed OpenClaw's own test since."""


def last_trial(places: Places, provider_id: str) -> Trial | None:
    """The last real test of a provider; `None` when there was none.

    Raises:
        LunaError: the note cannot be read.
    """
    trial = _read(places, provider_id).trial
    return trial if trial.at else None


def untested(places: Places) -> frozenset[str]:
    """The ids of all that were saved and have not passed OpenClaw's own test yet.

    Raises:
        LunaError: the notes cannot be read.
    """
    names = (name for name in names_in(_folder(places)) if not name.startswith("."))
    return frozenset(name for name in names if _read(places, name).untested)


def note(places: Places, provider_id: str) -> None:
    """Note one as untested, before it is saved.

    Raises:
        LunaError: it could not be written.
    """
    _write(places, provider_id, replace(_read(places, provider_id), untested=True))


def clear(places: Places, provider_id: str) -> None:
    """Its new settings were taken back: it is no longer untested, and its last test counts again.

    Raises:
        LunaError: it could not be written.
    """
    known = _read(places, provider_id)
    if not known.trial.at:
        forget(places, provider_id)
    elif known.untested:
        _write(places, provider_id, replace(known, untested=False))


def keep(places: Places, provider_id: str, trial: Trial) -> None:
    """Remember how its last test ended; one that went well ends its being untested.

    Raises:
        LunaError: it could not be written.
    """
    still = _read(places, provider_id).untested and not trial.ok
    _write(places, provider_id, _Note(trial, still))


def forget(places: Places, provider_id: str) -> None:
    """It is not there any more.

    Raises:
        LunaError: the note could not be removed.
    """
    path = _folder(places) / provider_id
    with readable(path):
        path.unlink(missing_ok=True)


def _read(places: Places, provider_id: str) -> _Note:
    """What is noted; a note that is damaged, or empty as they once were, counts as one of being untested."""
    path = _folder(places) / provider_id
    try:
        with readable(path):
            value = json_value(small_file(path, LIMIT))
    except FileNotFoundError:
        return _Note()
    except ValueError:
        return _Note(untested=True)
    found = value if isinstance(value, dict) else {}
    return _Note(_trial(found.get("trial")), found.get("untested") is not False)


def _trial(value: object) -> Trial:
    """The fields that have their right type."""
    found: dict[str, Any] = value if isinstance(value, dict) else {}
    usual = Trial(context_window=0, tools=False)
    right = {
        item.name: found[item.name]
        for item in fields(Trial)
        if type(found.get(item.name)) is type(getattr(usual, item.name))
    }
    return Trial(**right)


def _write(places: Places, provider_id: str, known: _Note) -> None:
    trial = {item.name: getattr(known.trial, item.name) for item in fields(Trial)}
    data = json.dumps({"trial": trial, "untested": known.untested}).encode()
    write_private(_folder(places) / provider_id, data)


def _folder(places: Places) -> Path:
    return places.home / "untested"
