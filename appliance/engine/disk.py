"""Folders of many thousand files: copied, removed and measured off the event loop, and stopped when asked."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from appliance.errors import Invalid, LunaError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")
MIB = 1024 * 1024
REMOVE_S = 15.0
"""Longest fight for a folder that another program still fills."""
LEFT_OUT = frozenset({"__pycache__"})


class Stopped(Exception):
    """The work in the thread ended early because it was cancelled."""


async def in_thread(work: Callable[[Callable[[], None]], T]) -> T:
    """Run blocking `work` in a thread; it calls the function it is given often, which ends it when cancelled.

    Returns only when the thread is done, cancelled or not: nothing goes on behind our back.
    """
    stop = threading.Event()

    def checkpoint() -> None:
        if stop.is_set():
            raise Stopped

    running = asyncio.ensure_future(asyncio.to_thread(work, checkpoint))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        with contextlib.suppress(Stopped):
            await running
        raise


def free_bytes(folder: Path) -> int:
    """What an ordinary user may still write on the disk of this folder."""
    return shutil.disk_usage(folder).free


def check_space(folder: Path, needed: int, free: Callable[[Path], int] = free_bytes) -> None:
    """Say before any work that it cannot end well.

    Raises:
        LunaError: `no-space`, with both numbers.
    """
    available = free(folder)
    if available < needed:
        numbers = f"{_mib(available)} are free and {_mib(needed)} are needed"
        raise no_space(folder, numbers, {"free": _mib(available), "need": _mib(needed)})


def no_space(folder: Path, numbers: str, facts: Mapping[str, str] | None = None) -> LunaError:
    """The error of a full disk."""
    return LunaError(
        f"There is not enough room on the disk of {folder}: {numbers}.",
        hint="Free some space there and run the same command again.",
        code="no-space",
        facts=facts,
    )


@contextlib.contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Say what the system's file errors mean; other errors rise as they are."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_space(folder, f"{_mib(free_bytes(folder))} are left") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise Refused(
                f"{error.filename or folder} cannot be written: {error.strerror}.",
                hint=f"Give your user write access to {folder}.",
                code="engine-folder",
            ) from error
        if error.errno == errno.EIO:
            raise LunaError(
                f"The disk of {folder} fails: {error.strerror}.",
                hint="Make a backup on another disk now.",
                code="disk-failing",
            ) from error
        raise


def copy_tree(
    source: Path, target: Path, checkpoint: Callable[[], None], on_bytes: Callable[[int], None]
) -> None:
    """Copy a folder: hard links where both lie on one disk and the files are safely ours, else copies.

    Times are kept (OpenClaw keys its compile cache by them). Links must stay inside; nothing but files,
    folders and links is taken.

    Raises:
        Invalid: `engine-pack`, for a link that leads out of the folder or a special file.
    """
    top = os.path.normpath(source)
    target.mkdir()
    for folder, folders, files in os.walk(source):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        checkpoint()
        here = target / Path(folder).relative_to(source)
        for name in list(folders):
            path = Path(folder, name)
            if path.is_symlink():
                files.append(name)
                folders.remove(name)
            else:
                (here / name).mkdir()
        for name in files:
            checkpoint()
            on_bytes(copy_entry(Path(folder, name), here / name, top))


def copy_entry(source: Path, target: Path, top: str) -> int:
    """Copy or link one file or link; returns its bytes. `top`: the folder that links must not leave."""
    if source.is_symlink():
        destination = str(source.readlink())
        reached = os.path.normpath(source.parent / destination)
        if os.path.isabs(destination) or not reached.startswith(top + os.sep):  # noqa: PTH117 - a text
            raise _odd(source, "is a link that leads out of the folder")
        target.symlink_to(destination)
        return 0
    if not source.is_file():
        raise _odd(source, "is neither a file nor a folder nor a link")
    stat = source.stat()
    if stat.st_uid == os.geteuid() and not stat.st_mode & 0o022:
        try:
            target.hardlink_to(source)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                raise
        else:
            return stat.st_size
    shutil.copy2(source, target)
    target.chmod(0o755 if stat.st_mode & 0o100 else 0o644)
    return stat.st_size


def remove_tree(folder: Path) -> None:
    """Delete a folder that a program on its way out may still write into."""
    deadline = time.monotonic() + REMOVE_S
    while True:
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            if not folder.exists():
                return
        except OSError as error:
            if error.errno != errno.ENOTEMPTY or time.monotonic() > deadline:
                raise
        else:
            return
        time.sleep(0.1)


def _odd(path: Path, what: str) -> Invalid:
    return Invalid(
        f"{path} {what}.", hint="Use an engine folder that lunatui itself packed.", code="engine-pack"
    )


def _mib(size: int) -> str:
    return f"{size // MIB} MB"
