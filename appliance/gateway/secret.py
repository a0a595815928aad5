"""Secrets that settings name: from openclaw.json, its variables, its references, or the environment.

First of all the gateway's own.

Order (docs gateway/remote.md, "Credential precedence"): given, the config, the environment, the config's
other place. A reference that stands in the config but cannot be read never falls back to the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from appliance.gateway.faults import why
from appliance.parsing import json_value
from appliance.values import dataclass

FILE_LIMIT = 64 * 1024
_VARIABLE = re.compile(r"(\$?)\$\{([A-Z_][A-Z0-9_]*)\}")


@dataclass(frozen=True)
class Secret:
    """What was found."""

    value: str = field(default="", repr=False)
    kind: str = "token"
    source: str = ""
    problem: str = ""


class _Unreadable(Exception):
    """The config names a secret we cannot read; its text says why."""


@dataclass(frozen=True)
class _Sources:
    config: Mapping[str, Any]
    env: Mapping[str, str]
    state_dir: Path

    def variable(self, name: str) -> str:
        """Process environment first, then the state folder's `.env`, then `env.vars` of the config."""
        if value := self.env.get(name, ""):
            return value
        if value := read_dotenv(self.state_dir / ".env").get(name, ""):
            return value
        own = _table(_table(self.config.get("env")).get("vars")).get(name)
        return own if isinstance(own, str) else ""

    def read(self, value: Any, where: str) -> str:
        """The text behind a config value.

        Raises:
            _Unreadable: a variable that is not set, or a reference we cannot follow.
        """
        if isinstance(value, str):
            return _VARIABLE.sub(lambda match: self._replaced(match, where), value).strip()
        if isinstance(value, dict):
            return self._follow(value, where)
        return ""

    def _replaced(self, match: re.Match[str], where: str) -> str:
        if match[1]:
            return match[0][1:]
        if found := self.variable(match[2]):
            return found
        raise _Unreadable(f"{where} is taken from the variable {match[2]}, which is not set here.")

    def _follow(self, ref: Mapping[str, Any], where: str) -> str:
        source, name = ref.get("source"), ref.get("id")
        if source == "env" and isinstance(name, str):
            if found := self.variable(name):
                return found
            raise _Unreadable(f"{where} is taken from the variable {name}, which is not set here.")
        if source == "file" and isinstance(name, str):
            return self._from_file(ref, name, where)
        raise _Unreadable(
            f"{where} is kept where only OpenClaw itself can read it (source {str(source)[:20]!r})."
        )

    def _from_file(self, ref: Mapping[str, Any], name: str, where: str) -> str:
        providers = _table(_table(self.config.get("secrets")).get("providers"))
        provider = _table(providers.get(str(ref.get("provider"))))
        path = provider.get("path")
        if not isinstance(path, str) or not path:
            raise _Unreadable(f"{where} names a file provider that openclaw.json does not describe.")
        try:
            text = _read_small(Path(_expanded(path, self.env)))
        except (OSError, UnicodeDecodeError) as error:
            raise _Unreadable(
                f"{where} is kept in {path}, which cannot be read ({_reason(error)})."
            ) from error
        if provider.get("mode") == "singleValue":
            return text.rstrip("\r\n")
        if found := _pointed(text, name):
            return found
        raise _Unreadable(f"{where}: {path} holds nothing at {name}.")


def resolve(
    config: Mapping[str, Any],
    env: Mapping[str, str],
    state_dir: Path,
    *,
    given: str = "",
    from_config: bool = True,
    from_env: bool = True,
) -> Secret:
    """The secret for the gateway, or the reason why there is none."""
    if given:
        return Secret(given, "token", "given")
    gateway = _table(config.get("gateway"))
    kind = "password" if _table(gateway.get("auth")).get("mode") == "password" else "token"
    places = ["remote", "auth"] if gateway.get("mode") == "remote" else ["auth", "remote"]
    sources = _Sources(config, env, state_dir)
    variable = f"OPENCLAW_GATEWAY_{kind.upper()}"
    try:
        if from_config and (
            value := sources.read(_table(gateway.get(places[0])).get(kind), _path(places[0], kind))
        ):
            return Secret(value, kind, "openclaw.json")
        if from_env and (value := sources.variable(variable)):
            return Secret(value, kind, variable)
        if from_config and (
            value := sources.read(_table(gateway.get(places[1])).get(kind), _path(places[1], kind))
        ):
            return Secret(value, kind, "openclaw.json")
    except _Unreadable as error:
        return Secret(kind=kind, problem=str(error))
    return Secret(kind=kind)


def read_setting(
    value: object, config: Mapping[str, Any], env: Mapping[str, str], state_dir: Path, where: str
) -> Secret:
    """What a setting that may be a secret amounts to for us, or why it cannot be read; `where` names it."""
    try:
        found = _Sources(config, env, state_dir).read(value, where)
    except _Unreadable as error:
        return Secret(problem=str(error))
    return Secret(found)


def read_dotenv(path: Path) -> dict[str, str]:
    """`KEY=VALUE` lines of OpenClaw's `.env`; a missing or unreadable file has none."""
    try:
        text = _read_small(path)
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and not name.lstrip().startswith("#"):
            found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'`":
        return value[1:-1]
    return value.split(" #", 1)[0].rstrip()


def _path(place: str, kind: str) -> str:
    return f"gateway.{place}.{kind}"


def _expanded(path: str, env: Mapping[str, str]) -> str:
    return os.path.join(env.get("HOME", ""), path[2:]) if path.startswith("~/") else path  # noqa: PTH118 - text only


def _read_small(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(FILE_LIMIT).decode()


def _pointed(text: str, pointer: str) -> str:
    try:
        value = json_value(text)
    except ValueError:
        return ""
    for part in pointer.split("/")[1:]:
        value = _table(value).get(part.replace("~1", "/").replace("~0", "~"))
    return value if isinstance(value, str) else ""


def _reason(error: Exception) -> str:
    return why(error) if isinstance(error, OSError) else "not text"


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
