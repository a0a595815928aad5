"""The keys that somebody wants otherwise, from `keys.toml`: names of actions, and the keys for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from appliance.errors import Invalid
from appliance.parsing import small_file, toml_table
from appliance.places import readable

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places

_KEYS = re.compile(r"[a-zA-Z0-9_+]+(,[a-zA-Z0-9_+]+)*")


def keys_path(places: Places) -> Path:
    """Where it stands."""
    return places.home / "keys.toml"


def read_keys(places: Places) -> dict[str, str]:
    """Keys by the name of the action, such as `{"agents.create": "a,ctrl+n"}`; empty without a file.

    Raises:
        Invalid: `keys-damaged`.
        LunaError: the file cannot be read.
    """
    path = keys_path(places)
    try:
        with readable(path):
            return dict(_pairs(toml_table(small_file(path)), ""))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Invalid(
            f"The keys in {path} cannot be used: {error}.",
            hint='A line of the file looks like this: "agents.create" = "a"',
            code="keys-damaged",
        ) from error


def _pairs(table: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    """`[agents] create = "a"` is the same as `"agents.create" = "a"`."""
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found += _pairs(value, f"{name}.")
        elif not isinstance(value, str) or not _KEYS.fullmatch(value):
            raise ValueError(f"what stands behind {name} is no key")
        else:
            found.append((name, value))
    return found
