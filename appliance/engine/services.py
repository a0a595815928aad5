"""Which OpenClaw a service definition runs: launchd property lists and systemd user units, as files.

OpenClaw writes `~/Library/LaunchAgents/ai.openclaw.gateway.plist` (`ai.openclaw.<profile>.plist`) and
`~/.config/systemd/user/openclaw-gateway.service` (`openclaw-gateway-<profile>.service`), each naming a Node
and `<package>/dist/index.js` by absolute paths.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.places import Places

MAX_BYTES = 256 * 1024
"""Longest definition read (safety.md §11)."""
ENTRY_FILES = ("dist/index.js", "dist/entry.js", "openclaw.mjs")


@dataclass(frozen=True)
class ServiceDefinition:
    """What a service definition runs, and for which state folder."""

    path: Path
    node: Path
    root: Path
    """The package folder, by the path of its entry file."""


def service_definitions(places: Places) -> list[ServiceDefinition]:
    """The definitions of the Gateway of these places; of other profiles none."""
    found = []
    for path, argv in [*_launch_agents(places), *_systemd_units(places)]:
        definition = _definition(path, argv)
        if definition:
            found.append(definition)
    return found


def _profile(places: Places) -> str | None:
    """The profile whose state folder this is: empty for the default, None for a folder of no profile."""
    if places.state_dir.parent != places.user_home:
        return None
    name = places.state_dir.name
    if name == ".openclaw":
        return ""
    return name.removeprefix(".openclaw-") if name.startswith(".openclaw-") else None


def _launch_agents(places: Places) -> Iterator[tuple[Path, list[str]]]:
    profile = _profile(places)
    if profile is None:
        return
    label = f"ai.openclaw.{profile or 'gateway'}"
    path = places.user_home / "Library" / "LaunchAgents" / f"{label}.plist"
    content = _read(path)
    if content is None:
        return
    import plistlib
    from xml.parsers.expat import ExpatError

    try:
        document = plistlib.loads(content, fmt=plistlib.FMT_XML)
    except (ValueError, ExpatError, plistlib.InvalidFileException, LookupError, AttributeError, TypeError):
        return
    argv = document.get("ProgramArguments") if isinstance(document, dict) else None
    if isinstance(argv, list):
        yield path, [part for part in argv if isinstance(part, str)]


def _systemd_units(places: Places) -> Iterator[tuple[Path, list[str]]]:
    profile = _profile(places)
    if profile is None:
        return
    name = f"openclaw-gateway-{profile}.service" if profile else "openclaw-gateway.service"
    path = places.user_home / ".config" / "systemd" / "user" / name
    content = _read(path)
    if content is None:
        return
    import shlex

    text = content.decode("utf-8", "replace").replace("\\\n", " ")
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key.strip() != "ExecStart":
            continue
        try:
            yield path, shlex.split(value.strip().lstrip("@-:+!"))
        except ValueError:
            return


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError:
        return None
    return content if len(content) <= MAX_BYTES else None


def _definition(path: Path, argv: list[str]) -> ServiceDefinition | None:
    """Node flags may stand between Node and the entry file; a shell and an env wrapper before them."""
    for position, argument in enumerate(argv):
        for entry in ENTRY_FILES:
            if not argument.startswith("/") or not argument.endswith(f"/{entry}"):
                continue
            before = [part for part in argv[:position] if part.startswith("/")]
            if before:
                return ServiceDefinition(path, Path(before[-1]), Path(argument.removesuffix(f"/{entry}")))
    return None
