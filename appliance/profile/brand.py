"""Whose name this program wears: a reseller's own, from `brand.toml`, or ours."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from appliance.errors import Invalid
from appliance.parsing import small_file, toml_table
from appliance.places import readable
from appliance.text import safe_line
from appliance.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LONGEST = {"name": 24, "glyph": 2, "support": 60}
"""Characters there is room for, by field."""


@dataclass(frozen=True)
class Brand:
    """Name, sign, colours and the way to help."""

    name: str = "Luna"
    glyph: str = "☾"
    accent_dark: str = ""
    """`#rrggbb` on the dark theme; empty for the usual one."""
    accent_light: str = ""
    """The same on the light theme."""
    support: str = ""
    """Whom to ask for help, in one line; empty when there is nobody to name."""


def brand_path(places: Places) -> Path:
    """Where a reseller puts it."""
    return places.home / "brand.toml"


def read_brand(places: Places) -> Brand:
    """The brand of this box; our own where there is no file.

    Raises:
        Invalid: `brand-damaged`, with what is wrong and what would be right.
        LunaError: the file cannot be read.
    """
    path = brand_path(places)
    try:
        with readable(path):
            return _checked(toml_table(small_file(path)))
    except FileNotFoundError:
        return Brand()
    except ValueError as error:
        raise Invalid(
            f"The brand in {path} cannot be used: {error}.",
            hint="Mend the file; until then the program wears its own name.",
            code="brand-damaged",
        ) from error


def _checked(document: dict[str, Any]) -> Brand:
    known = [item.name for item in fields(Brand)]
    for name, value in document.items():
        if name not in known:
            raise ValueError(f"“{name}” is no part of a brand; the parts are {', '.join(known)}")
        if not isinstance(value, str):
            raise ValueError(f"{name} is not a text")
        if safe_line(value) != value or value != value.strip():
            raise ValueError(f"{name} holds characters that cannot be shown")
        if len(value) > _LONGEST.get(name, len(value)):
            raise ValueError(f"{name} is longer than {_LONGEST[name]} characters")
        if name.startswith("accent") and value and not _COLOUR.fullmatch(value):
            raise ValueError(f"{name} is not a colour such as #b7a8ff")
        if name in ("name", "glyph") and not value:
            raise ValueError(f"{name} is empty")
    return Brand(**document)
