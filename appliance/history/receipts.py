"""Results kept by idempotency key, so that a repeated request is answered and not run again (safety §8)."""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from appliance.errors import Conflict
from appliance.parsing import json_value, small_file
from appliance.places import names_in, private_dir, readable, write_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT_SECONDS = 7 * 24 * 3600
_LIMIT = 16 * 1024 * 1024
"""Bytes; a result holds at most what an answer of the gateway may."""


class Receipts:
    """One file a key below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Be the only one who runs a request with this key.

        Raises:
            Conflict: another process is at it.
        """
        import fcntl

        with readable(self._folder):
            path = private_dir(self._folder) / f"{_digest(key)}.lock"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Conflict(
                    f"The request with the idempotency key “{key}” is still running.",
                    hint="Wait until it has ended, then ask again.",
                    code="idempotency-key-busy",
                ) from error
            yield
        finally:
            os.close(descriptor)

    def find(self, key: str, digest: str) -> Any | None:
        """The stored result for `key`, or None when it was never used (or is over 7 days old).

        Raises:
            Conflict: the key was used for another request.
        """
        try:
            with readable(self._path(key)):
                stored = json_value(small_file(self._path(key), _LIMIT))
            at, of, result = float(stored["at"]), stored["digest"], stored["result"]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise Conflict(
                f"What was kept for the idempotency key “{key}” cannot be read.",
                hint="Look at what was done, then use a new key.",
                code="idempotency-key-broken",
            ) from error
        if _is_old(at):
            return None
        if of != digest:
            raise Conflict(
                f"The idempotency key “{key}” was already used for another request.",
                hint="Use a new key for a new request.",
                code="idempotency-key-reused",
            )
        return result

    def keep(self, key: str, digest: str, result: Any) -> None:
        """Remember `result` (plain data) for `key`, and forget what is over 7 days old.

        Raises:
            LunaError: it could not be written.
        """
        self._forget_old()
        kept = {"at": time.time(), "digest": digest, "result": result}
        write_private(self._path(key), json.dumps(kept).encode())

    def _forget_old(self) -> None:
        for name in names_in(self._folder):
            path = self._folder / name
            if name.endswith((".json", ".lock")) and path.exists() and _is_old(path.stat().st_mtime):
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{_digest(key)}.json"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def _is_old(at: float) -> bool:
    return abs(time.time() - at) > KEPT_SECONDS
