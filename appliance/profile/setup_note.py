"""What the setup leaves for later, and who did it. Our own file, written when the box is set up."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from appliance.errors import Invalid
from appliance.parsing import small_file, toml_table
from appliance.places import readable, write_private
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from appliance.places import Places
    from appliance.profile.draft import Draft

PUT_OFF = ("lines", "what", "hours")
"""What the setup may leave open: customer lines, what the business does, its hours."""


@dataclass(frozen=True)
class SetupNote:
    """What is remembered of a setup."""

    who: str = "owner"
    """Who sat at the screen, one of `draft.PEOPLE`."""
    skipped: tuple[str, ...] = ()
    """Of `PUT_OFF`, what somebody wants to be reminded of."""


def note_path(places: Places) -> Path:
    """Where it stands."""
    return places.home / "profiles" / "setup.toml"


def read_note(places: Places) -> SetupNote:
    """The note; an empty one when the box was not set up by the wizard.

    Raises:
        Invalid: `setup-note-damaged`.
        LunaError: it cannot be read.
    """
    path = note_path(places)
    try:
        with readable(path):
            document = toml_table(small_file(path))
        return _checked(document)
    except FileNotFoundError:
        return SetupNote()
    except (ValueError, TypeError) as error:
        raise Invalid(
            f"What was put off at the setup cannot be read any more ({path}: {error}).",
            hint="Nothing else depends on it; the next setup replaces the file.",
            code="setup-note-damaged",
        ) from error


def write_note(places: Places, note: SetupNote) -> None:
    """Replace the file in one step.

    Raises:
        LunaError: it could not be written.
    """
    import tomlkit

    write_private(note_path(places), tomlkit.dumps(asdict(note)).encode())


def note_of(draft: Draft) -> SetupNote:
    """What is to be remembered of a draft: what was skipped, and what the short way did not ask."""
    skipped = {*draft.skipped, *(("lines",) if draft.short else ())}
    skipped |= {name for name in ("what", "hours") if not getattr(draft, name)}
    return SetupNote(draft.who, tuple(name for name in PUT_OFF if name in skipped))


def still_open(note: SetupNote, business: Mapping[str, str], channels: tuple[str, ...]) -> tuple[str, ...]:
    """What was put off and has not been done since."""
    done = {"lines"} if channels else set()
    done |= {name for name in ("what", "hours") if business.get(name)}
    return tuple(name for name in note.skipped if name not in done)


def without(note: SetupNote, name: str) -> SetupNote:
    """The note once nobody wants to be reminded of `name`."""
    return replace(note, skipped=tuple(each for each in note.skipped if each != name))


def with_again(note: SetupNote, name: str) -> SetupNote:
    """The note once somebody wants to be reminded of `name` again."""
    return replace(note, skipped=tuple(each for each in PUT_OFF if each in {*note.skipped, name}))


def _checked(document: dict[str, Any]) -> SetupNote:
    who, skipped = document.get("who", "owner"), document.get("skipped", [])
    if not isinstance(who, str) or not isinstance(skipped, list) or set(skipped) - set(PUT_OFF):
        raise ValueError("its content is not understood")
    return SetupNote(who, tuple(skipped))
