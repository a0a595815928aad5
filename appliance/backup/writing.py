"""Makes one archive: written beside its place, synced, read back whole, and only then given its name."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.backup.container import Sealer
from appliance.backup.engine_part import EnginePart, members
from appliance.backup.models import (
    ABOUT,
    MANIFEST,
    SUFFIX,
    About,
    Entry,
    LeftOut,
    Manifest,
    Root,
    packed_about,
)
from appliance.backup.reading import verify
from appliance.backup.sources import Found, walk
from appliance.backup.tape import Recorder, collision_key
from appliance.errors import Conflict, LunaError
from appliance.places import private_dir
from appliance.store.disk import Disk, confirm, remove_quietly
from appliance.store.faults import explained, refuse_when_failing
from appliance.store.hooks import Hook, no_hook
from appliance.store.names import temporary_beside
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from appliance.backup.keys import Lock
    from appliance.backup.pace import Pace

PIECE = 1 << 20
WHOLE = 16 << 20
"""Files up to here are read at once, so that one that shrinks meanwhile is taken as it was."""
SPARE = 64 << 20
"""Bytes that stay free on the disk."""


@dataclass(frozen=True)
class Source:
    """All that goes into one archive."""

    about: About
    engine: EnginePart | None
    ours: tuple[tuple[Root, Path], ...]
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class Written:
    """A finished archive."""

    path: Path
    id: str
    created: str
    size: int
    """Bytes of the file."""
    manifest: Manifest


def write_archive(
    source: Source,
    folder: Path,
    lock: Lock,
    pace: Pace,
    *,
    disk: Disk | None = None,
    hook: Hook = no_hook,
) -> Written:
    """Write, sync, read back and publish an archive in `folder`; nothing is left of one that failed.

    Raises:
        LunaError: no space, the disk failed, it did not read back; `cancelled`.
    """
    disk = disk or Disk()
    refuse_when_failing(disk)
    found, left_out = _collected(source)
    expected = sum(item.size for item in found) + _engine_size(source)
    with explained(folder, disk, doing="write a backup into"):
        private_dir(folder)
        _refuse_small(disk, folder, expected)
        stamp = source.about.created.replace("-", "").replace(":", "")[:15]
        temporary = temporary_beside(folder / f"{stamp}{SUFFIX}")
        hook("b1-create")
        descriptor = disk.create(temporary)
        try:
            try:
                session = _Session(disk, descriptor, lock, source, pace)
                hook("b2-write")
                manifest = session.run(found, left_out, expected)
                hook("b3-sync")
                confirm(disk, descriptor)
            finally:
                disk.close(descriptor)
            size = temporary.stat().st_size
            hook("b4-read-back")
            _read_back(temporary, lock, manifest, pace)
            header = session.sealer.header
            target = folder / f"{stamp}Z-{header.id[:8]}{SUFFIX}"
            hook("b5-publish")
            disk.link(temporary, target)
            disk.unlink(temporary)
            hook("b6-sync-folder")
            disk.sync_folder(folder)
        except BaseException:
            remove_quietly(temporary)
            raise
    return Written(target, header.id, header.created, size, manifest)


class _Session:
    """The writing of one archive, once its file is open."""

    def __init__(self, disk: Disk, descriptor: int, lock: Lock, source: Source, pace: Pace) -> None:
        self.sealer = Sealer(lambda data: disk.write_all(descriptor, data), lock, source.about.lunatui)
        self._recorder = Recorder(self.sealer)
        self._source = source
        self._pace = pace
        self._entries: list[Entry] = []
        self._known: set[str] = set()

    def run(self, found: Iterable[Found], left_out: list[LeftOut], total: int) -> Manifest:
        """Everything, in order; returns the list of it, which is also the last entry."""
        self._pace.phase("write", total)
        self._whole(ABOUT, packed_about(self._source.about))
        if self._source.engine is not None:
            for member in members(self._source.engine, left_out):
                if not self._is_new(member.name):
                    left_out.append(LeftOut(member.name, "collides"))
                elif member.is_folder:
                    self._folder(member.name)
                else:
                    self._file(member.name, member.size, member.pieces, executable=member.executable)
        for item in found:
            if not self._is_new(item.name):
                left_out.append(LeftOut(str(item.path), "collides"))
            elif item.is_folder:
                self._folder(item.name)
            else:
                self._own(item, left_out)
        roots = self._source.engine.roots if self._source.engine else ()
        manifest = Manifest(
            self._source.about,
            (*roots, *(root for root, _ in self._source.ours)),
            tuple(self._entries),
            tuple(left_out),
        )
        self._whole(MANIFEST, manifest.packed())
        self._recorder.finish()
        return manifest

    def _own(self, item: Found, left_out: list[LeftOut]) -> None:
        try:
            descriptor = os.open(item.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            left_out.append(LeftOut(str(item.path), "changed"))
            return
        try:
            size = os.fstat(descriptor).st_size
            pieces: Iterator[bytes] = _pieces(descriptor, size)
            if size <= WHOLE:
                content = b"".join(pieces)
                size, pieces = len(content), iter((content,))
            self._file(item.name, size, pieces, executable=item.executable)
        finally:
            os.close(descriptor)

    def _file(self, name: str, size: int, pieces: Iterable[bytes], *, executable: bool) -> None:
        digest, done = hashlib.sha256(), 0
        self._recorder.begin(name, size, executable=executable)
        for piece in pieces:
            digest.update(piece)
            self._recorder.data(piece)
            done += len(piece)
            self._pace.add(len(piece))
        if done != size:
            raise Conflict(
                f"{name} became shorter while it was backed up.", hint="Try again.", code="backup-moved"
            )
        self._recorder.end(size)
        self._entries.append(Entry(name, size, digest.hexdigest(), executable))

    def _folder(self, name: str) -> None:
        self._pace.check()
        self._recorder.folder(name)
        self._entries.append(Entry(name, 0, ""))

    def _whole(self, name: str, data: bytes) -> None:
        self._recorder.begin(name, len(data))
        self._recorder.data(data)
        self._recorder.end(len(data))

    def _is_new(self, name: str) -> bool:
        key = collision_key(name)
        new = key not in self._known
        self._known.add(key)
        return new


def _collected(source: Source) -> tuple[list[Found], list[LeftOut]]:
    left_out = [*source.left_out, *(source.engine.left_out if source.engine else ())]
    found = [item for root, path in source.ours for item in walk(root, path, left_out)]
    return found, left_out


def _engine_size(source: Source) -> int:
    """Packed, hence too small; the total grows as it is known."""
    return source.engine.archive.stat().st_size if source.engine else 0


def _pieces(descriptor: int, size: int) -> Iterator[bytes]:
    offset = 0
    while offset < size and (piece := os.pread(descriptor, min(PIECE, size - offset), offset)):
        offset += len(piece)
        yield piece


def _refuse_small(disk: Disk, folder: Path, expected: int) -> None:
    free = disk.free(folder)
    if free < expected + SPARE:
        raise LunaError(
            f"The backup may need {(expected + SPARE) >> 20} MiB, and {free >> 20} MiB are free in {folder}.",
            hint="Free some space there, remove old archives (lunatui backup prune), or use --to FOLDER.",
            code="no-space",
            facts={"free": str(free), "needed": str(expected + SPARE)},
        )


def _read_back(path: Path, lock: Lock, manifest: Manifest, pace: Pace) -> None:
    with path.open("rb") as file:
        checked = verify(file, lock, pace, path.stat().st_size)
    if checked != manifest:
        raise LunaError(
            f"The archive in {path.parent} does not read back as it was written; it was removed.",
            hint="Check the disk.",
            code="disk-failing",
        )
