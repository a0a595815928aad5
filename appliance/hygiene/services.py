"""The variables that definitions of a Gateway service hand to it: ours, launchd's and systemd's.

Where OpenClaw 2026.9.6 puts its own: `~/Library/LaunchAgents/ai.openclaw.gateway*.plist`,
`~/.config/systemd/user/openclaw-gateway*.service`, with values in `<state>/service-env/` (docs
gateway/troubleshooting and cli/gateway/query.md).
"""

from __future__ import annotations

import json
import plistlib
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError

from appliance.gateway.secret import read_dotenv
from appliance.hygiene.reading import NotRead, files_in, read_bounded
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.places import Places


@dataclass(frozen=True)
class Definition:
    """One service definition, or a file of variables that one names."""

    path: Path
    variables: Mapping[str, str]


def definitions(places: Places) -> tuple[Definition, ...]:
    """All that are there, those that are running most likely first."""
    return tuple(_definitions(places))


def _definitions(places: Places) -> Iterator[Definition]:
    ours = places.home / "run" / "gateway" / "spec.json"
    if (data := _bytes(ours)) is not None:
        yield Definition(ours, _of_ours(data))
    for path in files_in(places.user_home / "Library" / "LaunchAgents"):
        if path.name.startswith("ai.openclaw.") and (data := _bytes(path)) is not None:
            yield Definition(path, _of_plist(data))
    for path in files_in(places.user_home / ".config" / "systemd" / "user"):
        if path.name.startswith("openclaw-gateway") and (data := _bytes(path)) is not None:
            yield Definition(path, _of_unit(data))
    for path in files_in(places.state_dir / "service-env"):
        yield Definition(path, read_dotenv(path))


def _of_ours(data: bytes) -> dict[str, str]:
    try:
        found = json.loads(data).get("env")
    except (ValueError, AttributeError):
        return {}
    return _texts(found)


def _of_plist(data: bytes) -> dict[str, str]:
    """XML only: a binary one is none that OpenClaw writes, and no entity is ever expanded (safety §11)."""
    if b"<!ENTITY" in data:
        return {}
    try:
        found = plistlib.loads(data, fmt=plistlib.FMT_XML)
    except (ValueError, ExpatError, plistlib.InvalidFileException):
        return {}
    return _texts(found.get("EnvironmentVariables")) if isinstance(found, dict) else {}


def _of_unit(data: bytes) -> dict[str, str]:
    """`Environment=` lines, quoted or not."""
    found: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        key, separator, rest = line.strip().partition("=")
        if not separator or key.strip() != "Environment":
            continue
        try:
            words = shlex.split(rest)
        except ValueError:
            continue
        found |= {name: value for name, _, value in (word.partition("=") for word in words) if value}
    return found


def _texts(found: object) -> dict[str, str]:
    if not isinstance(found, dict):
        return {}
    return {str(name): value for name, value in found.items() if isinstance(value, str)}


def _bytes(path: Path) -> bytes | None:
    try:
        return read_bounded(path)
    except NotRead:
        return None
