"""The ring of five earlier versions, each read back and compared when it was made; pinned ones come on top.

A kill at any moment leaves five or six, never four: the oldest goes only after the newest is listed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from appliance.errors import Invalid, LunaError, NotFound
from appliance.parsing import FILE_LIMIT, json_value
from appliance.places import private_dir
from appliance.store.backup_entry import (
    NAME,
    Backup,
    Reason,
    backup_id_of,
    can_be_read,
    checked,
    freed,
    labels,
    made_at,
    number_of,
)
from appliance.store.disk import read_file, remove_quietly, replace_file, write_new
from appliance.store.document import MAX_BYTES
from appliance.store.faults import explained, translated
from appliance.store.guards import is_shrunk
from appliance.store.hooks import Hook, no_hook
from appliance.store.names import temporary_beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from appliance.store.disk import Disk

__all__ = ["MANIFEST", "RING_SIZE", "Backup", "Backups", "Reason"]

RING_SIZE = 5
MANIFEST = "manifest.json"

Entries = list[Backup]
"""Oldest first."""


class Backups:
    """The ring of one configuration. Whoever changes it holds the configuration's queue lock."""

    def __init__(self, folder: Path, disk: Disk, hook: Hook = no_hook) -> None:
        """`folder` is created when first needed."""
        self._folder = folder
        self._disk = disk
        self._hook = hook

    def list(self) -> tuple[Backup, ...]:
        """All versions, newest first; also one whose listing was interrupted."""
        return tuple(reversed(self._known()))

    def read(self, backup_id: str) -> bytes:
        """The bytes of one version, compared with what was noted when it was made.

        Raises:
            NotFound: `backup-unknown`.
            Invalid: `backup-damaged`.
        """
        entry = self.find(backup_id)
        if entry is None:
            raise NotFound(
                f"There is no backup “{backup_id}”.",
                hint="See lunatui config backups.",
                code="backup-unknown",
            )
        data = self._bytes(entry.id)
        if data is None or hashlib.sha256(data).hexdigest() not in (entry.sha256, entry.also):
            raise Invalid(
                f"The backup {backup_id} is damaged: it is not what was put aside.",
                hint="Use another one.",
                code="backup-damaged",
            )
        return data

    def find(self, backup_id: str) -> Backup | None:
        """The version of this id; one that was put aside again since has a later id and the same content."""
        known = self._known()
        exact = next((entry for entry in known if entry.id == backup_id), None)
        digest = backup_id.rpartition("-")[2]
        return exact or next((entry for entry in known if entry.sha256[:8] == digest), None)

    def add(self, data: bytes, reason: Reason) -> str:
        """Put `data` aside and drop what is older than the last five; returns its id.

        Raises:
            LunaError: it could not be written, or could not be read back as written.
        """
        with explained(self._folder, self._disk, doing="back up into"):
            private_dir(self._folder)
            known = self._known()
            digest = hashlib.sha256(data).hexdigest()
            number = number_of(known[-1]) + 1 if known else 1
            good = next((entry for entry in reversed(known) if not entry.poor), None)
            if good and is_shrunk(good.size, len(data)):
                reason = replace(reason, poor=True)
            entry = self._repeated(known, digest, number, reason) or self._write(data, digest, number, reason)
            known = [freed(other, reason.pinned) for other in known if other.sha256 != digest] + [entry]
            self._keep(known)
            return entry.id

    def pin(self, backup_id: str, label: str) -> None:
        """Keep one version, and no other, outside the ring under `label`; an empty one lets it back in."""
        found = self.find(backup_id)
        if found is None:
            raise NotFound(f"There is no backup “{backup_id}”.", code="backup-unknown")
        pinned = labels(found.pinned, label) if label else ""
        with explained(self._folder, self._disk, doing="note a backup in"):
            self._keep(
                [
                    replace(entry, pinned=pinned) if entry == found else freed(entry, label)
                    for entry in self._known()
                ]
            )

    def rewrite(self, backup_id: str, data: bytes) -> None:
        """Put `data` in place of one version under its old id, as when a key is taken out of it.

        Killed in between, the version reads back as it was or as it shall be: both hashes are listed.

        Raises:
            NotFound: `backup-unknown`. LunaError: it could not be written.
        """
        digest = hashlib.sha256(data).hexdigest()
        with explained(self._folder, self._disk, doing="rewrite a backup in"):
            self._note(backup_id, also=digest)
            self._hook("rewrite-backup")
            path = self._path(backup_id)
            replace_file(self._disk, path, data, temporary_beside(path))
            self._note(backup_id, sha256=digest, size=len(data), also="")

    def _note(self, backup_id: str, **facts: Any) -> None:
        known = self._known()
        if all(entry.id != backup_id for entry in known):
            raise NotFound(f"There is no backup “{backup_id}”.", code="backup-unknown")
        self._hook("rewrite-manifest")
        self._write_manifest([replace(entry, **facts) if entry.id == backup_id else entry for entry in known])

    def unpin(self, label: str) -> None:
        """Let go of whatever is kept under `label`; what has another one stays outside the ring."""
        known = self._known()
        if any(label in entry.pinned.split() for entry in known):
            with explained(self._folder, self._disk, doing="note a backup in"):
                self._keep([freed(entry, label) for entry in known])

    def _repeated(self, known: Entries, digest: str, number: int, reason: Reason) -> Backup | None:
        """The version that already holds these very bytes, made the newest; None when it is damaged."""
        entry = next((entry for entry in known if entry.sha256 == digest), None)
        if entry is None:
            return None
        data = self._bytes(entry.id)
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            return None
        told = asdict(reason) | {"pinned": labels(entry.pinned, reason.pinned)}
        if entry is known[-1]:
            return replace(entry, **told)
        renewed = replace(entry, id=backup_id_of(datetime.now(UTC), number, digest), **told)
        self._disk.rename(self._path(entry.id), self._path(renewed.id))
        return renewed

    def _write(self, data: bytes, digest: str, number: int, reason: Reason) -> Backup:
        now = datetime.now(UTC)
        backup_id = backup_id_of(now, number, digest)
        target = self._path(backup_id)
        temporary = temporary_beside(target)
        write_new(self._disk, temporary, data)
        self._hook("6.1-backup-named")
        try:
            self._disk.rename(temporary, target)
        except OSError:
            remove_quietly(temporary)
            raise
        if self._bytes(backup_id) != data:
            raise LunaError(
                f"The backup {target} does not read back as it was written; nothing was changed.",
                hint="Check the disk.",
                code="disk-failing",
            )
        return Backup(
            id=backup_id,
            sha256=digest,
            size=len(data),
            made=now.isoformat(timespec="seconds"),
            **asdict(reason),
        )

    def _write_manifest(self, entries: Entries) -> None:
        manifest = self._folder / MANIFEST
        content = json.dumps({"version": 1, "backups": [asdict(entry) for entry in entries]}, indent=1)
        replace_file(self._disk, manifest, content.encode(), temporary_beside(manifest))

    def _keep(self, entries: Entries) -> None:
        """List all but what is older than the ring, and only then remove that."""
        loose = [entry for entry in entries if not entry.pinned]
        rings = ([entry for entry in loose if entry.poor is poor] for poor in (False, True))
        surplus = [entry for ring in rings for entry in ring[:-RING_SIZE]]
        self._hook("6.2-manifest")
        self._write_manifest([entry for entry in entries if entry not in surplus])
        self._hook("6.3-prune")
        for entry in surplus:
            self._disk.unlink(self._path(entry.id))

    def _known(self) -> Entries:
        """Oldest first: what the manifest lists and still exists, and files it does not list."""
        noted = list(self._listed())
        listed = [entry for entry in noted if self._path(entry.id).exists()]
        moved = {entry.sha256: entry for entry in noted if entry not in listed}
        largest = max((entry.size for entry in listed if not entry.poor), default=0)
        unlisted = self._unlisted({entry.id for entry in listed}, moved, largest)
        return sorted([*listed, *unlisted], key=number_of)

    def _listed(self) -> Iterable[Backup]:
        try:
            content = json_value(read_file(self._disk, self._folder / MANIFEST, FILE_LIMIT))
            for entry in content["backups"]:
                yield checked(Backup(**{**entry, "changed": tuple(entry["changed"])}))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return
        except OSError as error:
            raise translated(error, self._folder / MANIFEST, self._disk, doing="read") from error

    def _unlisted(self, listed: set[str], moved: Mapping[str, Backup], largest: int) -> Iterable[Backup]:
        """Versions whose entry was not written, or whose manifest is lost; their names say enough.

        `moved`: entries whose file has another name since, by hash. `largest`: of the good ones, in bytes.
        """
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            match = NAME.fullmatch(path.name)
            data = self._bytes(path.stem) if match and path.stem not in listed else None
            if match and data is not None:
                digest = hashlib.sha256(data).hexdigest()
                if digest in moved:
                    yield replace(moved[digest], id=path.stem)
                    continue
                poor = bool(largest) and (is_shrunk(largest, len(data)) or not can_be_read(data))
                yield Backup(path.stem, digest, len(data), made_at(match), poor=poor)

    def _bytes(self, backup_id: str) -> bytes | None:
        try:
            with explained(self._path(backup_id), self._disk, doing="read"):
                return read_file(self._disk, self._path(backup_id), MAX_BYTES)
        except LunaError as error:
            if isinstance(error.__cause__, FileNotFoundError | IsADirectoryError):
                return None
            raise

    def _path(self, backup_id: str) -> Path:
        return self._folder / f"{backup_id}.json5"
