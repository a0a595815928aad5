"""The steps of an operation over several files; the journal does them in order, or undoes them."""

from __future__ import annotations

from pathlib import Path

from appliance.store.edits import Edit
from appliance.values import dataclass


@dataclass(frozen=True)
class MakeDir:
    """Make a folder; one that is there already stays as it is."""

    path: Path
    mode: int = 0o700


@dataclass(frozen=True)
class WriteFile:
    """Create a file; never over one that is there."""

    path: Path
    content: bytes
    mode: int = 0o600


@dataclass(frozen=True)
class ReplaceFile:
    """Put a file in the place of one that a step before has kept a copy of: at no moment is there none."""

    path: Path
    content: bytes
    kept: Path
    """The copy of what stands there now; it goes back when the operation cannot end."""
    was: str
    """SHA-256 of what stands there now; anything else is left alone."""
    mode: int = 0o600


@dataclass(frozen=True)
class EditConfig:
    """Change openclaw.json: last when something is created, first when something is removed."""

    edits: tuple[Edit, ...]
    may_remove: tuple[str, ...] = ()
    """As in `ConfigStore.prepare`."""


@dataclass(frozen=True)
class MoveToTrash:
    """Move a file or folder to our trash, from where it can be fetched back."""

    path: Path


@dataclass(frozen=True)
class FetchBack:
    """Move a file or folder back out of our trash; never over one that is there."""

    source: Path
    """In the trash."""
    path: Path


Step = MakeDir | WriteFile | ReplaceFile | EditConfig | MoveToTrash | FetchBack
