"""Finding the OpenClaw on this machine: what a service runs, ours, what PATH names, the usual places.

Cheap on purpose: package.json files are read, at most one Node is asked for its version, nothing is searched.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.engine.manifest import read_manifest
from appliance.engine.models import Engine
from appliance.engine.node import NodeVersions
from appliance.engine.release import node_suits
from appliance.engine.services import service_definitions
from appliance.errors import Invalid
from appliance.parsing import json_value, small_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from appliance.engine.models import Origin
    from appliance.places import Places

SYSTEM_PREFIXES = (Path("/opt/homebrew"), Path("/usr/local"), Path("/usr"))
"""Global npm prefixes of a machine: Homebrew on Apple silicon, Homebrew on Intel and nodejs.org, Linux."""
HOME_PREFIXES = (".npm-global", ".local", ".openclaw", ".volta/tools/image/packages/openclaw")
"""Prefixes below a home: npm's usual user prefix, OpenClaw's own installer, volta."""
HOME_PATTERNS = (
    ".nvm/versions/node/*",
    ".local/share/fnm/node-versions/*/installation",
    "Library/Application Support/fnm/node-versions/*/installation",
    ".asdf/installs/nodejs/*",
    ".local/share/mise/installs/node/*",
)
"""Prefixes of version managers, one for each Node."""
HOME_FOLDERS = (
    ".local/share/pnpm/global/5/node_modules",
    "Library/pnpm/global/5/node_modules",
    ".bun/install/global/node_modules",
)
"""Global `node_modules` without a Node beside them."""
SHIM_BYTES = 8 * 1024


def find_engine(
    places: Places, env: Mapping[str, str], *, prefixes: Iterable[Path] = SYSTEM_PREFIXES
) -> Engine | None:
    """The engine to use; None when nothing usable is installed. See `choose` for the order."""
    return choose(find_all(places, env, prefixes=prefixes))[0]


def find_all(
    places: Places, env: Mapping[str, str], *, prefixes: Iterable[Path] = SYSTEM_PREFIXES
) -> tuple[Engine, ...]:
    """Every OpenClaw found, in the order service, ours, PATH, usual places; each package folder once."""
    finder = _Finder(places, env, tuple(prefixes))
    unique: dict[Path, Engine] = {}
    for engine in finder.engines():
        unique.setdefault(engine.root.resolve(), engine)
    return tuple(unique.values())


def find_ours(places: Places) -> Engine | None:
    """The engine in our own folder, whatever else is installed; starts no process.

    Raises:
        Invalid: `engine-manifest`, when our folder describes itself in a way we cannot read.
    """
    manifest = read_manifest(places.engine_dir)
    if manifest is None:
        return None
    root = manifest.package_root(places.engine_dir)
    node = manifest.node_program(places.engine_dir)
    package = _package(root)
    if package is None or not os.access(node, os.X_OK):
        return None
    return _engine(package, root, node, manifest.node, "ours")


def choose(found: Iterable[Engine]) -> tuple[Engine | None, str]:
    """Which of them is used, and why.

    What the service runs, whatever it is: one state folder must not meet two releases. Else an OpenClaw
    somebody else put here, when we support it fully and its Node suits. Else ours.
    """
    engines = tuple(found)
    for engine in engines:
        if engine.origin == "service":
            return engine, "The Gateway's service runs this one."
    for engine in engines:
        if engine.origin in ("path", "known") and engine.usable:
            where = "the one the shell finds" if engine.origin == "path" else "already installed here"
            return engine, f"It is {where}, and this release is supported."
    for engine in engines:
        if engine.origin == "ours":
            return engine, "It was installed by lunatui."
    if engines:
        return None, "An OpenClaw is installed, but its release or its Node does not fit."
    return None, "No OpenClaw is installed."


class _Finder:
    """Walks the places where an OpenClaw may be, cheapest and most telling first."""

    def __init__(self, places: Places, env: Mapping[str, str], prefixes: tuple[Path, ...]) -> None:
        self._places = places
        self._env = env
        self._prefixes = prefixes
        self._versions = NodeVersions(places.cache_dir / "node-versions.json")

    def engines(self) -> Iterator[Engine]:
        for definition in service_definitions(self._places):
            yield from self._at(definition.root, definition.node, "service")
        yield from self._ours()
        yield from self._on_path()
        for prefix in self._known_prefixes():
            yield from self._at(
                prefix / "lib" / "node_modules" / "openclaw", prefix / "bin" / "node", "known"
            )
        for folder in HOME_FOLDERS:
            yield from self._at(self._places.user_home / folder / "openclaw", None, "known")

    def _ours(self) -> Iterator[Engine]:
        try:
            ours = find_ours(self._places)
        except Invalid:  # said by engine_status; other engines can still be used
            return
        if ours:
            yield ours

    def _on_path(self) -> Iterator[Engine]:
        for folder in self._path_folders():
            command = folder / "openclaw"
            if not os.access(command, os.X_OK) or command.is_dir():
                continue
            root = _package_behind(command)
            if root:
                yield from self._at(root, folder / "node", "path")
            return  # a shell would run this one and no other

    def _known_prefixes(self) -> Iterator[Path]:
        home = self._places.user_home
        if prefix := self._env.get("npm_config_prefix", ""):
            yield Path(prefix)
        for name in HOME_PREFIXES:
            yield home / name
        for pattern in HOME_PATTERNS:
            yield from sorted(home.glob(pattern), reverse=True)
        yield from self._prefixes

    def _at(self, root: Path, node: Path | None, origin: Origin) -> Iterator[Engine]:
        package = _package(root)
        if package is None:
            return
        for candidate in self._nodes(node, origin):
            engine = _engine(package, root, candidate, self._versions.of(candidate), origin)
            if engine.node_suits or origin == "service":
                yield engine
                return
        chosen = node if node and node.exists() else self._node_on_path()
        version = self._versions.of(chosen) if chosen else ""
        yield _engine(package, root, chosen or Path("node"), version, origin)

    def _nodes(self, node: Path | None, origin: Origin) -> Iterator[Path]:
        """Which Node would run it: the service's, the one beside it, PATH's, OpenClaw's private one."""
        if node:
            yield node
        if origin == "service":
            return
        on_path = self._node_on_path()
        if on_path:
            yield on_path
        yield self._places.user_home / ".openclaw" / "tools" / "cli-node" / "bin" / "node"
        yield self._places.user_home / ".openclaw" / "tools" / "node" / "bin" / "node"

    def _node_on_path(self) -> Path | None:
        candidates = (folder / "node" for folder in self._path_folders())
        return next((path for path in candidates if os.access(path, os.X_OK) and path.is_file()), None)

    def _path_folders(self) -> list[Path]:
        parts = self._env.get("PATH", "").split(os.pathsep)
        return [Path(part) for part in parts if part.startswith("/")]


