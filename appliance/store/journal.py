"""Operations over several files that a kill cannot leave half done (safety: operations over several files).

The plan is on the disk before the first step. The next start rolls an interrupted operation forward when its
edit of the configuration has happened, and back when it has not; what a person has touched since is kept and
named.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.errors import Conflict, LunaError
from appliance.places import private_dir
from appliance.store import actions, plans
from appliance.store.faults import explained, refuse_when_failing
from appliance.store.file_lock import held, take
from appliance.store.hooks import Hook, no_hook
from appliance.store.save import Saved
from appliance.store.steps import EditConfig, FetchBack, MakeDir, MoveToTrash, ReplaceFile, Step, WriteFile
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from appliance.places import Places
    from appliance.store.config import ConfigStore
    from appliance.store.plans import Plan, PlannedStep
    from appliance.store.prepared import PreparedSave

__all__ = [
    "EditConfig",
    "FetchBack",
    "Journal",
    "JournalResult",
    "MakeDir",
    "MoveToTrash",
    "Recovered",
    "ReplaceFile",
    "Step",
    "WriteFile",
]

KEPT = 50
"""Finished entries that are kept, without their contents."""
_LOCK_BUDGET = 20.0


@dataclass(frozen=True)
class JournalResult:
    """What an operation over several files did."""

    id: str
    done: tuple[str, ...]
    """One sentence for each step."""
    saved: Saved | None
    """Of the configuration, when it was edited."""
    kept: tuple[str, ...] = ()
    """What could not be done after the configuration had changed, in words."""


@dataclass(frozen=True)
class Recovered:
    """What became of one interrupted operation."""

    id: str
    operation: str
    actor: str
    outcome: str
    """`discarded` (never began), `rolled-back`, `rolled-forward`, `finished` (only the end was missing)."""
    kept: tuple[str, ...] = ()
    """What was left as it is, and why."""


class Journal:
    """Runs operations over several files, and finishes or undoes those that were interrupted."""

    def __init__(self, places: Places, store: ConfigStore, hook: Hook = no_hook) -> None:
        """Touches nothing yet."""
        self._places = places
        self._store = store
        self._disk = store.disk
        self._hook = hook

    def check(self, steps: Sequence[Step]) -> PreparedSave | None:
        """Make every check that `run` makes first, and touch nothing; the prepared edit of the configuration.

        Raises:
            Usage: `journal-order`.
            Conflict: `file-exists`, `file-changed`; and all that `ConfigStore.prepare` raises.
        """
        plans.check_order(steps)
        actions.refuse_occupied(steps, self._disk)
        edit = next((step for step in steps if isinstance(step, EditConfig)), None)
        return self._store.prepare(edit.edits, may_remove=edit.may_remove) if edit else None

    def run(self, operation: str, steps: Sequence[Step], *, actor: str) -> JournalResult:
        """Do `steps` in order, all of them or none.

        Raises:
            Usage, Conflict, Refused, Invalid, LunaError: nothing is left of the operation, except what
                somebody else touched meanwhile.
        """
        refuse_when_failing(self._disk)
        with self._locked():
            prepared = self.check(steps)
            entry_id = plans.entry_name()
            config = self._store.read().value if prepared else {}
            plan = plans.make_plan(
                entry_id, operation, actor, steps, config, self._places.trash_dir / entry_id
            )
            entry = self._places.journal_dir / entry_id
            self._hook("j1-stage")
            with explained(entry, self._disk, doing="write the plan into"):
                plans.stage(entry, plan, steps, self._disk)
                self._hook("j2-ready")
                plans.mark(entry, plans.READY, self._disk)
            try:
                return self._carry_out(plan, entry, prepared)
            except BaseException:
                self._settle(plan, entry)
                raise

    def recover(self) -> tuple[Recovered, ...]:
        """Finish or undo every interrupted operation; for the start of the program. Never asks."""
        folder = self._places.journal_dir
        if not folder.is_dir() or not self._entries():
            return ()
        with self._locked():
            return tuple(self._recover(entry) for entry in self._entries())

    def _carry_out(self, plan: Plan, entry: Path, prepared: PreparedSave | None) -> JournalResult:
        done: list[str] = []
        kept: list[str] = []
        saved: Saved | None = None
        for index, step in enumerate(plan.steps):
            self._hook(f"j3-step-{index}")
            if step.kind == "config":
                if prepared is None:
                    raise RuntimeError("a plan edits the configuration and nothing was prepared for it")
                saved = self._store.save(prepared, operation=plan.operation, actor=plan.actor)
                self._hook("j4-config-saved")
                kept += self._note_saved(entry)
            else:
                try:
                    actions.do(step, entry, self._disk)
                except LunaError as error:
                    if saved is None:
                        raise
                    kept.append(error.message)
                    continue
            done.append(_words(step))
        self._hook("j5-done")
        self._end(plan, entry, "done")
        return JournalResult(plan.id, tuple(done), saved, tuple(kept))

    def _note_saved(self, entry: Path) -> list[str]:
        """Mark that the configuration has been edited; without the mark its content says so."""
        try:
            with explained(entry, self._disk, doing="note the progress in"):
                plans.mark(entry, plans.CONFIG, self._disk)
        except LunaError as error:
            return [error.message]
        return []

    def _recover(self, entry: Path) -> Recovered:
        self._hook("j0-recover")
        plan = plans.load(entry, self._disk)
        ready = (entry / plans.READY).exists()
        if plan is None and ready:
            raise LunaError(
                "An operation was cut off and its plan cannot be understood; it is neither ended nor undone.",
                hint=f"Look at {entry} and move it away; what it had begun stays as it is.",
                code="journal-damaged",
            )
        if plan is None or not ready:
            plans.discard(entry, self._disk)
            return Recovered(
                entry.name, plan.operation if plan else "", plan.actor if plan else "", "discarded"
            )
        if plan.outcome or (entry / plans.DONE).exists():
            # The outcome is written after the last step, and the values that could tell anew are gone then.
            self._end(plan, entry, plan.outcome or "done")
            return Recovered(plan.id, plan.operation, plan.actor, "finished")
        actions.sweep_places(plan, self._disk)
        return self._settle(plan, entry)

    def _settle(self, plan: Plan, entry: Path) -> Recovered:
        """Forward when the operation has happened, else back; then the entry is closed."""
        forward = self._has_happened(plan, entry)
        kept = self._roll_forward(plan, entry) if forward else self._roll_back(plan)
        outcome = "rolled-forward" if forward else "rolled-back"
        self._end(plan, entry, outcome)
        return Recovered(plan.id, plan.operation, plan.actor, outcome, kept)

    def _has_happened(self, plan: Plan, entry: Path) -> bool:
        """Whether the operation got past the point where going back would do harm."""
        config = next((step for step in plan.steps if step.kind == "config"), None)
        if config is None:
            return all(actions.is_done(step, self._disk) for step in plan.steps)
        if (entry / plans.CONFIG).exists():
            return True
        try:
            return actions.config_applied(config, self._store.read().value)
        except LunaError:
            return False

    def _roll_forward(self, plan: Plan, entry: Path) -> tuple[str, ...]:
        kept: list[str] = []
        after_config = False
        for index, step in enumerate(plan.steps):
            self._hook(f"j7-redo-{index}")
            if step.kind == "config":
                after_config = True
            elif after_config:
                try:
                    actions.do(step, entry, self._disk)
                except LunaError as error:
                    kept.append(error.message)
        return tuple(kept)

    def _roll_back(self, plan: Plan) -> tuple[str, ...]:
        kept: list[str] = []
        for index, step in reversed(list(enumerate(plan.steps))):
            self._hook(f"j6-undo-{index}")
            if step.kind == "config":
                continue
            try:
                kept.append(actions.undo(step, self._disk))
            except LunaError as error:
                kept.append(error.message)
        return tuple(filter(None, kept))

    def _end(self, plan: Plan, entry: Path, outcome: str) -> None:
        self._hook("j8-close")
        with explained(entry, self._disk, doing="close the plan in"):
            plans.close(entry, plan, outcome, self._places.journal_dir / "finished", KEPT, self._disk)

    def _entries(self) -> list[Path]:
        return sorted(
            path for path in self._places.journal_dir.iterdir() if path.is_dir() and path.name != "finished"
        )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One operation over several files at a time; a living one is never taken for an interrupted one."""
        with explained(self._places.locks_dir, self._disk, doing="lock in"):
            private_dir(self._places.journal_dir)
            path = private_dir(self._places.locks_dir) / "journal.lock"
            lock = take(path, time.monotonic() + _LOCK_BUDGET)
            if lock is None:
                raise Conflict(
                    "Another lunatui has been working on several files for more than 20 seconds.",
                    hint="Look for a second lunatui and let it finish, or end it.",
                    code="busy",
                )
        with held(lock):
            yield


def _words(step: PlannedStep) -> str:
    match step.kind:
        case "folder":
            return f"{step.path} was there" if step.was_there else f"made {step.path}"
        case "file" | "replace":
            return f"wrote {step.path}"
        case "trash":
            return f"moved {step.path} to the trash"
        case "fetch":
            return f"fetched {step.path} from the trash"
        case _:
            return "changed openclaw.json"
