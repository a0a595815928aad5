"""The newest code as a picture file, for `--png FILE` and for a window that is too small."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from appliance.errors import Conflict, LunaError
from appliance.store.disk import replace_file
from appliance.store.names import temporary_beside

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from appliance.store.disk import Disk

MODE = 0o600


class CodeFile:
    """A file of the owner's alone that holds the newest code, and is gone when that has run out.

    A context manager: however the block ends, the file is gone. Who waits for a new code calls `expire` as
    often as he looks at the clock. A file that somebody else put there is neither replaced nor removed.
    """

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self._disk = disk
        self._ours: tuple[int, int] | None = None
        """Device and inode of what was written last."""
        self._until = 0.0

    def write(self, png: bytes, until: float) -> None:
        """Put the picture of a code there, in place of an older one of ours; a reader sees either whole.

        `until`: when the code has run out (seconds since 1970).

        Raises:
            Conflict: `qr-file-exists`, when something stands there that is not ours.
            LunaError: `qr-file-unwritable`.
        """
        try:
            standing = self._standing()
            if standing is not None and standing != self._ours:
                raise Conflict(
                    f"{self.path} exists already.",
                    hint="Give a name that nothing has yet.",
                    code="qr-file-exists",
                )
            replace_file(self._disk, self.path, png, temporary_beside(self.path), MODE)
            self._ours, self._until = self._standing(), until
        except OSError as error:
            raise LunaError(
                f"{self.path} could not be written ({error.strerror or error}).",
                hint="Give another place for the picture.",
                code="qr-file-unwritable",
            ) from error

    def expire(self, now: float) -> bool:
        """Remove the file if its code has run out by `now` (seconds since 1970); whether there is one still.

        Raises:
            LunaError: `qr-file-unwritable`, when it cannot be removed.
        """
        if self._ours is not None and now >= self._until:
            self.remove()
        return self._ours is not None

    def remove(self) -> None:
        """Remove what `write` put there; nothing when it is gone or somebody else's by now.

        Raises:
            LunaError: `qr-file-unwritable`, when it cannot be removed: it still holds a code.
        """
        try:
            if self._ours is not None and self._standing() == self._ours:
                with suppress(FileNotFoundError):
                    self._disk.unlink(self.path)
        except OSError as error:
            raise LunaError(
                f"{self.path} could not be removed ({error.strerror or error}).",
                hint="Remove it yourself: it holds a code that links a device.",
                code="qr-file-unwritable",
            ) from error
        self._ours = None

    def __enter__(self) -> CodeFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def _standing(self) -> tuple[int, int] | None:
        """Device and inode of what stands there, links not followed; None when nothing does."""
        try:
            found = self._disk.stat(self.path)
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino
