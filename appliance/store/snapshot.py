"""openclaw.json as it is at one moment: where it really lies, its bytes, and what they say."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.errors import LunaError, Refused
from appliance.store.document import MAX_BYTES, Document
from appliance.store.faults import explained
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.store.disk import Disk

MAX_LINKS = 8
EMPTY = b"{\n}\n"
"""What a configuration that does not exist yet is edited from."""


@dataclass(frozen=True)
class Snapshot:
    """The file at one moment."""

    exists: bool
    path: Path
    """As OpenClaw names it; may be a link."""
    real_path: Path
    """The file itself."""
    data: bytes
    """Its bytes; nothing when it does not exist."""
    document: Document
    """Parsed; an empty object when the file does not exist."""

    @property
    def sha256(self) -> str:
        """Of the bytes, in hexadecimal; of no bytes when it does not exist."""
        return _sha256(self.data)

    @property
    def value(self) -> dict[str, object]:
        """The configuration as plain data. Not to be changed."""
        return self.document.value


@dataclass(frozen=True)
class RawFile:
    """Bytes that need not parse, and what `fstat` said about the file they came from."""

    real_path: Path
    data: bytes
    status: os.stat_result | None
    """None when there is no file."""

    @property
    def sha256(self) -> str:
        """Of the bytes, in hexadecimal."""
        return _sha256(self.data)


def resolve(path: Path) -> Path:
    """Follow the links `path` may be, at most eight, each in a folder of this account.

    Raises:
        LunaError: `odd-path`, too many links.
        Refused: `config-folder`, a link leads into somebody else's folder.
    """
    current = path
    for _ in range(MAX_LINKS + 1):
        if not current.is_symlink():
            return Path(os.path.realpath(current.parent)) / current.name
        target = Path(os.path.realpath(current.parent)) / current.readlink()
        current = Path(os.path.normpath(target))
        _refuse_foreign_folder(current.parent)
    raise LunaError(
        f"{path} is a link to a link, more than {MAX_LINKS} times over.",
        hint="Replace the chain of links by one.",
        code="odd-path",
    )


def read_raw(path: Path, disk: Disk) -> RawFile:
    """The bytes under `path` now, links followed; nothing when there is no file.

    Raises:
        LunaError: `read-only`, `odd-path` and the other file errors.
    """
    real = resolve(path)
    with explained(real, disk, doing="read"):
        try:
            descriptor = disk.open_read(real)
        except FileNotFoundError:
            return RawFile(real, b"", None)
        try:
            return RawFile(real, disk.read(descriptor, MAX_BYTES), os.fstat(descriptor))
        finally:
            os.close(descriptor)


def snapshot(path: Path, raw: RawFile) -> Snapshot:
    """`raw` parsed.

    Raises:
        Invalid: `config-syntax` or `config-too-large`.
    """
    exists = raw.status is not None
    document = Document.parse(raw.data if exists else EMPTY, str(raw.real_path))
    return Snapshot(exists, path, raw.real_path, raw.data, document)


def refuse_odd_file(raw: RawFile) -> None:
    """Raise `Refused` (`config-file`) unless the file is a plain one, ours, under one name."""
    if raw.status is None:
        return
    problem = ""
    if not stat.S_ISREG(raw.status.st_mode):
        problem = "is not a plain file"
    elif raw.status.st_uid != os.geteuid():
        problem = f"belongs to another user ({raw.status.st_uid})"
    elif raw.status.st_nlink != 1:
        problem = f"has {raw.status.st_nlink} names (hard links)"
    if problem:
        raise Refused(
            f"{raw.real_path} {problem}, so it is not replaced.",
            hint=f"Look at it with: ls -la {raw.real_path}",
            code="config-file",
        )


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _refuse_foreign_folder(folder: Path) -> None:
    try:
        owner = folder.stat().st_uid
    except FileNotFoundError:
        return
    if owner != os.geteuid():
        raise Refused(
            f"The configuration is a link into {folder}, which belongs to another user ({owner}).",
            hint="Let the link point into a folder of your own.",
            code="config-folder",
        )
