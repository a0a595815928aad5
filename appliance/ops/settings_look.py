"""`settings look`, `choices`, `brand` and `keys`: how the screens look and behave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.errors import Invalid
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Risk, Undo, param
from appliance.profile.brand import Brand
from appliance.profile.choices import Choices, Language, Switch, Theme
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance


@dataclass(frozen=True)
class Look:
    """What shall be otherwise; what is left out stays as it is."""

    theme: Theme | None = param("The colours.", default=None)
    language: Language | None = param(
        "The language of the screens; auto is that of the business.", default=None
    )
    mouse: Switch | None = param("Whether the screens listen to the mouse.", default=None)
    advanced: Switch | None = param("Whether the screens show what supporters need.", default=None)


@dataclass(frozen=True)
class OwnKey:
    """One action with the keys somebody chose for it."""

    action: str
    """Name of the action, such as `agents.create`."""
    keys: tuple[str, ...]


@dataclass(frozen=True)
class OwnKeys:
    """All of them, in the order of the file."""

    keys: tuple[OwnKey, ...]


async def look(box: Appliance, params: Look, call: Call) -> Prepared[Choices]:
    """Compare with what this user chose before."""
    from appliance.profile.choices import write_choices

    known = _known(box, call)
    given = {name: value for name, value in params.__dict__.items() if value is not None}
    wanted = replace(known, **given)
    changes = tuple(
        Change(f"look.{name}", f"{getattr(known, name)} → {value}")
        for name, value in given.items()
        if getattr(known, name) != value
    )

    async def commit() -> Done[Choices]:
        if changes:
            write_choices(box.places, call.actor, wanted)
        return Done(wanted, Undo("settings.look", {name: getattr(known, name) for name in given}))

    return Prepared(changes, commit)


async def choices(box: Appliance, _params: Nothing, call: Call) -> Choices:
    """What this user chose.

    Raises:
        Invalid: the file is damaged.
    """
    from appliance.profile.choices import read_choices

    return read_choices(box.places, call.actor)


async def brand(box: Appliance, _params: Nothing, _call: Call) -> Brand:
    """The brand of this box.

    Raises:
        Invalid: the file is damaged.
    """
    from appliance.profile.brand import read_brand

    return read_brand(box.places)


async def keys(box: Appliance, _params: Nothing, _call: Call) -> OwnKeys:
    """The keys that were chosen for this box.

    Raises:
        Invalid: the file is damaged.
    """
    from appliance.profile.keymap import read_keys

    return OwnKeys(
        tuple(OwnKey(name, tuple(text.split(","))) for name, text in read_keys(box.places).items())
    )


def _known(box: Appliance, call: Call) -> Choices:
    """What was chosen before; a damaged file counts as nothing, the next choice replaces it."""
    from appliance.profile.choices import read_choices

    try:
        return read_choices(box.places, call.actor)
    except Invalid:
        return Choices()


LOOK = Operation(
    "settings.look",
    "Choose how the screens look and behave for you",
    Risk.CHANGE,
    Look,
    Choices,
    prepare=look,
    local=True,
)
CHOICES = Operation(
    "settings.choices", "How the screens look and behave for you", Risk.READ, Nothing, Choices, run=choices,
    local=True,
)  # fmt: skip
BRAND = Operation(
    "settings.brand", "Whose name this program wears", Risk.READ, Nothing, Brand, run=brand, local=True
)
KEYS = Operation(
    "settings.keys",
    "The keys that were chosen for this box",
    Risk.READ,
    Nothing,
    OwnKeys,
    run=keys,
    local=True,
)

OPERATIONS = (LOOK, CHOICES, BRAND, KEYS)
