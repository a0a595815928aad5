"""What an archive says of itself: roots, files, what was left out; and the limits of what is read."""

from __future__ import annotations

import json
from dataclasses import asdict, field
from typing import Any

from appliance.backup.header import damaged
from appliance.values import dataclass

GIB = 1 << 30
ENTRIES = 500_000
TOTAL = 256 * GIB
EACH = 64 * GIB
RATIO = 500
FREE_RATIO = 64 << 20
"""Unpacked bytes that no ratio is asked of."""
NAME = 1024
PART = 255
DEPTH = 64
MANIFEST_BYTES = 256 << 20

ABOUT = "about.json"
MANIFEST = "manifest.json"
SUFFIX = ".lunabackup"
"""Of the name of an archive."""


@dataclass(frozen=True)
class Root:
    """One folder or file that is restored as a whole."""

    name: str
    """The beginning of the names of its files in the archive."""
    kind: str
    """`state`, `config`, `credentials`, `agent`, `workspace`, `lunatui` or `service`."""
    path: str
    """Where it stood, absolute."""


@dataclass(frozen=True)
class LeftOut:
    """Something that is not in the archive."""

    path: str
    reason: str
    """`link`, `special`, `name`, `collides`, `large`, `database`, `changed`, `trash`, `archive`, or a word of
    OpenClaw's own (`regenerable`, `volatile`, …)."""


@dataclass(frozen=True)
class About:
    """Where an archive comes from."""

    created: str
    """UTC, ISO 8601."""
    lunatui: str
    engine: str
    """OpenClaw's version; empty when there was none."""
    platform: str
    """`linux` or `darwin`."""
    business: str
    user_home: str
    state_dir: str
    config_path: str
    lunatui_home: str
    agents: tuple[str, ...] = ()
    """Names of the staff."""


@dataclass(frozen=True)
class Entry:
    """One file or folder."""

    name: str
    size: int
    """Bytes; 0 of a folder."""
    sha256: str
    """Hex; empty of a folder."""
    executable: bool = False

    @property
    def is_folder(self) -> bool:
        return not self.sha256


@dataclass(frozen=True)
class Manifest:
    """Everything that is in an archive, and what is not."""

    about: About
    roots: tuple[Root, ...]
    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...] = field(default=())

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.entries)

    @property
    def files(self) -> int:
        """How many files."""
        return sum(1 for entry in self.entries if not entry.is_folder)

    def packed(self) -> bytes:
        """As it stands in the archive."""
        plain = {
            "format": 1,
            "about": asdict(self.about),
            "roots": [asdict(root) for root in self.roots],
            "entries": [[item.name, item.size, item.sha256, item.executable] for item in self.entries],
            "left_out": [[item.path, item.reason] for item in self.left_out],
        }
        return json.dumps(plain, separators=(",", ":")).encode()


def packed_about(about: About) -> bytes:
    """The first entry: enough to say what an archive is without reading all of it."""
    return json.dumps({"format": 1, **asdict(about)}).encode()


def read_about(data: bytes) -> About:
    """Raises `Invalid` (`archive-damaged`) when it cannot be understood."""
    try:
        found = json.loads(data)
        del found["format"]
        return _about(found)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged("its description cannot be read") from error


def read_manifest(data: bytes) -> Manifest:
    """Raises `Invalid` (`archive-damaged`) when it cannot be understood."""
    try:
        found: dict[str, Any] = json.loads(data)
        return Manifest(
            _about(found["about"]),
            tuple(Root(**root) for root in found["roots"]),
            tuple(Entry(str(n), int(s), str(h), bool(x)) for n, s, h, x in found["entries"]),
            tuple(LeftOut(str(path), str(reason)) for path, reason in found["left_out"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged("its list of contents cannot be read") from error


def _about(found: dict[str, Any]) -> About:
    about = About(**{**found, "agents": tuple(map(str, found["agents"]))})
    for name in ("user_home", "state_dir", "config_path", "lunatui_home"):
        if not str(getattr(about, name)).startswith("/"):
            raise ValueError(f"{name} is no path")
    return about
