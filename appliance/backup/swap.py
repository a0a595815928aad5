"""Puts unpacked folders in the place of present ones, by rename, so that a kill cannot leave a mixture.

`restore/<id>/plan.json` lists the moves, and `READY` is published once everything is unpacked. Before READY
a restore never happened and what it unpacked is removed; from READY on it is carried to its end, by this
process or by the next start. What stood there before lies in the trash.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.backup.staging import remove_tree
from appliance.errors import LunaError
from appliance.places import names_in, private_dir, write_private
from appliance.store.disk import Disk, read_file, write_new
from appliance.store.faults import explained
from appliance.store.file_lock import held, take
from appliance.store.hooks import Hook, no_hook
from appliance.store.plans import mark
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.places import Places

PLAN, READY = "plan.json", "READY"
LOCK = "backup.lock"
RECORD = "restore.json"
"""In the trash entry of a restore: what was moved, for the way back."""
LIMIT = 16 << 20


@dataclass(frozen=True)
class Move:
    """One folder or file that takes its place."""

    staged: str
    """Where it waits; empty: nothing takes the place, what stands there only goes."""
    target: str
    old: str
    """Where what stands there goes."""


@dataclass(frozen=True)
class SwapPlan:
    """All moves of one restore."""

    id: str
    operation: str
    actor: str
    archive: str
    moves: tuple[Move, ...]
    unpacked: bool = True
    """What waits was unpacked for this and can be removed; False: it is somebody's own and is kept."""


@dataclass(frozen=True)
class Recovered:
    """What became of a restore that was cut off."""

    id: str
    operation: str
    actor: str
    outcome: str
    """`discarded` or `rolled-forward`."""
    kept: tuple[str, ...] = ()


def _nothing_more(_plan: SwapPlan) -> None:
    """Nobody waits for it."""


class Swaps:
    """The restores of one box."""

    def __init__(
        self,
        places: Places,
        disk: Disk | None = None,
        hook: Hook = no_hook,
        arrived: Callable[[SwapPlan], None] = _nothing_more,
    ) -> None:
        """`arrived`: called when everything is in its place, again by the next start if it was cut off."""
        self._folder = places.home / "restore"
        self._places = places
        self._disk = disk or Disk()
        self._hook = hook
        self._arrived = arrived

    def begin(self, plan: SwapPlan) -> Path:
        """Note what will be unpacked, before anything is; returns the entry."""
        entry = self._folder / plan.id
        with explained(entry, self._disk, doing="write the plan into"):
            private_dir(entry)
            self._hook("r1-plan")
            write_new(self._disk, entry / PLAN, _packed(plan))
            self._disk.sync_folder(entry)
        return entry

    def carry_out(self, entry: Path) -> SwapPlan:
        """Everything is unpacked: put it in its place, from the first move to the last.

        Raises:
            LunaError: a move failed; the next start tries the rest.
        """
        plan = _read(self._disk, entry)
        if plan is None:
            raise LunaError(f"The plan in {entry} cannot be read.", code="restore-damaged")
        with explained(entry, self._disk, doing="restore by"):
            self._hook("r2-ready")
            mark(entry, READY, self._disk)
            self._move_all(plan)
            self._arrived(plan)
            self._hook("r4-done")
            self._close(entry, plan)
        return plan

    def discard(self, entry: Path) -> None:
        """The restore does not happen: remove what it unpacked."""
        plan = _read(self._disk, entry)
        with explained(entry, self._disk, doing="clean up"):
            for move in plan.moves if plan and plan.unpacked else ():
                if move.staged and os.path.lexists(move.staged):
                    remove_tree(Path(move.staged))
            self._close(entry)

    def recover(self) -> tuple[Recovered, ...]:
        """Finish or discard what a killed process left; never asks.

        Raises:
            LunaError: it could not be finished.
        """
        done: list[Recovered] = []
        names = sorted(names_in(self._folder))
        lock = take(private_dir(self._places.locks_dir) / LOCK, time.monotonic()) if names else None
        if lock is None:
            return ()  # nothing to do, or a living process does it
        with held(lock):
            done += [self._recover(name) for name in names if (self._folder / name).is_dir()]
        return tuple(done)

    def _recover(self, name: str) -> Recovered:
        entry = self._folder / name
        plan = _read(self._disk, entry)
        operation, actor = (plan.operation, plan.actor) if plan else ("backup.restore", "")
        if plan is None or not (entry / READY).exists():
            self.discard(entry)
            return Recovered(name, operation, actor, "discarded")
        with explained(entry, self._disk, doing="finish the restore in"):
            self._move_all(plan)
            self._arrived(plan)
            self._close(entry, plan)
        return Recovered(name, operation, actor, "rolled-forward")

    def _move_all(self, plan: SwapPlan) -> None:
        for index, move in enumerate(plan.moves):
            self._hook(f"r3-move-{index}")
            self._move(move)

    def _move(self, move: Move) -> None:
        """Each half happens once, however often this is called."""
        staged, target, old = Path(move.staged), Path(move.target), Path(move.old)
        waits = bool(move.staged) and os.path.lexists(staged)
        if move.staged and not waits:
            return  # it has taken its place
        if not waits and _is_same_file(target, old):
            target.unlink()  # a cut has left it under both names
            self._disk.sync_folder(target.parent)
        elif os.path.lexists(target) and (waits or not os.path.lexists(old)):
            private_dir(old.parent)
            target.rename(_free(old))
            self._disk.sync_folder(old.parent)
            self._disk.sync_folder(target.parent)
        if waits:
            private_dir(target.parent)
            staged.rename(target)
            self._disk.sync_folder(target.parent)
            self._disk.sync_folder(staged.parent)

    def _close(self, entry: Path, done: SwapPlan | None = None) -> None:
        if done is not None and done.unpacked:
            write_private(self._places.trash_dir / done.id / RECORD, _packed(done))
        for name in (READY, PLAN):
            # READY first: without it the rest is only rubbish to sweep.
            (entry / name).unlink(missing_ok=True)
        for left in entry.iterdir():
            left.unlink()
        entry.rmdir()


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samestat(one.lstat(), other.lstat()) and not one.is_dir()
    except FileNotFoundError:
        return False


def _free(old: Path) -> Path:
    """A name that is not taken: somebody may have made the target anew since it was moved away."""
    number, free = 1, old
    while os.path.lexists(free):
        number += 1
        free = old.with_name(f"{old.name}.{number}")
    return free


def _read(disk: Disk, entry: Path) -> SwapPlan | None:
    try:
        found = json.loads(read_file(disk, entry / PLAN, LIMIT))
        return SwapPlan(**{**found, "moves": tuple(Move(**move) for move in found["moves"])})
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _packed(plan: SwapPlan) -> bytes:
    return json.dumps(asdict(plan), indent=1).encode()
