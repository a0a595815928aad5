"""What no save may do unasked: lose a section, an agent, a binding, a channel, or write a mask as a value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appliance.errors import Refused
from appliance.store.edits import MISSING, format_path, lookup, parse_path, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from appliance.store.document import Document
    from appliance.store.edits import Edit, Path

MARKERS = ("__OPENCLAW_REDACTED__", "[REDACTED]")
"""What OpenClaw and others print instead of a secret."""
_SMALL = 1024
"""Bytes; below this a file may shrink as it likes."""


def refuse_losses(
    before: Document, after: Document, edits: Sequence[Edit], may_remove: Sequence[str]
) -> None:
    """Raise `Refused` (`config-shrinks`) for a loss that neither an edit nor `may_remove` names."""
    named = [edit.path for edit in edits if edit.value is MISSING] + [parse_path(text) for text in may_remove]
    lost = [path for path in losses(before.value, after.value) if not _is_named(path, named)]
    if lost:
        names = ", ".join(format_path(path) for path in lost)
        raise Refused(
            f"The change would also remove {names}.",
            hint="Remove it by name if that is what you want.",
            code="config-shrinks",
        )
    old, new = len(before.data), len(after.data)
    if not named and is_shrunk(old, new):
        raise Refused(
            f"The change would shrink the configuration from {old} to {new} bytes.",
            hint="Remove what should go by name.",
            code="config-shrinks",
        )


def is_shrunk(before: int, after: int) -> bool:
    """Whether a file of so many bytes lost more than a third of them; a small one may shrink as it likes."""
    return before >= _SMALL and after * 3 < before * 2


def refuse_markers(value: object) -> None:
    """Raise `Refused` (`config-redacted`) when a masked secret would be written as if it were the secret."""
    for path in _marked((), value):
        raise Refused(
            f"{format_path(path)} holds a mask instead of a value ({MARKERS[0]} or {MARKERS[1]}).",
            hint="Enter the real value again; masked text must never be saved.",
            code="config-redacted",
        )


def refuse_misplaced(before: object, after: object, edits: Sequence[Edit]) -> None:
    """Raise `RuntimeError`, our bug, unless the edited text says exactly what the edits say.

    The edits are made a second time, on plain data, so that a slip in the text editor never reaches the disk.
    """
    for edit in edits:
        before = _with(before, edit.path, edit.value)
    if not same(before, after):
        names = ", ".join(edit.name for edit in edits)
        raise RuntimeError(f"editing the text of the configuration went wrong at {names}")


def _with(value: object, path: Path, new: object) -> object:
    """`value` with `new` at `path`; only what lies on the way is copied."""
    if not path:
        return new
    key, rest = path[0], path[1:]
    if isinstance(value, list):
        items = list(value)
        at = int(key)
        if rest or new is not MISSING:
            items[at : at + 1] = [_with(items[at] if at < len(items) else {}, rest, new)]
        else:
            del items[at]
        return items
    copy = dict(value) if isinstance(value, dict) else {}
    if rest or new is not MISSING:
        copy[key] = _with(copy.get(key, {}), rest, new)
    else:
        copy.pop(key, None)
    return copy


def _marked(path: Path, value: object) -> Iterable[Path]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _marked((*path, key), item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _marked((*path, str(index)), item)
    elif isinstance(value, str) and (MARKERS[0] in value or value.strip() == MARKERS[1]):
        yield path


def losses(before: Mapping[str, object], after: Mapping[str, object]) -> Iterable[Path]:
    """Sections, agents, channels and rules of `before` that are not in `after`."""
    yield from ((key,) for key in before if key not in after)
    for parent in (("agents", "entries"), ("channels",)):
        old, new = lookup(before, parent), lookup(after, parent)
        if isinstance(old, dict):
            kept = new if isinstance(new, dict) else {}
            yield from ((*parent, key) for key in old if key not in kept)
    yield from _lost_items(before, after, ("agents", "list"), by_id=True)
    yield from _lost_items(before, after, ("bindings",), by_id=False)


def _lost_items(before: object, after: object, path: Path, *, by_id: bool) -> Iterable[Path]:
    old, new = lookup(before, path), lookup(after, path)
    if not isinstance(old, list):
        return
    items = new if isinstance(new, list) else []
    kept = {_told(item, by_id=by_id) for item in items}
    for index, item in enumerate(old):
        if _told(item, by_id=by_id) not in kept and (by_id or len(items) < len(old)):
            yield (*path, str(index))


def _told(item: object, *, by_id: bool) -> str:
    """The same text for the same entry; both versions were read by the same reader."""
    told = item.get("id") if by_id and isinstance(item, dict) else item
    return json.dumps([told, by_id and isinstance(item, dict)], sort_keys=True)


def _is_named(path: Path, named: Iterable[Path]) -> bool:
    return any(path[: len(name)] == name for name in named)
