"""Edits made on the text of the configuration: what they do not name stays as it is, comments included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Usage
from appliance.store.document import Document
from appliance.store.edits import MISSING, Edit, format_path, same
from appliance.store.scanner import Container
from appliance.store.splicing import apply_splices, base_style, insertion, removal, replacement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.store.edits import Path
    from appliance.store.splicing import Splice

_MOST_TWINS = 64
"""A key that stands in its object more often than this was not written by anybody."""
_MERGE_LIMIT = 64
"""More single changes than this inside one edited value, and the value is written anew as a whole."""


def edited(document: Document, edits: Iterable[Edit]) -> Document:
    """See `Document.apply`."""
    for edit in edits:
        document = _unset(document, edit.path) if edit.value is MISSING else _set(document, edit)
    return document


def _set(document: Document, edit: Edit) -> Document:
    current = document.get(edit.path)
    if current is not MISSING and same(current, edit.value):
        return document
    smallest = list(singles(edit.path, current, edit.value))
    if len(smallest) > _MERGE_LIMIT:
        smallest = [Edit(edit.path, edit.value)]
    for single in smallest:
        if single.value is MISSING:
            document = _unset(document, single.path)
        else:
            document = _spliced(document, _set_splices(document, single.path, single.value))
    return document


def _unset(document: Document, path: Path) -> Document:
    """Every occurrence goes: the one before a removed duplicate must not come back to life."""
    while document.get(path) is not MISSING:
        parent = _node(document, path[:-1])
        if not isinstance(parent, Container):
            raise _wrong_way(path[:-1])
        index = _last_index(parent, path[-1])
        if parent.keys.count(path[-1]) > _MOST_TWINS:
            raise Usage(
                f"{format_path(path)} stands in the file more than {_MOST_TWINS} times.",
                hint="Leave one of them in the file, by hand.",
                code="config-path",
            )
        document = _spliced(document, removal(document.text, parent, index))
        if not parent.is_object:
            break
    return document


def _set_splices(document: Document, path: Path, value: object) -> list[Splice]:
    text, node = document.text, document.root
    base = base_style(text, node)
    for depth, key in enumerate(path):
        index = _last_index(node, key)
        if index < 0:
            for missing in reversed(path[depth + 1 :]):
                value = {missing: value}
            if not node.is_object and key != str(len(node.children)):
                count = len(node.children)
                raise Usage(
                    f"{format_path(path[: depth + 1])} does not exist: the list has {count} entries.",
                    hint=f"Use {count} to add one at its end.",
                    code="config-path",
                )
            return insertion(text, node, key if node.is_object else None, value, base)
        child = node.children[index]
        if depth == len(path) - 1:
            return replacement(text, child, value, node, base)
        if not isinstance(child, Container):
            raise _wrong_way(path[: depth + 1])
        node = child
    raise _wrong_way(path)


def _node(document: Document, path: Path) -> object:
    node: object = document.root
    for key in path:
        if not isinstance(node, Container):
            raise _wrong_way(path)
        node = node.children[_last_index(node, key)]
    return node


def _spliced(document: Document, splices: list[Splice]) -> Document:
    return Document(apply_splices(document.text, splices))


def _last_index(node: Container, key: str) -> int:
    """Of the member OpenClaw reads under `key`, or -1."""
    if not node.is_object:
        return int(key) if key.isdecimal() and int(key) < len(node.children) else -1
    for index in range(len(node.keys) - 1, -1, -1):
        if node.keys[index] == key:
            return index
    return -1


def singles(path: Path, current: object, value: object) -> Iterable[Edit]:
    """The smallest edits that turn `current` into `value`, so that comments between them survive."""
    if isinstance(current, dict) and isinstance(value, dict) and current and value:
        for key in current:
            if key not in value:
                yield Edit((*path, key), MISSING)
        for key, item in value.items():
            if key not in current or not same(current[key], item):
                yield from singles((*path, key), current.get(key, MISSING), item)
    elif isinstance(current, list) and isinstance(value, list) and current and value:
        yield from _list_singles(path, current, value)
    else:
        yield Edit(path, value)


def _list_singles(path: Path, current: list[object], value: list[object]) -> Iterable[Edit]:
    shared = min(len(current), len(value))
    head = next((at for at in range(shared) if not same(current[at], value[at])), shared)
    rest = shared - head
    tail = next((at for at in range(rest) if not same(current[-1 - at], value[-1 - at])), rest)
    removed, added = current[head : len(current) - tail], value[head : len(value) - tail]
    if len(removed) < len(added) and tail:
        yield Edit(path, value)
        return
    for at, (before, after) in enumerate(zip(removed, added, strict=False)):
        yield from singles((*path, str(head + at)), before, after)
    for at in range(len(removed) - 1, len(added) - 1, -1):
        yield Edit((*path, str(head + at)), MISSING)
    for at in range(len(removed), len(added)):
        yield Edit((*path, str(head + at)), added[at])


def _wrong_way(path: Path) -> Usage:
    return Usage(
        f"{format_path(path)} is neither a section nor a list, so nothing can be set below it.",
        hint="Set it to an object first, or check the spelling.",
        code="config-path",
    )
