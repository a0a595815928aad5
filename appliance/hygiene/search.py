"""The search itself: every file that may hold a key in clear, within a time and a number of files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.hygiene.models import Located, Search
from appliance.hygiene.reading import NotRead, read_bounded
from appliance.hygiene.spots import spots
from appliance.hygiene.targets import targets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from appliance.hygiene.models import Spot, Target
    from appliance.places import Places
    from appliance.store.config import ConfigStore

MAX_FILES = 5_000
MAX_SECONDS = 20.0
"""After that it ends with what it has and says so."""
_LOGS = ("engine-log", "our-log")
GATEWAY_KEYS = {
    ("gateway", "auth", "token"),
    ("gateway", "auth", "password"),
    ("gateway", "remote", "token"),
    ("gateway", "remote", "password"),
}
"""Settings every client of the Gateway reads by itself; none but OpenClaw could follow them into a store."""
_SETTINGS = ("config", "include", "engine-copy", "our-copy")


def search(places: Places, env: Mapping[str, str], config: ConfigStore) -> Search:
    """Look into every file; what cannot be read is named and left out."""
    located: list[Located] = []
    left_out: list[str] = []
    files, deadline = 0, time.monotonic() + MAX_SECONDS
    for target in targets(places, env, _includes(config, left_out)):
        if files >= MAX_FILES or time.monotonic() > deadline:
            left_out.append(f"{target.path} and what comes after it: there are too many files")
            break
        try:
            data = read_bounded(target.path, tail=target.place in _LOGS)
        except NotRead as error:
            left_out.append(error.message)
            continue
        if data is not None:
            files += 1
            located += [Located(target, spot) for spot in spots(data, target.form)]
    return Search(tuple(located), files, tuple(left_out))


def is_expected(target: Target, spot: Spot) -> bool:
    """The Gateway's own key stands in clear in openclaw.json because every client reads it from there."""
    return target.place in _SETTINGS and spot.setting in GATEWAY_KEYS


def _includes(config: ConfigStore, left_out: list[str]) -> list[Path]:
    from appliance.store.includes import Includes, uses_includes

    try:
        now = config.read()
    except LunaError:
        return []
    if not uses_includes(now.value):
        return []
    includes = Includes(now.real_path.parent, config.disk)
    try:
        includes.resolve(now.value)
    except LunaError as error:
        left_out.append(error.message)
    return list(dict.fromkeys(includes.files))
