"""One planned step done, seen to be done, or undone; each may be repeated after a kill."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.errors import Conflict, LunaError, NotFound
from appliance.places import private_dir
from appliance.store.disk import read_file, remove_quietly, write_new
from appliance.store.document import MAX_BYTES
from appliance.store.edits import MISSING, lookup, same
from appliance.store.faults import explained
from appliance.store.names import temporary_beside
from appliance.store.steps import FetchBack, MakeDir, MoveToTrash, ReplaceFile, WriteFile
from appliance.store.sweeping import sweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.store.disk import Disk
    from appliance.store.plans import Plan, PlannedEdit, PlannedStep
    from appliance.store.steps import Step


def refuse_occupied(steps: Sequence[Step], disk: Disk) -> None:
    """Raise `Conflict` when a file or folder to be made would meet something else.

    Its code is `file-exists`, or `file-changed` where a file to be replaced is not the one that was read.
    """
    moved = {step.path for step in steps if isinstance(step, MoveToTrash)}
    for step in steps:
        match step:
            case WriteFile(path) if os.path.lexists(path) and path not in moved:
                raise _in_the_way(path)
            case ReplaceFile(path, was=was) if _sha256(path, disk) != was:
                raise _changed(path)
            case FetchBack(source, path) if os.path.lexists(path):
                raise _in_the_way(path)
            case FetchBack(source, path) if not os.path.lexists(source):
                raise _not_in_trash(source)
            case MakeDir(path) if os.path.lexists(path) and not path.is_dir() and path not in moved:
                raise _in_the_way(path)


def do(step: PlannedStep, entry: Path, disk: Disk) -> None:
    """Carry out a step that is not an edit of the configuration; nothing when it is done already.

    Raises:
        Conflict: `file-exists`, something else stands in the place; `file-changed`, what is to be replaced is
            not what was read.
        LunaError: the file errors.
    """
    path = Path(step.path)
    with explained(path, disk, doing="move" if step.kind in ("trash", "fetch") else "make"):
        if step.kind == "folder":
            _make_folder(path, step.mode, disk)
        elif step.kind == "file":
            _write(path, step, entry, disk)
        elif step.kind == "replace":
            _replace(path, step, entry, disk)
        elif step.kind == "trash":
            _move(path, Path(step.to), disk)
        elif step.kind == "fetch":
            _fetch(Path(step.to), path, disk)


def undo(step: PlannedStep, disk: Disk) -> str:
    """Take back what a step made, where it is still exactly that; returns in words what was kept instead."""
    path = Path(step.path)
    with explained(path, disk, doing="undo"):
        if step.kind == "folder" and not step.was_there and path.is_dir():
            return _remove_folder(path, disk)
        if step.kind == "file":
            content = _content(path, disk)
            if content is not None and hashlib.sha256(content).hexdigest() != step.sha256:
                return f"{path} was kept: it has been changed since."
            if content is not None:
                disk.unlink(path)
                disk.sync_folder(path.parent)
        if step.kind == "replace" and not is_done(step, disk) and _sha256(path, disk) != step.was:
            return f"{path} was kept: it has been changed since."
        if step.kind == "replace" and is_done(step, disk):
            _put(path, read_file(disk, Path(step.to), MAX_BYTES), step.mode, disk)
        if step.kind == "trash" and os.path.lexists(step.to):
            if _is_one_file(path, Path(step.to)):
                disk.unlink(Path(step.to))
                return ""
            if os.path.lexists(path):
                return f"{step.to} stays in the trash: something new stands at {path}."
            disk.rename(Path(step.to), path)
            disk.sync_folder(path.parent)
        if step.kind == "fetch" and _is_back(path, Path(step.to)):
            _move(path, Path(step.to), disk)
    return ""


def is_done(step: PlannedStep, disk: Disk) -> bool:
    """Whether a step that is not an edit of the configuration has happened."""
    path = Path(step.path)
    if step.kind == "folder":
        return path.is_dir()
    if step.kind in ("file", "replace"):
        return _sha256(path, disk) == step.sha256
    if step.kind == "fetch":
        return not os.path.lexists(step.to)
    return not os.path.lexists(path) or (os.path.lexists(step.to) and not _is_one_file(path, Path(step.to)))


def config_applied(step: PlannedStep, config: object) -> bool:
    """Whether the edits of `step` are in `config`.

    A setting that was new counts when it is there at all: somebody may have changed it since.
    """
    return all(_applied(edit, config) for edit in step.edits)


def sweep_places(plan: Plan, disk: Disk) -> None:
    """Remove half-written files of dead processes from the folders a plan touches."""
    folders = {Path(step.path).parent for step in plan.steps if step.kind in ("file", "replace")}
    sweep(sorted(folders), (), disk)


def _applied(edit: PlannedEdit, config: object) -> bool:
    now = lookup(config, edit.path)
    if edit.unset:
        return now is MISSING
    return now is not MISSING and (edit.was_missing or same(now, edit.value))


def _make_folder(path: Path, mode: int, disk: Disk) -> None:
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        if not path.is_dir():
            raise _in_the_way(path) from None
        return
    path.chmod(mode)
    disk.sync_folder(path.parent)


def _write(path: Path, step: PlannedStep, entry: Path, disk: Disk) -> None:
    content = read_file(disk, entry / step.staged, MAX_BYTES)
    temporary = temporary_beside(path)
    write_new(disk, temporary, content, step.mode)
    try:
        disk.link(temporary, path)
    except FileExistsError:
        if not is_done(step, disk):
            raise _in_the_way(path) from None
    finally:
        remove_quietly(temporary)
    disk.sync_folder(path.parent)


def _replace(path: Path, step: PlannedStep, entry: Path, disk: Disk) -> None:
    found = _sha256(path, disk)
    if found == step.sha256:
        return
    if found != step.was:
        raise _changed(path)
    _put(path, read_file(disk, entry / step.staged, MAX_BYTES), step.mode, disk)


def _put(path: Path, content: bytes, mode: int, disk: Disk) -> None:
    """All of it or nothing, and at no moment no file."""
    temporary = temporary_beside(path)
    write_new(disk, temporary, content, mode)
    try:
        disk.rename(temporary, path)
    except OSError:
        remove_quietly(temporary)
        raise
    disk.sync_folder(path.parent)


def _move(path: Path, to: Path, disk: Disk) -> None:
    if _is_one_file(path, to):
        disk.unlink(path)
        disk.sync_folder(path.parent)
    if os.path.lexists(to) or not os.path.lexists(path):
        return
    private_dir(to.parent)
    if path.lstat().st_dev != to.parent.stat().st_dev:
        raise LunaError(
            f"{path} cannot be moved to the trash: the trash is on another disk.",
            hint=f"Move it away by hand; it is not used any more. The trash is {to.parent.parent}.",
            code="other-disk",
        )
    disk.rename(path, to)
    disk.sync_folder(to.parent)
    disk.sync_folder(path.parent)


def _is_one_file(path: Path, to: Path) -> bool:
    """Whether a power cut left a file under both names of a move."""
    try:
        return os.path.samestat(path.lstat(), to.lstat())
    except (FileNotFoundError, NotADirectoryError):
        return False


def _is_back(path: Path, source: Path) -> bool:
    """Whether what was fetched from the trash has arrived."""
    return os.path.lexists(path) and (not os.path.lexists(source) or _is_one_file(path, source))


def _fetch(source: Path, path: Path, disk: Disk) -> None:
    if not os.path.lexists(source):
        return
    if os.path.lexists(path):
        raise _in_the_way(path)
    private_dir(path.parent)
    disk.rename(source, path)
    disk.sync_folder(path.parent)
    disk.sync_folder(source.parent)


def _remove_folder(path: Path, disk: Disk) -> str:
    try:
        path.rmdir()
    except OSError:
        names = ", ".join(sorted(found.name for found in path.iterdir())[:5])
        return f"{path} was kept: it holds {names}." if names else f"{path} was kept."
    disk.sync_folder(path.parent)
    return ""


def _content(path: Path, disk: Disk) -> bytes | None:
    try:
        return read_file(disk, path, MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _sha256(path: Path, disk: Disk) -> str:
    """Of the file's content; empty where there is none."""
    content = _content(path, disk)
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _changed(path: Path) -> Conflict:
    return Conflict(
        f"{path} was changed meanwhile and is not overwritten.",
        hint="Read it again and decide on what stands there now.",
        code="file-changed",
    )


def _not_in_trash(source: Path) -> NotFound:
    return NotFound(
        f"{source} is not in the trash any more.",
        hint="What lies there goes after 30 days.",
        code="trash-gone",
    )


def _in_the_way(path: Path) -> Conflict:
    return Conflict(
        f"{path} is already there and is not overwritten.",
        hint="Move it away, or choose another name.",
        code="file-exists",
    )
