"""The inside of an archive: a compressed tar of plain files and folders, written and read in one pass.

Read strictly: what our own writer does not write (links, devices, absolute names, `..`, a name twice) is
refused, whoever holds the key (safety: limits on archives).
"""

from __future__ import annotations

import tarfile
import unicodedata
import zlib
from typing import TYPE_CHECKING

from appliance.backup import models
from appliance.backup.header import damaged
from appliance.errors import Invalid
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.backup.container import Opener, Sealer

BLOCK = 512
PIECE = 1 << 20
_PAX_LIMIT = 64 * 1024
_GZIP = 31
"""zlib's window bits for a gzip frame."""


class Recorder:
    """Writes entries into a sealed archive."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._squeeze = zlib.compressobj(6, zlib.DEFLATED, _GZIP)

    def folder(self, name: str) -> None:
        """An empty folder; its files name it again."""
        self._put(_header(name, 0, tarfile.DIRTYPE, 0o700))

    def begin(self, name: str, size: int, *, executable: bool = False) -> None:
        """A file of exactly `size` bytes follows, by `data` and then `end`."""
        self._put(_header(name, size, tarfile.REGTYPE, 0o700 if executable else 0o600))

    def data(self, piece: bytes) -> None:
        """A part of the file."""
        self._put(piece)

    def end(self, size: int) -> None:
        """The file is complete."""
        self._put(b"\0" * (-size % BLOCK))

    def finish(self) -> None:
        """The end of the tar, the frame and the archive."""
        self._put(b"\0" * 2 * BLOCK)
        self._sealer.write(self._squeeze.flush())
        self._sealer.finish()

    def _put(self, data: bytes) -> None:
        if squeezed := self._squeeze.compress(data):
            self._sealer.write(squeezed)


@dataclass(frozen=True)
class Item:
    """One entry as it comes off the tape."""

    name: str
    size: int
    is_folder: bool
    executable: bool


class Player:
    """Reads the entries of an archive in order."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._expand = zlib.decompressobj(_GZIP)
        self._buffer = bytearray()
        self._packed = 0
        self._unpacked = 0
        self._left = 0
        self._padding = 0

    @property
    def position(self) -> int:
        """Bytes of the archive that were read."""
        return self._packed

    def items(self) -> Iterator[Item]:
        """Every entry; what was not read of one is skipped.

        Raises:
            Invalid: `archive-damaged`; `archive-refused`, something in it has no place in an archive.
        """
        known: set[str] = set()
        while (item := self._next()) is not None:
            key = collision_key(item.name)
            if key in known:
                raise refused(f"it holds “{item.name}” twice")
            known.add(key)
            if len(known) > models.ENTRIES:
                raise refused(f"it holds more than {models.ENTRIES:,} entries")
            yield item

    def pieces(self) -> Iterator[bytes]:
        """The content of the entry just met."""
        while self._left:
            self._fill(1)
            piece = self._take(min(self._left, len(self._buffer), PIECE))
            self._left -= len(piece)
            yield piece

    def _next(self) -> Item | None:
        for _piece in self.pieces():
            pass
        self._skip(self._padding)
        self._padding = 0
        long_name, long_size = "", -1
        while True:
            block = self._exactly(BLOCK)
            if not block.strip(b"\0"):
                self._check_end()
                return None
            try:
                info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
            except (tarfile.HeaderError, UnicodeDecodeError) as error:
                raise damaged("an entry cannot be read") from error
            if info.type != tarfile.XHDTYPE:
                return self._item(info, long_name, long_size)
            if long_name or long_size >= 0 or not 0 < info.size <= _PAX_LIMIT:
                raise refused("it holds a description of an entry that is too long")
            long_name, long_size = _extended(self._exactly(info.size))
            self._skip(-info.size % BLOCK)

    def _item(self, info: tarfile.TarInfo, long_name: str, long_size: int) -> Item:
        if info.type not in {tarfile.REGTYPE, tarfile.DIRTYPE}:
            raise refused(f"“{info.name}” is neither a file nor a folder")
        name = long_name or info.name
        size = long_size if long_size >= 0 else info.size
        is_folder = info.type == tarfile.DIRTYPE
        if not 0 <= size <= models.EACH or (is_folder and size):
            raise refused(f"“{name}” is too large")
        name = name.removesuffix("/")
        if reason := name_problem(name):
            raise refused(f"it holds a name that {reason}")
        self._left, self._padding = size, -size % BLOCK
        return Item(name, size, is_folder, bool(info.mode & 0o100))

    def _check_end(self) -> None:
        if self._exactly(BLOCK).strip(b"\0"):
            raise damaged("its end is not where it should be")
        while not self._expand.eof:
            if not self._more():
                raise damaged("it ends too early")
        if self._buffer or self._expand.unused_data or self._opener.chunk():
            raise damaged("something stands behind its end")

    def _exactly(self, count: int) -> bytes:
        self._fill(count)
        return self._take(count)

    def _skip(self, count: int) -> None:
        if self._exactly(count).strip(b"\0"):
            raise damaged("something stands between its entries")

    def _fill(self, count: int) -> None:
        while len(self._buffer) < count:
            if not self._more():
                raise damaged("it ends too early")

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _more(self) -> bool:
        """Expand some more; False at the end."""
        if self._expand.eof:
            return False
        packed = self._expand.unconsumed_tail
        if not packed:
            packed = self._opener.chunk()
            self._packed += len(packed)
            if not packed:
                return False
        try:
            plain = self._expand.decompress(packed, PIECE)
        except zlib.error as error:
            raise damaged("it cannot be expanded") from error
        self._buffer += plain
        self._unpacked += len(plain)
        if self._unpacked > min(models.TOTAL, models.FREE_RATIO + models.RATIO * self._packed):
            raise refused("it expands to far more than an archive holds")
        return True


