"""Records what the product does to the files below one folder, at the system calls of the `os` module.

The store's `Disk`, the audit log and the small files of `places` all end there, so that nothing has to be
replaced in them; the test compares with strace that nothing goes past it.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.safety.powercut.ops import Op

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
PRODUCT = tuple(f"{ROOT / name}{os.sep}" for name in ("appliance", "lunatui", "launchd"))
HELPERS = ("store/disk.py", "places.py", "audit/segments.py")
"""Modules whose functions sync for somebody else: who asked them tells one sync from another."""
DEAD_PID = 4_194_305
"""Above every process id of Linux and macOS: what this process left behind is certainly a dead one's."""
_CHANGING = os.O_WRONLY | os.O_RDWR


class Recorder:
    """Collects `ops` while `installed`."""

    def __init__(self, home: Path, without: str = "") -> None:
        """`without`: the site of a sync that is left out, as if its line had been removed."""
        self._home = f"{home}{os.sep}"
        self._without = without
        self._files: dict[int, str] = {}
        self._folders: dict[int, str] = {}
        self._real: dict[str, Any] = {}
        self.ops: list[Op] = []

    @contextmanager
    def installed(self) -> Iterator[None]:
        """In place of the functions of `os`, and under a process id that is certainly dead later on."""
        mine = {name: getattr(self, f"_{name}") for name in ("open", "write", "fsync", "ftruncate", "close")}
        mine |= {name: partial(self._moved, name) for name in ("rename", "replace", "link")}
        mine |= {name: partial(self._removed, name) for name in ("unlink", "remove", "rmdir")}
        mine |= {
            "mkdir": self._mkdir,
            "truncate": self._truncate,
            "getpid": lambda: DEAD_PID,
            "fdatasync": self._fsync,
        }
        self._real = {name: getattr(os, name) for name in mine}
        for name, function in mine.items():
            setattr(os, name, function)
        try:
            yield
        finally:
            for name, function in self._real.items():
                setattr(os, name, function)

    def say(self, word: str) -> None:
        """Note what the user is told at this moment."""
        self.ops.append(Op("say", word))

    def _add(self, op: Op) -> None:
        self.ops.append(op)

    def _below(self, path: Any, folder: int | None = None) -> str:
        """`path` below the home; empty when it lies elsewhere."""
        text = os.fsdecode(path)
        if folder is not None:
            if folder not in self._folders:
                return ""
            text = f"{self._home}{self._folders[folder]}/{text}"
        parent, name = os.path.split(os.path.abspath(text))  # noqa: PTH100 - the last link must be seen
        text = f"{os.path.realpath(parent)}/{name}"
        return text[len(self._home) :] if text.startswith(self._home) else ""

    def _open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        place = self._below(path, dir_fd)
        is_new = bool(place and flags & os.O_CREAT) and not os.path.lexists(f"{self._home}{place}")
        descriptor: int = self._real["open"](path, flags, mode, dir_fd=dir_fd)
        if not place and f"{os.path.realpath(path)}{os.sep}" != self._home:
            return descriptor
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            self._folders[descriptor] = place
            return descriptor
        if is_new:
            self._add(Op("create", place))
        if flags & _CHANGING:
            self._files[descriptor] = place
            if flags & os.O_TRUNC and not is_new:
                self._add(Op("truncate", place))
        return descriptor

    def _write(self, descriptor: int, data: Any) -> int:
        place = self._files.get(descriptor)
        if place is None:
            return int(self._real["write"](descriptor, data))
        written: int = self._real["write"](descriptor, data)
        after = os.lseek(descriptor, 0, os.SEEK_CUR)
        self._add(Op("write", place, offset=after - written, data=bytes(data[:written])))
        return written

    def _ftruncate(self, descriptor: int, size: int) -> None:
        self._real["ftruncate"](descriptor, size)
        if descriptor in self._files:
            self._add(Op("truncate", self._files[descriptor], offset=size))

    def _truncate(self, path: Any, size: int) -> None:
        self._real["truncate"](path, size)
        if not isinstance(path, int) and (place := self._below(path)):
            self._add(Op("truncate", place, offset=size))

    def _fsync(self, descriptor: int) -> None:
        site = _site()
        is_folder = descriptor in self._folders
        place = self._folders[descriptor] if is_folder else self._files.get(descriptor)
        if site == self._without and place is not None:
            return
        self._real["fsync"](descriptor)
        if place is not None:
            self._add(Op("sync-folder" if is_folder else "sync", place, site=site))

    def _close(self, descriptor: int) -> None:
        self._files.pop(descriptor, None)
        self._folders.pop(descriptor, None)
        self._real["close"](descriptor)

    def _mkdir(self, path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        self._real["mkdir"](path, mode, dir_fd=dir_fd)
        if place := self._below(path, dir_fd):
            self._add(Op("mkdir", place))

    def _removed(self, name: str, path: Any, *, dir_fd: int | None = None) -> None:
        place = self._below(path, dir_fd)
        self._real[name](path, dir_fd=dir_fd)
        if place:
            self._add(Op("rmdir" if name == "rmdir" else "unlink", place))

    def _moved(self, name: str, source: Any, target: Any, **options: Any) -> None:
        old, new = self._below(source), self._below(target)
        self._real[name](source, target, **options)
        if bool(old) != bool(new):
            raise AssertionError(f"{name} across the border of the home: {source} -> {target}")
        if old:
            self._add(Op("link" if name == "link" else "rename", old, new))


def _site() -> str:
    """Who asked for a sync: the helpers from the inside out, then the first line that is none of theirs."""
    lines: list[str] = []
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(PRODUCT):
            place = name[len(f"{ROOT}{os.sep}") :].removeprefix("appliance/")
            lines.append(f"{place}:{frame.f_lineno} {frame.f_code.co_name}")
            if place not in HELPERS:
                break
        frame = frame.f_back  # type: ignore[assignment]
    return " < ".join(lines)
