"""How each user of this box likes lunatui to look and behave. Our own files, one a user."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Literal, get_args, get_type_hints
from urllib.parse import quote

from appliance.errors import Invalid
from appliance.parsing import small_file, toml_table
from appliance.places import readable, write_private
from appliance.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places

Theme = Literal["auto", "night", "day", "clear", "ansi", "mono"]
Language = Literal["auto", "en", "de"]
Switch = Literal["on", "off"]


@dataclass(frozen=True)
class Choices:
    """What one user chose; the defaults are what nobody has to choose."""

    theme: Theme = "auto"
    """`auto`: as the terminal suggests."""
    language: Language = "auto"
    """`auto`: the language of the business."""
    mouse: Switch = "on"
    """`off`: the terminal itself selects text."""
    advanced: Switch = "off"
    """`on`: the places and the words that supporters need."""


def choices_path(places: Places, actor: str) -> Path:
    """Where the choices of `actor` stand."""
    return places.home / "choices" / f"{quote(actor, safe='')}.toml"


def read_choices(places: Places, actor: str) -> Choices:
    """What `actor` chose; the defaults where nothing was chosen.

    Raises:
        Invalid: `choices-damaged`.
        LunaError: the file cannot be read.
    """
    path = choices_path(places, actor)
    try:
        with readable(path):
            return _checked(toml_table(small_file(path)))
    except FileNotFoundError:
        return Choices()
    except ValueError as error:
        raise Invalid(
            f"What was chosen for the screens cannot be read any more ({path}: {error}).",
            hint="Choose again; the first choice replaces the file.",
            code="choices-damaged",
        ) from error


def write_choices(places: Places, actor: str, choices: Choices) -> None:
    """Replace the file in one step (0600).

    Raises:
        LunaError: it could not be written.
    """
    import tomlkit

    write_private(choices_path(places, actor), tomlkit.dumps(asdict(choices)).encode())


def _checked(document: dict[str, Any]) -> Choices:
    hints = get_type_hints(Choices)
    known = {item.name: get_args(hints[item.name]) for item in fields(Choices)}
    for name, value in document.items():
        if value not in known.get(name, ()):
            raise ValueError(f"{name} = {value!r} is not understood")
    return Choices(**document)
