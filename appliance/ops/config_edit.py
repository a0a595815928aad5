"""The one way an operation edits openclaw.json: checked, saved, seen in use, and undone from the backup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError
from appliance.ops.core import Call, Change, Done, Prepared, Undo
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
    """`unchanged`, `saved and in use`, `saved, needs restart`, `saved, gateway down`, `saved, not in use`."""
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


def _change(item: Any) -> Change:
    from appliance.store.masking import in_words
    from appliance.store.reload import applies

    return Change(
        item.name,
        f"{in_words(item.before, item.path)} → {in_words(item.after, item.path)}",
        applies(item.path),
    )
