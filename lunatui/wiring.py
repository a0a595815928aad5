"""From the environment and the global flags to one Appliance."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.api import Appliance
from appliance.places import Places

if TYPE_CHECKING:
    from collections.abc import Mapping


def make_appliance(env: Mapping[str, str], *, state_dir: str = "", read_only: bool = False) -> Appliance:
    """The appliance on this machine."""
    return Appliance(Places.from_environment(env, state_dir=state_dir), env, read_only=read_only)


def actor(env: Mapping[str, str]) -> str:
    """Who is at the keyboard: `human:<user>`, or what `LUNATUI_ACTOR` says for agents and provisioners."""
    if given := env.get("LUNATUI_ACTOR", ""):
        return given
    import pwd

    try:
        return f"human:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"human:{os.getuid()}"
