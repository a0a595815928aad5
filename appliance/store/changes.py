"""What differs between two versions of the configuration, setting by setting, and edits that still fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Conflict
from appliance.store.editing import singles
from appliance.store.edits import ANY, MISSING, Edit, Path, format_path, lookup, same
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from appliance.store.document import Document


@dataclass(frozen=True)
class Changed:
    """One setting that has another value; `MISSING` stands for none."""

    path: Path
    before: object
    after: object

    @property
    def name(self) -> str:
        """The path as people write it."""
        return format_path(self.path)


def differences(before: object, after: object, path: Path = ()) -> Iterable[Changed]:
    """Every smallest setting that differs, at `path` and below; lists are compared as wholes."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from differences(before.get(key, MISSING), after.get(key, MISSING), (*path, key))
    elif before is MISSING and isinstance(after, dict) and after:
        for key, item in after.items():
            yield from differences(MISSING, item, (*path, key))
    elif after is MISSING and isinstance(before, dict) and before:
        for key, item in before.items():
            yield from differences(item, MISSING, (*path, key))
    elif not _equal(before, after):
        yield Changed(path, before, after)


def pinned_down(
    document: Document, edits: Sequence[Edit], shown: Callable[[Path, object], str]
) -> list[Edit]:
    """`edits` split into the smallest ones, each with the value it found as its expected one.

    Raises:
        Conflict: `config-changed`, an edit expected something else than `document` holds.
    """
    result: list[Edit] = []
    for edit in edits:
        current = document.get(edit.path)
        if edit.expected is not ANY and not _equal(current, edit.expected):
            raise changed_underneath(edit, current, shown)
        if edit.value is MISSING:
            smallest = [edit] if current is not MISSING else []
        elif current is not MISSING and same(current, edit.value):
            smallest = []
        else:
            smallest = list(singles(edit.path, current, edit.value))
        for single in smallest:
            result.append(Edit(single.path, single.value, document.get(single.path)))
            document = document.apply([single])
    return result


def reapplied(document: Document, edits: Sequence[Edit], shown: Callable[[Path, object], str]) -> Document:
    """`edits` made on another version than the one they were prepared for.

    Raises:
        Conflict: `config-changed`, a setting to be changed was changed by somebody else meanwhile.
    """
    for edit in edits:
        current = document.get(edit.path)
        if not _equal(current, edit.expected) and not _equal(current, edit.value):
            raise changed_underneath(edit, current, shown)
        document = document.apply([edit])
    return document


def changed_underneath(edit: Edit, theirs: object, shown: Callable[[Path, object], str]) -> Conflict:
    """The error that shows base, theirs and ours."""
    base, other, ours = (shown(edit.path, value) for value in (edit.expected, theirs, edit.value))
    return Conflict(
        f"{edit.name} was changed by another program: it was {base}, it is now {other}, you want {ours}.",
        hint="Look at the new value and decide, then try again.",
        code="config-changed",
    )


def _equal(one: object, other: object) -> bool:
    if one is MISSING or other is MISSING:
        return one is other
    return same(one, other)


def touched_roots(before: object, edits: Sequence[Edit]) -> tuple[Path, ...]:
    """The paths to put back to undo `edits`: of sections that did not exist before, their topmost."""
    roots: list[Path] = []
    for edit in edits:
        lengths = range(1, len(edit.path) + 1)
        new = (edit.path[:length] for length in lengths if lookup(before, edit.path[:length]) is MISSING)
        roots.append(next(new, edit.path))
    return tuple(dict.fromkeys(roots))


def value_fingerprint(value: object) -> str:
    """A short digest of a setting, the same for equal JSON whatever the order of its keys."""
    import hashlib
    import json

    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
