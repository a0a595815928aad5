"""Owner, mode and extended attributes of a file, carried over to the one that replaces it."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LEFT_BEHIND = ("com.apple.quarantine", "com.apple.provenance")
_COPY_ACL_AND_ATTRIBUTES = 1 << 0 | 1 << 2
"""`COPYFILE_ACL | COPYFILE_XATTR` of copyfile(3)."""
_TOLERATED = {errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.ENODATA}


def carry_over(source: Path, old: os.stat_result, descriptor: int) -> None:
    """Give the new file behind `descriptor` what the old one had; never a mode wider than 0600."""
    if old.st_uid != os.geteuid() or old.st_gid != os.getegid():
        with suppress(PermissionError):  # not ours to give away; the mode keeps it private either way
            os.fchown(descriptor, old.st_uid, old.st_gid)
    if sys.platform == "darwin":
        _copy_mac(source, descriptor)
    else:
        _copy_linux(source, descriptor)
    os.fchmod(descriptor, safe_mode(old))


def safe_mode(old: os.stat_result) -> int:
    """The old permissions without anything for group or others."""
    return stat.S_IMODE(old.st_mode) & 0o600 or 0o600


def _copy_linux(source: Path, descriptor: int) -> None:
    if sys.platform != "linux":
        return
    try:
        names = os.listxattr(source, follow_symlinks=False)
    except OSError as error:
        if error.errno in _TOLERATED:
            return
        raise
    for name in names:
        try:
            os.setxattr(descriptor, name, os.getxattr(source, name, follow_symlinks=False))
        except OSError as error:
            if error.errno not in _TOLERATED:
                raise


def _copy_mac(source: Path, descriptor: int) -> None:
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    original = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if library.fcopyfile(original, descriptor, None, _COPY_ACL_AND_ATTRIBUTES) != 0:
            number = ctypes.get_errno()
            if number not in _TOLERATED:
                raise OSError(number, os.strerror(number))
    finally:
        os.close(original)
    for name in _LEFT_BEHIND:
        library.fremovexattr(descriptor, name.encode(), 0)
