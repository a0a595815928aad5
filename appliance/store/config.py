"""The configuration of one box: read it, prepare a change, save it. Whoever edits openclaw.json comes here.

`read` and what it needs stay light: validation, locks and the journal are imported where they are used.
"""

from __future__ import annotations

import os
import time
from functools import cached_property
from typing import TYPE_CHECKING

from appliance.errors import Invalid, Note, Refused
from appliance.store.disk import Disk
from appliance.store.hooks import Hook, no_hook
from appliance.store.known import Known, Outside, tell_nobody
from appliance.store.snapshot import RawFile, Snapshot, read_raw, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from appliance.places import Places
    from appliance.store.backups import Backups
    from appliance.store.changes import Changed
    from appliance.store.checking import Checks, Report
    from appliance.store.document import Document
    from appliance.store.edits import Edit
    from appliance.store.locks import LockState
    from appliance.store.prepared import PreparedSave
    from appliance.store.save import Saved, Saver
    from appliance.store.schema import SchemaSource


def _silent(_sentence: str) -> None:
    """Waiting is not announced."""


class ConfigStore:
    """openclaw.json of one box."""

    def __init__(
        self,
        places: Places,
        *,
        schema_source: SchemaSource | None = None,
        hook: Hook = no_hook,
        on_wait: Callable[[str], None] = _silent,
        disk: Disk | None = None,
        env: Mapping[str, str] | None = None,
        any_folder: bool = False,
    ) -> None:
        """Touches nothing yet.

        Args:
            places: where the configuration and our own folders are.
            schema_source: the installed release's schema; without one the shipped schema is used.
            hook: called with the name of each step before it happens.
            on_wait: told in one sentence who holds a lock, once a wait has taken a second.
            disk: the file seam.
            env: where `OPENCLAW_CONFIG_READONLY` and `OPENCLAW_NIX_MODE` are looked up.
            any_folder: also write into network and synchronised folders; promises nothing there.
        """
        self.places = places
        self.disk = disk or Disk()
        self._schema_source = schema_source
        self._hook = hook
        self._on_wait = on_wait
        self._env = os.environ if env is None else env
        self._any_folder = any_folder
        self.outside: Outside = tell_nobody
        """Told under the queue lock when somebody else has changed the file."""

    @cached_property
    def backups(self) -> Backups:
        """The ring of earlier versions."""
        from appliance.store.backups import Backups

        return Backups(self.places.backups_dir / "config", self.disk, self._hook)

    @cached_property
    def checks(self) -> Checks:
        """Schema and rules."""
        from appliance.store.checking import Checks

        return Checks(self.places, self.disk, self._schema_source)

    def read(self) -> Snapshot:
        """The configuration as it is now.

        Raises:
            Invalid: `config-syntax`, `config-too-large`.
            LunaError: it cannot be read.
        """
        return snapshot(self.places.config_path, self.read_raw())

    def read_raw(self) -> RawFile:
        """Its bytes, even when they cannot be parsed."""
        return read_raw(self.places.config_path, self.disk)

    def prepare(self, edits: Sequence[Edit], *, may_remove: Sequence[str] = ()) -> PreparedSave:
        """Make `edits` on a copy and check the result; nothing is written.

        `may_remove` names paths that may go although no edit removes exactly them.

        Raises:
            Invalid: `config-syntax` of the present file, `config-invalid` of the new one.
            Conflict: `config-changed`, an edit expected another value.
            Refused: `config-shrinks`, `config-redacted`, `config-included`, `config-folder`,
                `config-managed`.
            Usage: `config-path`, `config-value`.
        """
        from appliance.store.changes import pinned_down
        from appliance.store.includes import refuse_included
        from appliance.store.masking import in_words
        from appliance.store.prepared import PreparedSave

        self._hook("0-prepare")
        self.refuse_managed()
        before = self.read()
        refuse_included(before.value, edits)
        smallest = tuple(pinned_down(before.document, edits, lambda path, value: in_words(value, path)))
        after = before.document.apply(smallest)
        changes, warnings = self._checked(before, after, edits, smallest, may_remove)
        data = after.data if changes else before.data
        return PreparedSave(
            tuple(edits),
            smallest,
            before,
            data,
            changes,
            self.checks.origin if changes else "",
            warnings,
            tuple(may_remove),
        )

    def save(self, prepared: PreparedSave, *, operation: str, actor: str = "", why: str = "") -> Saved:
        """Write what was prepared, on top of what others changed meanwhile; returns when it is on the disk.

        Raises:
            Conflict: `config-locked`, `config-changed` (naming base, theirs and ours), `busy`.
            Invalid, Refused: as `prepare`, when the file has changed since.
            LunaError: `no-space`, `read-only`, `disk-failing`, `no-handles`, `odd-path`.
        """
        from appliance.store.backups import Reason
        from appliance.store.changes import reapplied
        from appliance.store.masking import in_words
        from appliance.store.save import Saved, Task

        before = prepared.before
        if not prepared.changes:
            return Saved(before.sha256, before.sha256, None, False, before.sha256)
        self.refuse_managed()

        def remake(raw: RawFile) -> bytes:
            newer = snapshot(self.places.config_path, raw)
            document = reapplied(newer.document, prepared.edits, lambda path, value: in_words(value, path))
            changed, _ = self._checked(
                newer, document, prepared.requested, prepared.edits, prepared.may_remove
            )
            return document.data if changed else newer.data

        paths = tuple(change.name for change in prepared.changes)
        reason = Reason(operation, actor, why, paths, engine=prepared.schema_origin)
        task = Task(before.sha256, before.exists, prepared.after, remake, reason)
        return self.saver().run(task)

    def saver(self) -> Saver:
        """What carries out one save."""
        from appliance.store.save import Saver

        return Saver(self.places, self.disk, self.backups, self._hook, self._on_wait, self.outside)

    def known(self, real: Path) -> Known:
        """What was last known of the file `real`, links followed."""
        return Known(self.places, real, self.disk)

    def validate(self) -> Report:
        """Check the file as it is, against the schema and our rules."""
        from appliance.store.checking import Report
        from appliance.store.validation import Problem

        origin = self.checks.origin
        try:
            now = self.read()
            problems = self.checks.problems(now.value, now.real_path.parent)
        except Invalid as error:
            return Report(False, (Problem("<root>", error.message),), (), origin)
        warnings = self._warnings(now.document)
        if not now.exists:
            warnings = (*warnings, f"{now.path} does not exist yet.")
        return Report(not problems, problems, warnings, origin)

    def lock_state(self) -> LockState:
        """Who holds OpenClaw's lock on the file, if anybody."""
        from appliance.store.locks import inspect_lock

        states = [inspect_lock(path, self.disk) for path in self._lock_paths()]
        return next((state for state in states if state.kind != "free"), states[0])

    def unlock(self) -> str:
        """Clear locks that nobody holds any more; returns what was cleared, in words.

        Raises:
            Conflict: `config-locked`, somebody holds one.
        """
        from appliance.store.locks import clear_orphan

        states = [clear_orphan(path, self.disk) for path in self._lock_paths()]
        cleared = [state.words for state in states if state.kind != "free"]
        return " ".join(cleared) or states[0].words

    def sweep(self) -> list[str]:
        """Remove what our own dead processes left behind: temporary files and locks; returns their names."""
        from appliance.store.sweeping import sweep

        real = self.read_raw().real_path
        backups = self.places.backups_dir
        folders = {self.places.config_path.parent, real.parent, backups / "config", backups / "archives"}
        folders.update(self.places.own_folders())
        return sweep(sorted(folders), self._lock_paths(), self.disk)

    def locked(self) -> AbstractContextManager[None]:
        """Hold our queue lock and OpenClaw's, for what is done to the copies of the file."""
        return self.saver().locked()

    def frozen(self, seconds: float) -> AbstractContextManager[None]:
        """Hold our queue lock alone, so that OpenClaw may write and no lunatui does; waits so long for it.

        Raises:
            Conflict: `config-locked`, another process of ours saved all the time.
        """
        from appliance.store.queueing import queue_lock

        real = self.read_raw().real_path
        return queue_lock(self.places, real, time.monotonic() + seconds, self.disk, self._on_wait)

    @property
    def hook(self) -> Hook:
        """Called before each step, of those too who rewrite copies of the file."""
        return self._hook

    def refuse_managed(self) -> None:
        """Raise `Refused` when somebody else manages the file, or its folder cannot keep our promises."""
        from appliance.store.folders import refuse_unsafe

        for name, manager in (("OPENCLAW_NIX_MODE", "Nix"), ("OPENCLAW_CONFIG_READONLY", "another program")):
            if self._env.get(name) == "1":
                raise Refused(
                    f"{self.places.config_path} is managed by {manager} ({name}=1) and is not changed here.",
                    hint="Change it where it is managed.",
                    code="config-managed",
                )
        if not self._any_folder:
            refuse_unsafe(self.places.config_path.parent, self.places.user_home)

    def _checked(
        self,
        before: Snapshot,
        after: Document,
        requested: Sequence[Edit],
        edits: Sequence[Edit],
        may_remove: Sequence[str],
    ) -> tuple[tuple[Changed, ...], tuple[str, ...]]:
        """What differs, and warnings; raises when `after` must not be saved."""
        from appliance.store.changes import differences
        from appliance.store.guards import refuse_losses, refuse_markers, refuse_misplaced

        changes = tuple(differences(before.value, after.value))
        if not changes:
            return (), ()
        refuse_misplaced(before.value, after.value, edits)
        refuse_markers(after.value)
        refuse_losses(before.document, after, requested, may_remove)
        folder = before.real_path.parent
        left = self.checks.refuse_worse(before.value, after.value, folder, changes)
        warnings = self._warnings(after)
        if left:
            told = f"The file had {len(left)} problem(s) before, and still has: {left[0]}."
            warnings = (*warnings, Note("problems-before", told))
        return changes, warnings

    def _warnings(self, document: Document) -> tuple[str, ...]:
        from appliance.store.edits import format_path

        return tuple(
            Note("stands-twice", f"{path} stands twice in the file; OpenClaw reads the last one.")
            for path in map(format_path, document.duplicates)
        )

    def _lock_paths(self) -> list[Path]:
        """OpenClaw's lock, and when the file is a link also the one beside the real file."""
        from appliance.store.locks import sidecar_path

        real = self.read_raw().real_path
        return list(dict.fromkeys((sidecar_path(self.places.config_path), sidecar_path(real))))
