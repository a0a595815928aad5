"""What tells this run of the machine from the ones before: process ids and the monotonic clock begin anew."""

from __future__ import annotations

import sys
from functools import cache

_LENGTH = 8
_LINUX = "/proc/sys/kernel/random/boot_id"
_DARWIN = b"kern.bootsessionuuid"


@cache
def boot_id() -> str:
    """The first 8 characters of the system's own random id of this boot; empty when nobody can say."""
    try:
        text = _from_sysctl() if sys.platform == "darwin" else _from_proc()
    except OSError:
        return ""
    return text[:_LENGTH]


def _from_proc() -> str:
    with open(_LINUX, encoding="ascii") as file:  # noqa: PTH123 - on the path of every change
        return file.read(_LENGTH)


def _from_sysctl() -> str:
    import ctypes

    buffer, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
    failed = ctypes.CDLL(None).sysctlbyname(_DARWIN, buffer, ctypes.byref(size), None, 0)
    return "" if failed else buffer.value.decode("ascii", "replace")
