"""`$include`: what OpenClaw reads when a section of openclaw.json points to other files.

Rules of OpenClaw 2026.9.6: one file or a list, relative to the file that includes, inside the folder of the
configuration; objects merge, lists join, the including file's own keys win; ten levels.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.errors import Invalid, LunaError, Refused
from appliance.store.disk import Disk
from appliance.store.document import Document
from appliance.store.edits import format_path, lookup
from appliance.store.faults import explained
from appliance.store.snapshot import read_raw

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.store.edits import Edit

KEY = "$include"
_MAX_DEPTH = 10
_MOST_FILES = 256
"""Readings; files that include each other many times over would go on for ever."""


def uses_includes(value: object) -> bool:
    """Whether any section of `value` points to another file."""
    if isinstance(value, dict):
        return KEY in value or any(map(uses_includes, value.values()))
    return isinstance(value, list) and any(map(uses_includes, value))


def refuse_included(value: object, edits: Iterable[Edit]) -> None:
    """Raise `Refused` (`config-included`) for an edit of a section that stands in another file."""
    for edit in edits:
        for depth in range(len(edit.path)):
            section = lookup(value, edit.path[:depth])
            if isinstance(section, dict) and KEY in section and edit.path[depth] not in section:
                place = format_path(edit.path[:depth])
                raise Refused(
                    f"{edit.name} may stand in another file: {place} includes {section[KEY]}.",
                    hint="Change it in that file, or move the section into openclaw.json first.",
                    code="config-included",
                )


@dataclass
class Includes:
    """Resolves the includes of one configuration file."""

    root: Path
    """Folder of openclaw.json, links resolved."""
    disk: Disk
    files: list[Path] = field(default_factory=list)
    """What was read, in order."""

    def resolve(self, value: object, folder: Path | None = None, chain: tuple[Path, ...] = ()) -> object:
        """`value` with every include replaced by what it stands for.

        Raises:
            Invalid: `config-include`, a file is missing, outside, broken, or includes itself.
        """
        folder = folder or self.root
        if isinstance(value, list):
            return [self.resolve(item, folder, chain) for item in value]
        if not isinstance(value, dict):
            return value
        own = {key: self.resolve(item, folder, chain) for key, item in value.items() if key != KEY}
        if KEY not in value:
            return own
        names = value[KEY] if isinstance(value[KEY], list) else [value[KEY]]
        included: object = {}
        for name in names:
            loaded = self._load(name, folder, chain)
            included = merged(included, loaded) if isinstance(value[KEY], list) else loaded
        if not own:
            return included
        if not isinstance(included, dict):
            raise _invalid(f"{names} must hold an object, because other keys stand beside it")
        return merged(included, own)

    def _load(self, name: object, folder: Path, chain: tuple[Path, ...]) -> object:
        if not isinstance(name, str) or "\0" in name:
            raise _invalid(f"“{name}” is not the name of a file")
        path = Path(os.path.realpath(folder / name))
        if not path.is_relative_to(self.root):
            raise _invalid(f"{name} lies outside {self.root}")
        if len(self.files) >= _MOST_FILES:
            raise _invalid(f"more than {_MOST_FILES} files are included")
        if path in chain or len(chain) >= _MAX_DEPTH:
            raise _invalid(f"{name} includes itself, or more than {_MAX_DEPTH} levels deep")
        with explained(path, self.disk, doing="read"):
            raw = read_raw(path, self.disk)
        if raw.status is None:
            raise _invalid(f"{path} does not exist")
        self.files.append(path)
        try:
            document = Document.parse(raw.data)
        except LunaError as error:
            raise _invalid(f"{path}: {error.message}") from error
        return self.resolve(document.value, path.parent, (*chain, path))


def merged(target: object, source: object) -> object:
    """Objects merge key by key, lists join, anything else is replaced."""
    if isinstance(target, list) and isinstance(source, list):
        return [*target, *source]
    if isinstance(target, dict) and isinstance(source, dict):
        result = dict(target)
        for key, item in source.items():
            result[key] = merged(result[key], item) if key in result else item
        return result
    return source


def _invalid(reason: str) -> Invalid:
    return Invalid(
        f"An $include of the configuration cannot be read: {reason}.",
        hint="Correct the name of the file, or the file.",
        code="config-include",
    )
