"""Our own list of people who are never let in: OpenClaw has none, so a request of theirs is dismissed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Invalid
from appliance.parsing import small_file, toml_table
from appliance.places import readable, write_private

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from appliance.places import Places

Person = tuple[str, str]
"""Channel and the channel's id."""


def blocked_path(places: Places) -> Path:
    """Where the list stands."""
    return places.home / "profiles" / "blocked.toml"


def read_blocked(places: Places) -> tuple[Person, ...]:
    """The list, in the order in which they were blocked.

    Raises:
        Invalid: `blocked-damaged`.
        LunaError: it cannot be read.
    """
    path = blocked_path(places)
    try:
        with readable(path):
            rows = toml_table(small_file(path))["people"]
            return tuple((row["channel"], row["id"]) for row in rows if _is_person(row))
    except FileNotFoundError:
        return ()
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid(
            f"{path} is damaged ({error}).",
            hint="Remove the file, and block whom it held again.",
            code="blocked-damaged",
        ) from error


def write_blocked(places: Places, people: Iterable[Person]) -> None:
    """Replace the list in one step.

    Raises:
        LunaError: it could not be written.
    """
    import tomlkit

    rows = [{"channel": channel, "id": person} for channel, person in people]
    write_private(blocked_path(places), tomlkit.dumps({"people": rows}).encode())


def _is_person(row: object) -> bool:
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in ("channel", "id")):
        raise ValueError("a person without a channel or an id")
    return True
