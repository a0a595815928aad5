"""What an error number means for the person at the screen (safety: classes of file errors)."""

from __future__ import annotations

import errno
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.errors import Conflict, LunaError
from appliance.store.disk import SyncError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.store.disk import Disk

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_NO_RIGHT = {errno.EACCES, errno.EPERM}
_BUSY = {errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.ETXTBSY}
_NO_HANDLES = {errno.EMFILE, errno.ENFILE}
_ODD = {errno.ELOOP, errno.ENAMETOOLONG, errno.ESTALE, errno.ENOENT, errno.ENOTDIR, errno.EISDIR}


@contextmanager
def explained(path: Path, disk: Disk, *, doing: str = "save") -> Iterator[None]:
    """Turn any `OSError` of the block into a `LunaError`; `path` is what it was about."""
    try:
        yield
    except OSError as error:
        raise translated(error, path, disk, doing=doing) from error


def translated(error: OSError, path: Path, disk: Disk, *, doing: str = "save") -> LunaError:
    """The right class for `error`; notes on `disk` that it is failing."""
    number = error.errno
    reason = f"({error.strerror or type(error).__name__})"
    if isinstance(error, SyncError) or number == errno.EIO:
        disk.failing = True
        return LunaError(
            f"The disk failed while trying to {doing} {path} {reason}; the old file was kept.",
            hint="Make a backup to another disk now. Nothing more is written until lunatui starts again.",
            code="disk-failing",
        )
    if number in _NO_SPACE:
        return LunaError(
            f"There is no space left to {doing} {path} {reason}; the old file was kept.",
            hint="Free some space on that disk and try again.",
            code="no-space",
        )
    if number == errno.EROFS:
        return LunaError(
            f"{path} cannot be written {reason}.",
            hint=f"Its disk only lets itself be read; many do so after a failure: df {path.parent}",
            code="read-only",
        )
    if number in _NO_RIGHT:
        return LunaError(
            f"{path} cannot be written {reason}{_owner(path)}.", hint=_mend(path), code="read-only"
        )
    if number in _BUSY:
        return Conflict(f"{path} is in use {reason}.", hint="Try again in a moment.", code="busy")
    if number in _NO_HANDLES:
        return LunaError(
            f"Too many files are open to {doing} {path} {reason}.",
            hint="Close other programs or sessions and try again.",
            code="no-handles",
        )
    if number in _ODD:
        return LunaError(
            f"The path {path} cannot be used {reason}.",
            hint="Check that its folder exists and that no link in it goes in a circle.",
            code="odd-path",
        )
    return LunaError(f"Could not {doing} {path} {reason}.", code="file-error")


def refuse_when_failing(disk: Disk) -> None:
    """Raise `disk-failing` once a write has failed on this disk."""
    if disk.failing:
        raise LunaError(
            "The disk failed earlier, so nothing more is written.",
            hint="Make a backup to another disk, then start lunatui again.",
            code="disk-failing",
        )


def _owner(path: Path) -> str:
    for place in (path, path.parent):
        try:
            found = place.stat()
        except OSError:
            continue
        return f": {place} belongs to user {found.st_uid} with mode {stat.S_IMODE(found.st_mode):04o}"
    return ""


def _mend(path: Path) -> str:
    return f"Check its owner and mode: ls -la {path.parent}; then: chmod u+rwX {path.parent} {path}"
