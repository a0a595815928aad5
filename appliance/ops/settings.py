"""`settings`: what lunatui itself remembers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.ops import settings_look
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Risk, Undo, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance


@dataclass(frozen=True)
class AboutBusiness:
    """What is otherwise with the business; what is left out stays as it is, and empty takes it away."""

    name: str | None = param("What it is called.", default=None)
    what: str | None = param("What it does or sells, in a sentence.", default=None)
    hours: str | None = param("Opening hours as people say them.", default=None)
    tone: str | None = param("How to sound, such as “warm, informal”.", default=None)
    language: str | None = param("The language to write in.", default=None)
    owner: str | None = param("What the owner is called.", default=None)
    timezone: str | None = param("IANA name, such as Europe/London.", default=None)


@dataclass(frozen=True)
class Business:
    """What new staff are told about the business; every field may be empty."""

    name: str = ""
    what: str = ""
    hours: str = ""
    tone: str = ""
    language: str = ""
    owner: str = ""
    timezone: str = ""


async def business(box: Appliance, params: AboutBusiness, _call: Call) -> Prepared[Business]:
    """Check the sentences and compare them with what is remembered."""
    from appliance.agents.business import BusinessProfile
    from appliance.profile.business import read_business, write_business

    known = read_business(box.places) or BusinessProfile()
    given = {name: value for name, value in params.__dict__.items() if value is not None}
    wanted = replace(known, **given).cleaned()
    changes = tuple(
        Change(f"business.{name}", f"{getattr(known, name) or '–'} → {value or '–'}")
        for name, value in wanted.__dict__.items()
        if getattr(known, name) != value
    )

    async def commit() -> Done[Business]:
        if changes:
            write_business(box.places, wanted)
        return Done(Business(**wanted.__dict__), Undo("settings.business", dict(known.__dict__)))

    return Prepared(changes, commit)


async def show(box: Appliance, _params: Nothing, _call: Call) -> Business:
    """What is remembered of the business."""
    from appliance.profile.business import read_business

    known = read_business(box.places)
    return Business(**known.__dict__) if known else Business()


BUSINESS = Operation(
    "settings.business",
    "Say what new staff are told about the business",
    Risk.CHANGE,
    AboutBusiness,
    Business,
    prepare=business,
    local=True,
)
SHOW = Operation(
    "settings.show", "What is remembered of the business", Risk.READ, Nothing, Business, run=show, local=True
)

OPERATIONS = (SHOW, BUSINESS, *settings_look.OPERATIONS)
