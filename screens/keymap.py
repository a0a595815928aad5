"""The keys somebody chose for the actions of the screens: which can be used, and why the others cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.keys import _character_to_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from textual.dom import DOMNode

Scope = frozenset[tuple[str, str]]
"""Pairs of an action's id and one of its keys, all alive at the same time."""


@dataclass(frozen=True)
class Problem:
    """One line of the file that is left out."""

    kind: str
    """`unknown` or `clash`."""
    name: str
    key: str = ""


def scope_of(*classes: type[DOMNode]) -> Scope:
    """What is alive together on a screen and the widgets it is made of."""
    return frozenset(pair for one in classes for pair in _pairs(one))


def _pairs(one: type[DOMNode]) -> Iterator[tuple[str, str]]:
    """Ids and keys of a class; what it says of a key counts, and no longer what its bases say of it."""
    known: dict[str, set[str]] = {}
    for base in reversed(one.__mro__):
        own: dict[str, set[str]] = {}
        for item in base.__dict__.get("BINDINGS", ()):
            if isinstance(item, Binding):
                for key in _keys(item.key):
                    own.setdefault(key, set()).add(item.id or "")
        known |= own
    return ((name, key) for key, names in known.items() for name in names if name)


def usable(own: Mapping[str, str], scopes: Iterable[Scope]) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """The keymap of the lines that can be used, and what is wrong with the others."""
    places = tuple(scopes)
    known = {name for scope in places for name, _ in scope}
    problems = [Problem("unknown", name) for name in own if name not in known]
    good = {name: ",".join(_keys(keys)) for name, keys in own.items() if name in known}
    while clash := next(_clashes(good, places), None):
        problems.append(clash)
        del good[clash.name]
    return good, tuple(problems)


def _clashes(own: Mapping[str, str], scopes: Iterable[Scope]) -> Iterator[Problem]:
    """Lines whose key does something else on a screen where both are alive, and did not share it before."""
    return iter(
        [
            Problem("clash", name, key)
            for scope in scopes
            for name, keys in own.items()
            if any(known == name for known, _ in scope)
            for key in keys.split(",")
            if any(
                other != name
                and key in _now(own, other, usual)
                and (other in own or not {(name, key), (other, key)} <= scope)
                for other, usual in scope
            )
        ]
    )


def _now(own: Mapping[str, str], name: str, usual: str) -> list[str]:
    return own[name].split(",") if name in own else [usual]


def _keys(text: str) -> list[str]:
    """`?` and `question_mark` are the same key."""
    return [_character_to_key(key) if len(key) == 1 else key for key in text.split(",")]
