"""The one way an operation edits openclaw.json: checked, saved, seen in use, and undone from the backup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError
from appliance.ops.core import Call, Change, Done, Event, Prepared, Undo
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.store.prepared import PreparedSave
    from appliance.store.save import Saved as StoreSaved


@dataclass(frozen=True)
class Saved:
    """What happened to the file, and whether the Gateway uses it."""

    changed: tuple[str, ...]
    """The paths that have a new value; empty when nothing had to change."""
    state: str
    """`unchanged`, or one of `InUse.state`: `saved and in use`, `saved, gateway down`, …"""
    detail: str = ""
    validated_against: str = ""
    """The schema used: `installed <release>` or `shipped <release>`."""
    backup: str = ""
    """Id of the copy of what stood there before."""


def prepare_edits(
    box: Appliance,
    edits: Any,
    operation: str,
    call: Call,
    *,
    why: str,
    may_remove: tuple[str, ...] = (),
) -> Prepared[Saved]:
    """The one way an operation edits openclaw.json: checked now, saved at commit, undone from the backup."""
    prepared = box.config.prepare(edits, may_remove=may_remove)
    changes = tuple(_change(item) for item in prepared.changes)

    async def commit() -> Done[Saved]:
        return _save(box, prepared, operation, call, why)

    return Prepared(changes, commit, prepared.warnings)


def _save(box: Appliance, prepared: PreparedSave, operation: str, call: Call, why: str) -> Done[Saved]:
    from appliance.ops.in_use import Watch

    paths = tuple(item.name for item in prepared.changes)
    if not paths:
        return Done(Saved((), "unchanged", validated_against=prepared.schema_origin))
    with Watch(box) as watch:
        saved = box.config.save(prepared, operation=operation, actor=call.actor, why=why)
        state = watch.outcome(moves="gateway.port" in paths)
    result = Saved(paths, state.state, state.detail, prepared.schema_origin, saved.backup or "")
    return Done(result, way_back(box, prepared, saved), saved.before_sha256, saved.after_sha256)


def way_back(box: Appliance, prepared: PreparedSave, saved: StoreSaved) -> Undo:
    """How to undo a save: from the backup, as long as nobody changed the same settings again."""
    from appliance.store.changes import touched_roots, value_fingerprint
    from appliance.store.document import Document
    from appliance.store.edits import format_path, lookup

    roots = touched_roots(prepared.before.value, prepared.requested)
    try:
        now = box.config.read().value
    except LunaError:  # somebody has broken it since; what was saved is what an undo may replace
        now = Document.parse(prepared.after).value
    return Undo(
        "config.revert",
        {
            "backup": saved.backup or "",
            "paths": [format_path(path) for path in roots],
            "expect": [value_fingerprint(lookup(now, path)) for path in roots],
        },
    )


def put_back(box: Appliance, prepared: PreparedSave, operation: str, call: Call, why: str) -> None:
    """The settings of a save as they were before it; what somebody changed again since stays, and is said.

    Raises:
        LunaError: the configuration cannot be read or saved.
    """
    from appliance.store.changes import touched_roots, value_fingerprint
    from appliance.store.document import Document
    from appliance.store.edits import Edit, format_path, lookup

    before, ours, now = prepared.before.value, Document.parse(prepared.after).value, box.config.read().value

    def is_ours(path: tuple[str, ...]) -> bool:
        return value_fingerprint(lookup(now, path)) == value_fingerprint(lookup(ours, path))

    paths: list[tuple[str, ...]] = []
    for root in touched_roots(before, prepared.requested):
        inner = [edit.path for edit in prepared.requested if edit.path[: len(root)] == root]
        paths += [root] if is_ours(root) else inner
    back = [Edit(path, lookup(before, path), lookup(now, path)) for path in paths if is_ours(path)]
    if left := [format_path(path) for path in paths if not is_ours(path)]:
        call.emit(Event("note", f"{', '.join(left)} was changed again meanwhile and stays as it is."))
    again = box.config.prepare(back, may_remove=tuple(edit.name for edit in back))
    box.config.save(again, operation=operation, actor=call.actor, why=why)


def _change(item: Any) -> Change:
    from appliance.store.masking import in_words
    from appliance.store.reload import applies

    return Change(
        item.name,
        f"{in_words(item.before, item.path)} → {in_words(item.after, item.path)}",
        applies(item.path),
    )
