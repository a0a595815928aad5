"""The steps of a restore that touch files: unpack beside, rewrite folders, and the way back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.backup.staging import unpack
from appliance.backup.swap import RECORD, Move, SwapPlan
from appliance.backup.target import rewritten
from appliance.errors import NotFound
from appliance.places import names_in, private_dir
from appliance.store.disk import replace_file
from appliance.store.names import temporary_beside
from appliance.store.plans import entry_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.backup.keys import Lock
    from appliance.backup.pace import Pace
    from appliance.backup.target import Layout, Placed
    from appliance.places import Places
    from appliance.store.disk import Disk


def moves_for(parts: Sequence[Placed], places: Places, swap_id: str) -> tuple[Move, ...]:
    """Where each part waits, where it goes, and where what stands there goes."""
    return tuple(
        Move(
            str(part.target.with_name(f".{part.target.name}.lunatui-restore-{swap_id[-8:]}")),
            str(part.target),
            str(_old_place(part.target, places, swap_id, number)),
        )
        for number, part in enumerate(parts)
    )


def unpack_parts(
    path: Path,
    lock: Lock,
    parts: Sequence[Placed],
    plan: SwapPlan,
    where: Layout,
    config_path: Path,
    pace: Pace,
    disk: Disk,
) -> tuple[str, ...]:
    """Everything beside its place, the configuration's folders rewritten; returns the rewritten settings.

    Raises:
        Invalid: the archive is damaged.
        LunaError: no space, the disk failed; `cancelled`.
    """
    targets = {part.root.name: Path(move.staged) for part, move in zip(parts, plan.moves, strict=True)}
    unpack(path, lock, targets, pace, disk)
    config = _staged(config_path, plan.moves)
    if config is None or not where.differs:
        return ()
    data, changed = rewritten(config.read_bytes(), where)
    if changed:
        replace_file(disk, config, data, temporary_beside(config))
    return changed


def drop_record(places: Places, plan: SwapPlan) -> None:
    """The restore was taken back: there is no further way back."""
    (places.trash_dir / plan.id / RECORD).unlink(missing_ok=True)


def earlier_restore(places: Places, wanted: str) -> SwapPlan:
    """The restore of this id, or the newest.

    Raises:
        NotFound: `restore-unknown`, there is none, or the trash keeps it no longer.
    """
    for name in sorted(names_in(places.trash_dir), reverse=True):
        path = places.trash_dir / name / RECORD
        if (not wanted or name == wanted) and path.exists():
            found = json.loads(path.read_bytes())
            return SwapPlan(**{**found, "moves": tuple(Move(**move) for move in found["moves"])})
    raise NotFound(
        "There is no restore that can be taken back.",
        hint="What a restore replaced is kept for 30 days.",
        code="restore-unknown",
    )


def backwards(plan: SwapPlan, places: Places, operation: str, actor: str) -> SwapPlan:
    """What the restore replaced comes back; what it brought goes to the trash."""
    swap_id = entry_name()
    moves = [
        Move(
            move.old if os.path.lexists(move.old) else "",
            move.target,
            str(_old_place(Path(move.target), places, swap_id, number)),
        )
        for number, move in reversed(list(enumerate(plan.moves)))
    ]
    wanted = tuple(move for move in moves if move.staged or os.path.lexists(move.target))
    return SwapPlan(swap_id, operation, actor, plan.archive, wanted, unpacked=False)


def existing(plan: SwapPlan) -> tuple[bool, ...]:
    """Of each move, whether something stands at its target."""
    return tuple(os.path.lexists(move.target) for move in plan.moves)


def _staged(path: Path, moves: Sequence[Move]) -> Path | None:
    """Where the unpacked version of a file waits."""
    for move in moves:
        if path == Path(move.target) or path.is_relative_to(move.target):
            staged = Path(move.staged) / path.relative_to(move.target)
            return staged if staged.is_file() else None
    return None


def _old_place(target: Path, places: Places, swap_id: str, number: int) -> Path:
    """In the trash; beside it where the trash is on another disk, since only a rename is safe."""
    trash = private_dir(places.trash_dir)
    above = target.parent
    while not above.exists():
        above = above.parent
    if above.stat().st_dev == trash.stat().st_dev:
        return trash / swap_id / f"{number:04d}-{target.name}"
    return target.with_name(f".{target.name}.before-restore-{swap_id[-8:]}")
