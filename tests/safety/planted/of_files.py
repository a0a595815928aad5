"""Files are written, kept or moved in the wrong order or the wrong way."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from appliance.store import actions, backups, disk, journal, metadata, plans, save, snapshot
from appliance.store.steps import EditConfig
from tests.safety.planted.bug import SAFETY, STORE, Bug, Whatever, near, nothing


def _rotation_first() -> None:
    add = backups.Backups.add

    def added(self: Any, data: bytes, reason: Any) -> str:
        for entry in self.list()[backups.RING_SIZE - 1 :]:
            (self._folder / f"{entry.id}.json5").unlink()
        return add(self, data, reason)

    backups.Backups.add = added  # type: ignore[method-assign]


def _backup_not_read_back() -> None:
    write = backups.Backups._write

    def written(self: Any, data: bytes, *others: Any) -> Any:
        self._bytes = lambda _backup_id: data
        try:
            return write(self, data, *others)
        finally:
            del self._bytes

    setattr(backups.Backups, "_write", written)  # noqa: B010


def _configuration_first() -> None:
    run = journal.Journal.run

    def reordered(self: Any, operation: str, steps: Any, *, actor: str) -> Any:
        return run(
            self, operation, sorted(steps, key=lambda step: not isinstance(step, EditConfig)), actor=actor
        )

    journal.Journal.run = reordered  # type: ignore[method-assign]
    plans.check_order = nothing


def _gone_for_good(path: Path, _to: Path, _on: Any) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _undo_asks_nothing() -> None:
    undo = actions.undo

    def undone(step: Any, on: Any) -> str:
        if step.kind == "file":
            Path(step.path).unlink(missing_ok=True)
            return ""
        return undo(step, on)

    setattr(actions, "undo", undone)  # noqa: B010


def _one_write(self: Any, descriptor: int, data: bytes) -> None:
    self.write(descriptor, data)


def _link_overwrites(_self: Any, source: Path, target: Path) -> None:
    spare = target.with_name(f"{target.name}.spare")
    os.link(source, spare)
    spare.replace(target)


BUGS = (
    Bug("the oldest backup goes before the newest is there", _rotation_first, near("ring")),
    Bug(
        "a backup is not read back",
        _backup_not_read_back,
        f"{STORE}test_backups.py::test_what_does_not_read_back_is_refused",
    ),
    Bug(
        "what was written is not read back",
        lambda: setattr(save, "read_file", lambda *_arguments: Whatever()),
        f"{SAFETY}test_t06_faults.py::test_what_does_not_read_back_is_not_put_in_place",
    ),
    Bug("the configuration is edited first", _configuration_first, near("creation")),
    Bug(
        "what is removed is deleted and not moved to the trash",
        lambda: setattr(actions, "_move", _gone_for_good),
        near("removal"),
    ),
    Bug(
        "undoing removes what a person has changed",
        _undo_asks_nothing,
        f"{STORE}test_journal.py::test_what_a_person_changed_since_is_kept_and_named",
    ),
    Bug(
        "a new text overwrites what stands there",
        lambda: setattr(disk.Disk, "link", _link_overwrites),
        f"{STORE}test_journal.py::test_a_file_that_appears_in_the_middle_is_kept_and_the_rest_undone",
    ),
    Bug(
        "short writes are not continued",
        lambda: setattr(disk.Disk, "write_all", _one_write),
        f"{SAFETY}test_t06_faults.py::test_short_writes_are_continued",
    ),
    Bug(
        "free space is not looked at",
        lambda: setattr(save.Saver, "_check_space", nothing),
        f"{SAFETY}test_t06_faults.py::test_too_little_space_is_said_in_numbers",
    ),
    Bug(
        "a failed sync is forgotten",
        lambda: setattr(save, "refuse_when_failing", nothing),
        f"{SAFETY}test_t06_faults.py::test_after_a_failed_sync_nothing_more_is_written",
    ),
    Bug(
        "a wide mode is kept",
        lambda: setattr(metadata, "safe_mode", lambda old: old.st_mode & 0o777),
        f"{STORE}test_config.py::test_the_mode_is_never_wider_than_private",
    ),
    Bug(
        "a link is replaced by a file",
        lambda: setattr(snapshot, "resolve", lambda path: path),
        f"{STORE}test_config.py::test_a_link_stays_a_link_and_its_file_is_written",
    ),
    Bug(
        "a file of several names is replaced",
        lambda: setattr(save, "refuse_odd_file", nothing),
        f"{STORE}test_config.py::test_a_hard_link_is_refused",
    ),
)
