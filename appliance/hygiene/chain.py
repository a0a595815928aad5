"""The chain of keys: every place the Gateway's own key can come from, and which one it takes.

Order of OpenClaw 2026.9.6, measured: the setting, then the environment of the Gateway's process, then the
`.env` of its state folder; behind them (docs help/environment.md) `gateway.env` and the settings' own `env`.
A variable in the setting is filled in the same order.
"""

from __future__ import annotations

import os
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from appliance.gateway.secret import read_dotenv, resolve
from appliance.hygiene.services import Definition, definitions
from appliance.secret import Secret
from appliance.store.edits import MISSING, lookup
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.places import Places

LinkPlace = Literal[
    "setting",
    "process",
    "service",
    "variables",
    "old-variables",
    "setting-variable",
    "remote",
    "shell",
]
LinkState = Literal["wins", "same", "differs", "unused", "unreadable", "missing"]


@dataclass(frozen=True)
class Link:
    """One place where the key stands, or could."""

    place: LinkPlace
    where: str
    """A path into the settings, or the file, and the name of the variable."""
    value: Secret = field(repr=False)
    """Empty when there is none, or none can be read."""
    file: Path | None = None
    """The file it stands in, when that is one with variables."""
    name: str = ""
    """The variable."""
    changed: float | None = None
    """When its file was last written, seconds since 1970."""
    state: LinkState = "missing"
    detail: str = ""
    """Why it cannot be read, or what else is to be known of it."""


@dataclass(frozen=True)
class Chain:
    """All links, in the order in which the Gateway looks."""

    links: tuple[Link, ...]
    kind: str
    """`token` or `password`."""
    winner: Secret = field(repr=False)
    """What the Gateway takes; empty when it has none."""
    problem: str = ""
    """Why there is none, in words."""

    @property
    def first_mismatch(self) -> Link | None:
        """The first place that says something else than the one that wins."""
        return next((link for link in self.links if link.state in ("differs", "unreadable")), None)


def chain(
    config: Mapping[str, Any],
    places: Places,
    env: Mapping[str, str],
    process_env: Mapping[str, str] | None,
) -> Chain:
    """Every link, compared with the one that wins.

    Args:
        config: the value of openclaw.json.
        env: of this process.
        process_env: of the running Gateway; None when none runs or it cannot be looked into.
    """
    services = definitions(places)
    surroundings = process_env if process_env is not None else _of_services(services)
    old = _old_variables(places)
    seen = {**read_dotenv(old), **read_dotenv(places.state_dir / ".env"), **surroundings}
    found = resolve(config, seen, places.state_dir)
    name = f"OPENCLAW_GATEWAY_{found.kind.upper()}"
    links = _links(config, places, env, process_env, services, found.kind, name)
    source = _source(found.source, config, links) if found.value else None
    judged = tuple(_judged(link, found.value, is_source=link is source) for link in links)
    return Chain(judged, found.kind, Secret(found.value), found.problem)


def _links(
    config: Mapping[str, Any],
    places: Places,
    env: Mapping[str, str],
    process_env: Mapping[str, str] | None,
    services: tuple[Definition, ...],
    kind: str,
    name: str,
) -> list[Link]:
    path = places.config_path
    links = [_setting("setting", config, ("gateway", "auth", kind), path, places, process_env, env)]
    if process_env is not None:
        links.append(Link("process", name, Secret(process_env.get(name, "")), name=name))
    for service in services:
        value = service.variables.get(name, "")
        links.append(_variable("service", service.path, name, value))
    files: dict[LinkPlace, Path] = {
        "variables": places.state_dir / ".env",
        "old-variables": _old_variables(places),
    }
    links += [_variable(place, file, name, read_dotenv(file).get(name, "")) for place, file in files.items()]
    own = lookup(config, ("env", "vars", name))
    where = f"env.vars.{name}"
    links.append(Link("setting-variable", where, Secret(own if isinstance(own, str) else ""), name=name))
    links.append(_setting("remote", config, ("gateway", "remote", kind), path, places, process_env, env))
    links.append(Link("shell", name, Secret(env.get(name, "")), name=name))
    return [link for link in links if link.value or link.place == "setting" or link.detail]


def _setting(
    place: LinkPlace,
    config: Mapping[str, Any],
    path: tuple[str, ...],
    file: Path,
    places: Places,
    process_env: Mapping[str, str] | None,
    env: Mapping[str, str],
) -> Link:
    """The setting as the Gateway fills it in."""
    where, stands = ".".join(path), lookup(config, path)
    if stands is MISSING:
        return Link(place, where, Secret(""), changed=_changed(file))
    alone = {"gateway": {"auth": {path[-1]: stands, "mode": path[-1]}}, **_rest(config)}
    seen = {**read_dotenv(places.state_dir / ".env"), **(env if process_env is None else process_env)}
    found = resolve(alone, seen, places.state_dir, from_env=False)
    detail = found.problem or ("" if isinstance(stands, str) and "${" not in stands else "by reference")
    return Link(place, where, Secret(found.value), changed=_changed(file), detail=detail)


def _rest(config: Mapping[str, Any]) -> dict[str, Any]:
    return {name: config[name] for name in ("env", "secrets") if name in config}


def _variable(place: LinkPlace, file: Path, name: str, value: str) -> Link:
    return Link(place, f"{file}: {name}", Secret(value), file, name, _changed(file))


def _source(source: str, config: Mapping[str, Any], links: list[Link]) -> Link | None:
    """Which link the key was taken from."""
    if source == "openclaw.json":
        remote_first = lookup(config, ("gateway", "mode")) == "remote"
        order: tuple[str, ...] = ("remote", "setting") if remote_first else ("setting", "remote")
    else:
        order = ("process", "service", "variables", "old-variables", "setting-variable")
    return next((link for place in order for link in links if link.place == place and link.value), None)


def _judged(link: Link, winner: str, *, is_source: bool) -> Link:
    with link.value.expose() as value:
        if is_source:
            state: LinkState = "wins"
        elif not value:
            state = "unreadable" if link.detail and link.detail != "by reference" else "missing"
        elif value == winner:
            state = "same"
        else:
            state = "unused" if link.place == "remote" else "differs"
    return replace(link, state=state)


def _of_services(services: tuple[Definition, ...]) -> dict[str, str]:
    """What a Gateway would get that is started by the first definition that is there."""
    return dict(services[0].variables) if services else {}


def _old_variables(places: Places) -> Path:
    return places.user_home / ".config" / "openclaw" / "gateway.env"


def _changed(file: Path) -> float | None:
    try:
        return os.lstat(file).st_mtime
    except OSError:
        return None