def name_problem(name: str) -> str:
    """Why a name has no place in an archive; empty when it is a plain relative path."""
    parts = name.split("/")
    if not name or len(name.encode("utf-8", "surrogateescape")) > models.NAME or len(parts) > models.DEPTH:
        return "is empty, too long or too deep"
    if any(len(part.encode("utf-8", "surrogateescape")) > models.PART for part in parts):
        return "has too long a part"
    if any(part in {"", ".", ".."} for part in parts) or "\\" in name:
        return "leads out of its folder"
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in name):
        return "holds signs that no name has"
    return ""


def collision_key(name: str) -> str:
    """The same for names that a Mac's disk takes for one."""
    return unicodedata.normalize("NFC", name).casefold()


def refused(reason: str) -> Invalid:
    """An archive that opens, and holds what no archive of ours does."""
    return Invalid(
        f"The archive is refused: {reason}.",
        hint="It was not made by lunatui as it is. Nothing of it was used.",
        code="archive-refused",
    )


def _extended(data: bytes) -> tuple[str, int]:
    """`path` and `size` of a POSIX extended header; any other record is refused."""
    name, size = "", -1
    while data:
        length = data.partition(b" ")[0]
        try:
            count = int(length)
            record = data[len(length) + 1 : count - 1].decode()
        except ValueError as error:
            raise damaged("the description of an entry cannot be read") from error
        if count <= len(length) + 1 or data[count - 1 : count] != b"\n":
            raise damaged("the description of an entry cannot be read")
        key, _, value = record.partition("=")
        if key == "path" and value:
            name = value
        elif key == "size" and value.isascii() and value.isdecimal() and len(value) < 20:
            size = int(value)
        else:
            raise refused(f"it describes an entry by “{key[:40]}”")
        data = data[count:]
    return name, size


def _header(name: str, size: int, kind: bytes, mode: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.mode = size, kind, mode
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
