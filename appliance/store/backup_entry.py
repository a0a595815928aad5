"""One earlier version of the configuration as the ring lists it, and what its name says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.errors import Invalid
from appliance.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

NAME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-\d{6}-[0-9a-f]{8}\.json5", re.ASCII)


@dataclass(frozen=True)
class Reason:
    """Why a version was put aside: the operation that was about to replace it."""

    operation: str
    actor: str
    why: str = ""
    changed: tuple[str, ...] = ()
    """Paths the operation changed."""
    after: str = ""
    """SHA-256 of what replaced it."""
    engine: str = ""
    """OpenClaw's version, when known."""
    pinned: str = ""
    """Kept outside the ring from the start, under this label."""
    poor: bool = False
    """It is known to have lost something, so that it must not push out a good one."""


@dataclass(frozen=True)
class Backup:
    """One earlier version of the configuration."""

    id: str
    """`<UTC time>-<number>-<hash>`; sorts by number within the ring."""
    sha256: str
    size: int
    """Bytes."""
    made: str
    """UTC, ISO 8601."""
    operation: str = ""
    actor: str = ""
    why: str = ""
    changed: tuple[str, ...] = ()
    after: str = ""
    engine: str = ""
    also: str = ""
    """SHA-256 of what it is being rewritten to, until it is; see `Backups.rewrite`."""
    pinned: str = ""
    """Labels, with a space between them, when it stays outside the ring: `before-update`, `wizard`, …"""
    poor: bool = False
    """It cannot be read or had lost something: it stays in a ring of its own and pushes out no good one."""


def backup_id_of(made: datetime, number: int, digest: str) -> str:
    """The id of a version, which is the name of its file too."""
    return f"{made:%Y%m%dT%H%M%SZ}-{number:06d}-{digest[:8]}"


def number_of(entry: Backup) -> int:
    """Its place in the order of the ring."""
    return int(entry.id.split("-")[1])


def made_at(name: re.Match[str]) -> str:
    """When a version was made, as its name says."""
    return "{}-{}-{}T{}:{}:{}+00:00".format(*name.groups())


def can_be_read(data: bytes) -> bool:
    """Whether a version is a configuration at all."""
    from appliance.store.document import Document

    try:
        Document.parse(data)
    except Invalid:
        return False
    return True


def checked(entry: Backup) -> Backup:
    """`entry`; raises `ValueError` unless it names a file of the ring and each part is of its kind."""
    texts = [value for name, value in entry.__dict__.items() if name not in ("size", "changed", "poor")]
    is_plain = all(isinstance(text, str) for text in (*texts, *entry.changed)) and type(entry.size) is int
    is_plain = is_plain and isinstance(entry.poor, bool)
    if not is_plain or not NAME.fullmatch(f"{entry.id}.json5"):
        raise ValueError("an entry is not of the ring")
    return entry


def labels(one: str, other: str) -> str:
    """The labels of both, each once."""
    return " ".join(dict.fromkeys((*one.split(), *other.split())))


def freed(entry: Backup, label: str) -> Backup:
    """Without that label."""
    return replace(entry, pinned=" ".join(each for each in entry.pinned.split() if each != label))
