"""OpenClaw's tools: which there are, in which group, and which profile has them (`tools.catalog`)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.errors import Invalid
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SHIPPED = Path(__file__).parent / "data" / "tools.json"
"""What the real Gateway 2026.9.6 answered to `tools.catalog`, without the tools of plugins."""
GROUP = "group:"
PLUGINS = "plugin:"
_ALIASES = {"bash": "exec", "cron": "automations"}
_NOT_OF_OPENCLAW = frozenset({"fs", "runtime"})


@dataclass(frozen=True)
class Tool:
    """One tool an agent could use."""

    id: str
    group: str
    """OpenClaw's group, such as `fs`; `plugin:<id>` for those of a plugin."""
    about: str
    """OpenClaw's own words for it; untrusted where a plugin brought it."""
    profiles: frozenset[str] = frozenset()
    """The profiles that have it."""


@dataclass(frozen=True)
class Catalog:
    """All tools that are known."""

    source: str
    """`gateway`, or `shipped <release>`."""
    tools: tuple[Tool, ...]

    def find(self, tool_id: str) -> Tool | None:
        """One tool by its id."""
        return next((tool for tool in self.tools if tool.id == tool_id), None)

    def members(self, entry: str) -> tuple[str, ...]:
        """The tools that one entry of an allow or deny list means, by id."""
        entry = entry.strip().lower()
        entry = _ALIASES.get(entry, entry)
        if entry.startswith(GROUP):
            return tuple(tool.id for tool in self.tools if _is_in(tool, entry.removeprefix(GROUP)))
        return tuple(tool.id for tool in self.tools if fnmatchcase(tool.id.lower(), entry))

    def matches(self, tool_id: str, entries: Iterable[str]) -> bool:
        """Whether a list names a tool, by its id, its group or a pattern."""
        return any(tool_id in self.members(entry) for entry in entries)


@cache
def shipped() -> Catalog:
    """The tools of the release this program was made for."""
    from appliance.parsing import json_value

    found = json_value(_SHIPPED.read_bytes())
    return Catalog(f"shipped {found['release']}", _tools(found["groups"], "about", "profiles"))


def from_gateway(answer: Any) -> Catalog:
    """The tools that the running Gateway lists.

    Raises:
        Invalid: `tools-catalog`, the answer has another form.
    """
    try:
        return Catalog("gateway", _tools(answer["groups"], "description", "defaultProfiles"))
    except (KeyError, TypeError, AttributeError) as error:
        raise Invalid(
            "The engine lists its tools in a form we do not know.",
            hint="Its release may be newer than this program: lunatui engine status",
            code="tools-catalog",
        ) from error


def _tools(groups: Iterable[Mapping[str, Any]], about: str, profiles: str) -> tuple[Tool, ...]:
    return tuple(
        Tool(str(tool["id"]), str(group["id"]), str(tool.get(about, "")), frozenset(tool.get(profiles, ())))
        for group in groups
        for tool in group["tools"]
    )


def _is_in(tool: Tool, group: str) -> bool:
    if group == "plugins":
        return tool.group.startswith(PLUGINS)
    if group == "openclaw":
        return not tool.group.startswith(PLUGINS) and tool.group not in _NOT_OF_OPENCLAW
    return tool.group == group
