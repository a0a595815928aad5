"""Two versions of the configuration as bytes: what the change between them means, and what it lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Invalid
from appliance.history.difference import Difference, difference
from appliance.history.meaning import BOOKKEEPING, meaning, name_of
from appliance.redact import redact
from appliance.store.document import Document
from appliance.store.edits import lookup
from appliance.store.guards import is_shrunk, losses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.store.edits import Path


MOST = 100
"""Differences that are told one by one."""


def change_between(before: bytes, after: bytes) -> tuple[Difference, ...]:
    """What changed; no bytes stand for no file. Empty only for equal bytes."""
    if before == after:
        return ()
    if not after:
        return (difference("file-gone"),)
    old, new = readable(before), readable(after)
    if new is None:
        return (difference("file-unreadable"),)
    if old is None:
        return (difference("file-readable" if before else "file-new"), *meaning({}, new))
    told = meaning(old, new) or (difference("only-form"),)
    if len(told) <= MOST:
        return told
    return (*told[:MOST], difference("more", count=str(len(told) - MOST)))


def loss_between(before: bytes, after: bytes) -> tuple[Difference, ...]:
    """What is gone that a shop would miss; empty when nothing is.

    A section, an agent, a channel or a rule on who answers where; a third of the file; or all of it, because
    it cannot be read. A version that could not be read itself had nothing to lose.
    """
    old = readable(before)
    if not old:
        return ()
    new = readable(after)
    if new is None:
        return (difference("file-unreadable" if after else "file-gone"), *_gone(old, {}))
    found = _gone(old, new)
    if is_shrunk(len(before), len(after)):
        found.append(difference("lost-size", before=f"{len(before)}", after=f"{len(after)}"))
    return tuple(found)


def readable(data: bytes) -> dict[str, object] | None:
    """The configuration in `data`; None when there is none or it cannot be read."""
    try:
        return Document.parse(data).value if data else None
    except Invalid:
        return None


def _gone(old: dict[str, object], new: Mapping[str, object]) -> list[Difference]:
    sections: list[str] = []
    agents: list[str] = []
    lines: list[str] = []
    rules = 0
    for path in losses(old, new):
        if path[0] == "agents" and len(path) > 2:
            agents.append(_agent_name(old, path))
        elif path[0] == "channels" and len(path) > 1:
            lines.append(redact(path[1]))
        elif path[0] == "bindings" and len(path) > 1:
            rules += 1
        elif path[0] not in BOOKKEEPING and lookup(old, path):
            sections.append(redact(path[0]))
    told = [name for name, lost in (("agents", agents), ("channels", lines), ("bindings", rules)) if lost]
    return [
        *_named("lost-agents", agents),
        *_named("lost-lines", lines),
        *([difference("lost-rules", count=str(rules))] if rules else []),
        *_named("lost-sections", [name for name in sections if name not in told]),
    ]


def _named(code: str, names: Sequence[str]) -> list[Difference]:
    return [difference(code, count=str(len(names)), names=", ".join(names))] if names else []


def _agent_name(old: dict[str, object], path: Path) -> str:
    if path[1] == "entries":
        return name_of(old, path[2])
    entry = lookup(old, path)
    found = (entry.get("name") or entry.get("id")) if isinstance(entry, dict) else None
    return redact(found) if isinstance(found, str) else redact(path[2])