def _engine(package: dict[str, Any], root: Path, node: Path, node_version: str, origin: Origin) -> Engine:
    engines = package.get("engines")
    wanted = engines.get("node", "") if isinstance(engines, dict) else ""
    suits = node_suits(node_version, str(wanted))
    return Engine(str(package["version"]), root, node, node_version, suits, origin)


def _package(root: Path) -> dict[str, Any] | None:
    """The package.json of an OpenClaw that has its entry file; None for anything else."""
    try:
        document = json_value(small_file(root / "package.json"))
    except (OSError, ValueError):
        return None
    ours = isinstance(document, dict) and document.get("name") == "openclaw"
    if not ours or not isinstance(document.get("version"), str) or not (root / "openclaw.mjs").is_file():
        return None
    return dict(document)


def _package_behind(command: Path) -> Path | None:
    """The package folder behind an `openclaw` command: npm links to it, pnpm and others write a script."""
    try:
        real = command.resolve(strict=True)
        with real.open("rb") as file:
            head = file.read(SHIM_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
    for folder in (real.parent, real.parent.parent):
        if _package(folder):
            return folder
    for found in re.findall(
        r"""["'\s]([^"'\s]*/openclaw)/(?:openclaw\.mjs|dist/(?:index|entry)\.js)""", head
    ):
        folder = Path(re.sub(r"^\$\{?basedir\}?", str(command.parent), found))
        if folder.is_absolute() and _package(folder):
            return Path(os.path.normpath(folder))
    return None
