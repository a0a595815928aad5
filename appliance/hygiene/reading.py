"""Reading what somebody else may be changing: bounded, no link followed, only files of this account."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from appliance.errors import LunaError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
FILE_LIMIT = 8 * 1024 * 1024
"""Bytes of a file with settings; a longer one is no configuration."""
LOG_TAIL = 1024 * 1024
"""Bytes of the end of a log: what is older has been looked at before."""
PER_FOLDER = 2_000
"""Names that are looked at in one folder."""


class NotRead(LunaError):
    """The file is left out; the message says why."""


def read_bounded(path: Path, *, tail: bool = False) -> bytes | None:
    """The bytes of a plain file of ours, the last `LOG_TAIL` of them with `tail`; None when there is none.

    Raises:
        NotRead: a link, another user's, too large, or unreadable.
    """
    try:
        descriptor = os.open(path, _READ)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotRead(f"{path}: {error.strerror or error}") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise NotRead(f"{path}: not a plain file")
        if found.st_uid != os.geteuid():
            raise NotRead(f"{path}: belongs to another user")
        if found.st_size > FILE_LIMIT and not tail:
            raise NotRead(f"{path}: {found.st_size:,} bytes are too many")
        limit = LOG_TAIL if tail else FILE_LIMIT
        start = max(0, found.st_size - limit) if tail else 0
        return _all(descriptor, start, limit)
    except OSError as error:
        raise NotRead(f"{path}: {error.strerror or error}") from error
    finally:
        os.close(descriptor)


def _all(descriptor: int, start: int, limit: int) -> bytes:
    pieces: list[bytes] = []
    length = 0
    while length < limit:
        piece = os.pread(descriptor, min(1 << 20, limit - length), start + length)
        if not piece:
            break
        pieces.append(piece)
        length += len(piece)
    return b"".join(pieces)


def files_in(folder: Path, *, depth: int = 0) -> Iterator[Path]:
    """Plain files in `folder`, sorted, and in its folders down to `depth`; links are not followed."""
    try:
        with os.scandir(folder) as entries:
            found = sorted((entry for entry, _ in zip(entries, range(PER_FOLDER), strict=False)), key=_name)
    except OSError:
        return
    for entry in found:
        if entry.is_file(follow_symlinks=False):
            yield folder / entry.name
        elif depth and entry.is_dir(follow_symlinks=False):
            yield from files_in(folder / entry.name, depth=depth - 1)


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name
