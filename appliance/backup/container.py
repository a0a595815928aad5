"""The encrypted stream: AES-256-GCM in chunks, each bound to the head, its number and whether it is the last.

A chunk that is flipped, moved, left out or repeated does not open, nor does an archive that was cut at the
border of two chunks (docs/backup-format.md).
"""

from __future__ import annotations

import os
import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from appliance.backup.header import CHUNK, Header, damaged, read_header
from appliance.backup.keys import commitment, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from appliance.backup.keys import Lock

TAG = 16


class Sealer:
    """Writes one archive: head first, then whatever `write` is given."""

    def __init__(self, put: Callable[[bytes], None], lock: Lock, version: str, *, chunk: int = CHUNK) -> None:
        """`put` takes bytes for the file; `version`: of lunatui."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        data_key = AESGCM.generate_key(256)
        archive_id = os.urandom(16).hex()
        created = datetime.now(UTC).isoformat(timespec="seconds")
        wrapped = seal(data_key, lock, archive_id)
        self.header = Header(archive_id, created, version, chunk, commitment(data_key), wrapped)
        self._cipher = AESGCM(data_key)
        self._put = put
        self._pending = bytearray()
        self._count = 0
        packed = self.header.packed()
        self._bound = _digest(packed)
        put(packed)

    def write(self, data: bytes) -> int:
        """More plain text."""
        self._pending += data
        size = self.header.chunk
        # One byte more than a chunk has to be there: only then it is known not to be the last.
        while len(self._pending) > size:
            self._flush(bytes(self._pending[:size]), last=False)
            del self._pending[:size]
        return len(data)

    def finish(self) -> None:
        """The last chunk, marked as such."""
        self._flush(bytes(self._pending), last=True)
        self._pending.clear()

    def _flush(self, data: bytes, *, last: bool) -> None:
        nonce, bound = _place(self._bound, self._count, last=last)
        self._put(self._cipher.encrypt(nonce, data, bound))
        self._count += 1


class Opener:
    """Reads one archive; hands out nothing that was not checked."""

    def __init__(self, file: BinaryIO, lock: Lock) -> None:
        """Reads the head and opens the key.

        Raises:
            Invalid: `archive-foreign`, `archive-newer`, `archive-damaged`, `archive-key`.
            Usage: `archive-other-key`.
        """
        import hmac

        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self.header, self._bound = read_header(file)
        data_key = unseal(self.header.key, lock, self.header.id)
        if not hmac.compare_digest(commitment(data_key), self.header.commit):
            raise damaged("its key is not the one it was made with")
        self._cipher = AESGCM(data_key)
        self._file = file
        self._ahead = file.read(self.header.chunk + TAG)
        self._count = 0
        self._ended = False

    def chunk(self) -> bytes:
        """The next piece of plain text; empty at the end.

        Raises:
            Invalid: `archive-damaged`.
        """
        if self._ended:
            return b""
        data, self._ahead = self._ahead, self._file.read(self.header.chunk + TAG)
        self._ended = not self._ahead
        plain = self._opened(data, last=self._ended)
        self._count += 1
        return plain

    def _opened(self, data: bytes, *, last: bool) -> bytes:
        from cryptography.exceptions import InvalidTag

        if len(data) < TAG:
            raise damaged("it ends too early")
        nonce, bound = _place(self._bound, self._count, last=last)
        try:
            return self._cipher.decrypt(nonce, data, bound)
        except InvalidTag:
            where = "it ends too early" if last else f"piece {self._count + 1} is not what was written"
            raise damaged(where) from None


def _place(header_digest: bytes, number: int, *, last: bool) -> tuple[bytes, bytes]:
    """Nonce and additional data of a chunk; the data key is used for one archive only."""
    place = struct.pack(">QB", number, last)
    return b"\0\0\0" + place, header_digest + place


def _digest(packed: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(packed).digest()
