"""An operation with its parameters, as somebody would type it."""

from __future__ import annotations

import shlex
from dataclasses import MISSING, fields
from enum import Enum
from typing import TYPE_CHECKING, Any

from appliance.ops.registry import AREAS
from appliance.secret import Secret

if TYPE_CHECKING:
    from dataclasses import Field

    from appliance.ops.core import Operation


def command_line(operation: Operation[Any, Any], params: Any) -> str:
    """`lunatui agents show luna`; what is left at its default is left out, a secret is read from stdin."""
    words = ["lunatui", operation.area]
    if not AREAS[operation.area].plain:
        words.append(operation.verb)
    behind: list[str] = []
    for item in fields(operation.params):
        value = getattr(params, item.name)
        if item.default is not MISSING and not isinstance(value, Secret) and value == item.default:
            continue
        if item.metadata.get("positional"):
            behind += _texts(value)
        else:
            words += _option(item, value)
    if any(text.startswith("-") for text in behind):
        behind.insert(0, "--")
    return shlex.join([*words, *behind])


def _option(item: Field[Any], value: Any) -> list[str]:
    flag = item.metadata.get("flag") or item.name.replace("_", "-")
    if isinstance(value, Secret):
        return [f"--{flag}-stdin"]
    if isinstance(value, bool):
        return [f"--{flag}" if value else f"--no-{flag}"]
    return [word for text in _texts(value) for word in (f"--{flag}", text)]


def _texts(value: Any) -> list[str]:
    if isinstance(value, tuple):
        return [text for item in value for text in _texts(item)]
    return [str(value.value if isinstance(value, Enum) else value)]
