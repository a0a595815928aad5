"""Answers read by their own annotations, for paths on which pydantic weighs too much.

It takes 8 MiB and 80 ms to load, which an open conversation would carry for as long as it is open. Names are
those of the wire in camel case, unknown fields are ignored and absent ones stand at their defaults, as with
`results.Result`. Values are read strictly, without its conversions: null only where the field says so, no
text for a number, and no number that the engine, which is JavaScript, cannot count to.
"""

from __future__ import annotations

import dataclasses
import sys
from functools import cache
from types import NoneType, UnionType
from typing import Any, Self, TypeGuard, get_args, get_origin, get_type_hints

WHOLE_LIMIT = 2**53
"""Whole numbers of JavaScript stay below; a larger one would not divide into a float, or name no date."""


class WrongForm(Exception):
    """An answer has another shape; `where` names the field as the wire does."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class Told:
    """Base of such answers; sub-classes are frozen data classes.

    A field's metadata may name it on the wire (`wire`) and read it by a function of its own (`read`).
    """

    @classmethod
    def from_wire(cls, payload: Any, where: str = "") -> Self:
        """Read one.

        Raises:
            WrongForm: it has another shape.
        """
        if not isinstance(payload, dict):
            raise WrongForm(where)
        given: dict[str, Any] = {}
        own: Any = cls
        for name, wire, kind, read, needed in _fields(own):
            place = f"{where}.{wire}" if where else wire
            if wire in payload:
                given[name] = read(payload[wire]) if read else _read(kind, payload[wire], place)
            elif needed:
                raise WrongForm(place)
        return cls(**given)


@cache
def _fields(cls: Any) -> tuple[tuple[str, str, Any, Any, bool], ...]:
    """Name, name on the wire, type, own reader and whether it must be there, of each field."""
    kinds = get_type_hints(cls, vars(sys.modules[cls.__module__]))
    return tuple(
        (
            item.name,
            item.metadata.get("wire") or _camel(item.name),
            kinds[item.name],
            item.metadata.get("read"),
            item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING,
        )
        for item in dataclasses.fields(cls)
    )


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _read(kind: Any, value: Any, where: str) -> Any:
    if get_origin(kind) is UnionType:
        if value is None:
            return None
        kind = next(each for each in get_args(kind) if each is not NoneType)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise WrongForm(where)
        item = get_args(kind)[0]
        return tuple(_read(item, each, f"{where}.{at}") for at, each in enumerate(value))
    if issubclass(kind, Told):
        return kind.from_wire(value, where)
    if kind is int:
        return _whole(value, where)
    if not isinstance(value, kind):
        raise WrongForm(where)
    return value


def _whole(value: Any, where: str) -> int:
    """A whole number, also one written with a point, as `1e3`."""
    if not is_whole(value):
        raise WrongForm(where)
    return int(value)


def is_whole(value: Any) -> TypeGuard[int | float]:
    """Whether this is a whole number that the engine can have meant."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and -WHOLE_LIMIT < value < WHOLE_LIMIT and value == int(value)
