"""What a search for stray keys finds: never a value, only where it stands and its fingerprint."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Literal

from appliance.secret import Secret
from appliance.values import dataclass

Form = Literal["settings", "variables", "text"]
"""How a file is read: as JSON5 data, as `NAME=value` lines, or as plain text."""
Place = Literal[
    "config",
    "include",
    "engine-copy",
    "our-copy",
    "variables",
    "service",
    "engine-old",
    "engine-log",
    "our-file",
    "our-log",
]
"""Whose file it is and what for; words for it are the front end's."""
Sure = Literal["certain", "likely", "possible"]


@dataclass(frozen=True)
class Target:
    """A file that is looked into."""

    path: Path
    place: Place
    form: Form


@dataclass(frozen=True)
class Spot:
    """A key in a text."""

    where: str
    """A path into the settings, the name of a variable, or `line 12`."""
    kind: str
    """What it belongs to, by its shape (`appliance.redact`); `named` when only its name says so."""
    sure: Sure
    value: Secret = field(repr=False)
    setting: tuple[str, ...] = ()
    """The path, when it is the value of a setting."""


@dataclass(frozen=True)
class Located:
    """A spot and the file it is in."""

    target: Target
    spot: Spot


@dataclass(frozen=True)
class WideMode:
    """A file or folder that others on the box can reach."""

    path: Path
    mode: int
    """The permission bits as they are."""
    wanted: int


@dataclass(frozen=True)
class Search:
    """Everything one search saw."""

    located: tuple[Located, ...]
    files: int
    """How many were read."""
    left_out: tuple[str, ...]
    """Paths that were not, or not wholly, read and why, in words."""
