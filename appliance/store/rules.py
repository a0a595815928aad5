"""What OpenClaw's schema does not say and a working box needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.store.edits import format_path, lookup
from appliance.store.layouts import roster_layout
from appliance.store.validation import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

_IMPLICIT_AGENT = "main"
"""OpenClaw's agent when the roster is empty; a rule may name it in any case."""
_HIGHEST_PORT = 65535
_OWNERSHIP = "agents.ownership"
_AGENT_SETTINGS = (
    ("agents", "defaults", "heartbeat", "agentId"),
    ("agents", "defaults", "systemAgent", "agentId"),
    ("talk", "agentId"),
)


def rule_problems(value: object, user_home: Path) -> tuple[Problem, ...]:
    """Ports, who owns a roster of several agents, agents that do not exist, workspaces inside each other.

    All but the workspaces are rules OpenClaw 2026.9.6 itself checks beyond its schema.
    """
    return (*_port(value), *_ownership(value), *_unknown_agents(value), *_workspaces(value, user_home))


def _port(value: object) -> Iterable[Problem]:
    port = lookup(value, ("gateway", "port"))
    if isinstance(port, int) and not isinstance(port, bool) and not 0 < port <= _HIGHEST_PORT:
        yield Problem("gateway.port", f"must be between 1 and {_HIGHEST_PORT}")


def _ownership(value: object) -> Iterable[Problem]:
    entries = list(roster_layout(value).read(value).values())
    marked = sum(entry.get("default") is True for entry in entries)
    explicit = lookup(value, ("agents", "ownership")) == "explicit"
    if marked > 1:
        yield Problem("agents.entries", f"may mark one agent as default, not {marked}")
    if explicit and marked:
        yield Problem(_OWNERSHIP, "cannot be “explicit” while an agent is marked as default")
    if len(entries) > 1 and not marked and not explicit:
        yield Problem(_OWNERSHIP, "must be “explicit” when there are several agents")


def _unknown_agents(value: object) -> Iterable[Problem]:
    agents = {agent_id.lower() for agent_id in roster_layout(value).read(value)} or {_IMPLICIT_AGENT}
    for path in _AGENT_SETTINGS:
        named = lookup(value, path)
        if isinstance(named, str) and named.lower() not in agents:
            yield Problem(format_path(path), f"there is no agent “{named}”")
    rules = lookup(value, ("bindings",))
    for index, rule in enumerate(rules if isinstance(rules, list) else []):
        named = rule.get("agentId") if isinstance(rule, dict) else None
        if isinstance(named, str) and named.lower() not in {*agents, _IMPLICIT_AGENT}:
            yield Problem(f"bindings.{index}.agentId", f"there is no agent “{named}”")


def _workspaces(value: object, user_home: Path) -> Iterable[Problem]:
    """An agent that works inside another's folder would read and overwrite its notes."""
    layout = roster_layout(value)
    folders = [
        (agent_id, _folder(entry["workspace"], user_home))
        for agent_id, entry in layout.read(value).items()
        if isinstance(entry.get("workspace"), str)
    ]
    for agent_id, folder in folders:
        for other, outer in folders:
            if other != agent_id and folder.is_relative_to(outer) and (folder != outer or agent_id > other):
                yield Problem(
                    f"agents.{agent_id}.workspace", f"lies in the folder of the agent “{other}” ({outer})"
                )


def _folder(text: object, user_home: Path) -> Path:
    path = str(text)
    expanded = user_home / path[2:] if path.startswith("~/") else Path(path)
    return Path(os.path.normpath(expanded))
