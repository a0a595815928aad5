"""Where the configuration names an agent beside roster and rules, and edits after which it does no more.

What comes in for an agent goes to another; what it was allowed does not, as in OpenClaw. The places follow
`pruneAgentConfig` (`src/commands/agents.config.ts`) and the configuration schema of OpenClaw 2026.9.6.
`agents.defaults.authInheritance` and `sessionStore` are left out: they say where keys and conversations lie,
and those stay where they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.agents.rule import agent_id
from appliance.store.edits import MISSING, Edit, Path, lookup
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.agents.roster import Config

_KEYS = frozenset({"agentId", "defaultAgentId"})
"""Keys whose value is an agent, wherever they stand."""
_TO_ALL = ("tools", "agentToAgent", "allow")
"""Allows everybody when it is empty; `enabled` beside it is its switch."""
_OF_SERVER = ("mcp", "servers", "*", "codex", "agents")
"""May not be empty; `enabled` of the server is its switch."""
_RIGHTS = (
    ("agents", "defaults", "subagents", "allowAgents"),
    ("agents", "entries", "*", "subagents", "allowAgents"),
    ("gateway", "roles", "definitions", "*", "agents"),
    ("hooks", "allowedAgentIds"),
    _OF_SERVER,
    ("plugins", "entries", "active-memory", "config", "agents"),
    _TO_ALL,
)
"""Lists of those who are allowed something; empty ones allow nobody, but for the two above."""
_LISTS = (
    *_RIGHTS,
    ("approvals", "exec", "agentFilter"),
    ("approvals", "plugin", "agentFilter"),
    ("broadcast", "*"),
    ("broadcast", "*", "agents"),
)
_LOCATORS = frozenset({"authInheritance", "sessionStore"})
_ALL = "*"


@dataclass(frozen=True)
class Mention:
    """One place that names an agent."""

    path: Path
    agent: str
    """As written."""
    listed: bool = False
    """It stands in a list at `path`, and is not the whole value."""


def mentions(config_value: Config) -> tuple[Mention, ...]:
    """Every place that names an agent, outside `agents.entries` keys and routing rules."""
    return tuple(_visited(config_value, ()))


def dangling(config_value: Config, agents: frozenset[str]) -> tuple[Mention, ...]:
    """Those that name one that is not among `agents` (ids as OpenClaw compares them)."""
    return tuple(found for found in mentions(config_value) if agent_id(found.agent) not in agents)


def handing_over(config_value: Config, gone: str, heir: str) -> list[Edit]:
    """Edits after which no mention names `gone`: its part is the heir's, its rights are nobody's."""
    edits: list[Edit] = []
    lists: dict[Path, list[str]] = {}
    for found in mentions(config_value):
        if agent_id(found.agent) == gone and not _of_entry(found.path, gone):
            if found.listed:
                lists.setdefault(found.path, []).append(found.agent)
            else:
                edits.append(Edit(found.path, heir, found.agent))
    for path in lists:
        before = _at(config_value, path)
        if is_right(path):
            edits += _without(config_value, path, [item for item in before if not _names(item, gone)])
        else:
            after = dict.fromkeys(heir if _names(item, gone) else item for item in before)
            edits.append(Edit(path, list(after), before))
    return edits


def is_right(path: Path) -> bool:
    """Whether a list says who is allowed something."""
    return any(_fits(path, pattern) for pattern in _RIGHTS)


def _without(config_value: Config, path: Path, kept: list[object]) -> Iterator[Edit]:
    """A list of rights with those that stay; where an empty one would not mean nobody, its switch is off."""
    closed = not kept and (_fits(path, _TO_ALL) or _fits(path, _OF_SERVER))
    yield Edit(path, MISSING if closed and _fits(path, _OF_SERVER) else kept, _at(config_value, path))
    if closed:
        switch = (*(path[:3] if _fits(path, _OF_SERVER) else path[:-1]), "enabled")
        yield Edit(switch, False, lookup(config_value, switch))


def _visited(value: object, path: Path) -> Iterator[Mention]:
    if path[:1] == ("bindings",) and len(path) == 2 and not _is_acp(value):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if key in _KEYS and isinstance(item, str) and not (path and path[-1] in _LOCATORS):
                yield Mention((*path, key), item)
            else:
                yield from _visited(item, (*path, key))
    elif isinstance(value, list):
        if any(_fits(path, pattern) for pattern in _LISTS):
            named = (item for item in value if isinstance(item, str) and item.strip() not in ("", _ALL))
            yield from (Mention(path, item, listed=True) for item in named)
        else:
            for index, item in enumerate(value):
                yield from _visited(item, (*path, str(index)))


def _fits(path: Path, pattern: Path) -> bool:
    return len(path) == len(pattern) and all(
        want in (_ALL, have) for have, want in zip(path, pattern, strict=True)
    )


def _of_entry(path: Path, agent: str) -> bool:
    """Whether it stands in the entry of that agent itself."""
    return path[:3] == ("agents", "entries", agent)


def _is_acp(value: object) -> bool:
    return isinstance(value, dict) and value.get("type") == "acp"


def _names(item: object, agent: str) -> bool:
    return isinstance(item, str) and item.strip() not in ("", _ALL) and agent_id(item) == agent


def _at(config_value: Config, path: Path) -> list[object]:
    found = lookup(config_value, path)
    return list(found) if isinstance(found, list) else []
