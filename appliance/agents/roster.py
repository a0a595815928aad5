"""Which agents openclaw.json lists, and where each of them lives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from appliance.errors import Invalid, NotFound, Refused
from appliance.store.edits import MISSING, lookup
from appliance.store.layouts import ENTRIES, LIST, roster_layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.places import Places

IMPLICIT_ID = "main"
"""The agent OpenClaw 2026.9.6 has when its config lists none."""

_OPENCLAW_ID = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")

Config = dict[str, object]


def entries(config_value: Config) -> dict[str, Config]:
    """The agents written down, by id, in their order; empty when there are none.

    Raises:
        Invalid: `agents-roster`, the list cannot be read.
    """
    if _old_layout(config_value):
        return roster_layout(config_value).read(config_value)
    found = lookup(config_value, ENTRIES)
    if found is MISSING:
        return {}
    if not isinstance(found, dict):
        raise _unreadable("agents.entries is not a section")
    for agent_id, entry in found.items():
        if not _OPENCLAW_ID.fullmatch(agent_id) or not isinstance(entry, dict):
            raise _unreadable(f"“{agent_id}” in agents.entries is not an agent")
    return cast("dict[str, Config]", found)


def refuse_old_layout(config_value: Config) -> None:
    """Raise `Refused` (`agents-old-layout`) where agents stand as OpenClaw wrote them before 2026.8."""
    if _old_layout(config_value):
        raise Refused(
            "This configuration lists its agents the way older OpenClaw releases did (agents.list).",
            hint="Update OpenClaw and let its doctor move the list; then agents can be changed here.",
            code="agents-old-layout",
        )


def roster(config_value: Config, places: Places) -> dict[str, Config]:
    """Every agent there is: the entries, or OpenClaw's implicit `main` once it has been used."""
    listed = entries(config_value)
    if not listed and implicit_agent_used(places):
        return {IMPLICIT_ID: {}}
    return listed


def entry_of(config_value: Config, agent_id: str, places: Places) -> Config:
    """The entry of one agent.

    Raises:
        NotFound: `agent-unknown`, the hint lists those there are.
    """
    listed = roster(config_value, places)
    if agent_id not in listed:
        there = f"There are: {', '.join(listed)}." if listed else "There are none yet; create one first."
        raise NotFound(f"There is no agent “{agent_id}”.", hint=there, code="agent-unknown")
    return listed[agent_id]


def implicit_agent_used(places: Places) -> bool:
    """OpenClaw's implicit first agent has state of its own (a start alone makes none, a turn does)."""
    return (places.state_dir / "agents" / IMPLICIT_ID).exists()


def default_agent(config_value: Config, places: Places) -> str:
    """The agent that answers where none is named; empty when nothing decides it (`agents.list.defaultId`)."""
    listed = roster(config_value, places)
    owner = lookup(config_value, ("agents", "defaults", "systemAgent", "agentId"))
    if isinstance(owner, str) and owner in listed:
        return owner
    marked = [agent_id for agent_id, entry in listed.items() if entry.get("default") is True]
    if marked:
        return marked[0]
    return next(iter(listed)) if len(listed) == 1 else ""


def workspace_of(config_value: Config, agent_id: str, places: Places) -> Path:
    """An agent's workspace by OpenClaw's rules (docs/concepts/agent-workspace, "Default location")."""
    listed = roster(config_value, places)
    own = listed.get(agent_id, {}).get("workspace")
    if isinstance(own, str) and own.strip():
        return _expanded(own.strip(), places)
    root = lookup(config_value, ("agents", "defaults", "workspace"))
    shared = _expanded(root.strip(), places) if isinstance(root, str) and root.strip() else None
    if len(listed) > 1:
        return shared / agent_id if shared else places.state_dir / f"workspace-{agent_id}"
    return shared or places.state_dir / "workspace"


def model_of(config_value: Config, entry: Mapping[str, object]) -> tuple[str, bool]:
    """The model an agent would use, and whether it is inherited from the defaults."""
    own = _primary(entry.get("model"))
    if own:
        return own, False
    return _primary(lookup(config_value, ("agents", "defaults", "model"))), True


def _old_layout(config_value: Config) -> bool:
    return lookup(config_value, ENTRIES) is MISSING and lookup(config_value, LIST) is not MISSING


def _primary(model: object) -> str:
    if isinstance(model, dict):
        model = model.get("primary")
    return model if isinstance(model, str) else ""


def _expanded(text: str, places: Places) -> Path:
    if text == "~" or text.startswith("~/"):
        return places.user_home / text[2:]
    return Path(text)


def _unreadable(reason: str) -> Invalid:
    return Invalid(
        f"The list of agents cannot be read: {reason}.",
        hint="Correct it, or restore one of the backups.",
        code="agents-roster",
    )
