"""The business profile of this box: what new staff are told about the shop. Our own file, no secret in it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from appliance.agents.business import BusinessProfile
from appliance.errors import Invalid
from appliance.parsing import small_file, toml_table
from appliance.places import readable, write_private

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places


def business_path(places: Places) -> Path:
    """Where it stands."""
    return places.home / "profiles" / "business.toml"


def read_business(places: Places) -> BusinessProfile | None:
    """What is known of the business; None when nobody said anything yet.

    Raises:
        Invalid: the file is damaged.
        LunaError: it cannot be read.
    """
    path = business_path(places)
    try:
        with readable(path):
            return BusinessProfile(**toml_table(small_file(path)))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise Invalid(
            f"{path} is damaged ({error}).",
            hint="Apply the profile again, or remove the file.",
            code="business-damaged",
        ) from error


def write_business(places: Places, business: BusinessProfile) -> None:
    """Replace the file in one step.

    Raises:
        LunaError: it could not be written.
    """
    import tomlkit

    write_private(business_path(places), tomlkit.dumps(asdict(business.cleaned())).encode())
