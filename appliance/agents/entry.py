"""One agent's entry in `agents.entries`: built from a wish, changed by edits (OpenClaw 2026.9.6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from appliance.agents import wording
from appliance.agents.brain import brain_wishes
from appliance.agents.ids import check_agent_id
from appliance.agents.models import ToolsPolicy
from appliance.agents.render import role_of, template_of
from appliance.store.edits import MISSING, Edit, lookup
from appliance.store.layouts import ENTRIES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.agents.models import AgentChanges, AgentSpec, ToolsProfile
    from appliance.agents.roster import Config


def checked_spec(spec: AgentSpec) -> AgentSpec:
    """`spec` with a valid id and tidy texts.

    Raises:
        Usage: `agent-id`, `agent-name`, `agent-description`, `agent-emoji`.
        NotFound: `template-unknown`.
    """
    template_of(spec)
    return replace(
        spec,
        id=check_agent_id(spec.id),
        name=wording.agent_name(spec.name),
        description=wording.description(spec.description),
        emoji=wording.emoji(spec.emoji),
    )


def build_entry(spec: AgentSpec, workspace: Path) -> Config:
    """The entry of a new agent; `agentDir` is left to OpenClaw."""
    base = template_of(spec)
    tools = spec.tools or base.tools
    entry: Config = {
        "name": spec.name,
        "description": role_of(spec),
        "workspace": str(workspace),
        "identity": {"name": spec.name, "emoji": spec.emoji or base.emoji},
    }
    if spec.settings is None:
        entry["skills"] = list(base.skills if spec.skills is None else spec.skills)
        entry["tools"] = _tools_value(tools)
    else:
        entry |= spec.settings
    if spec.model:
        entry["model"] = spec.model
    if tools.may_task and spec.settings is None:
        entry["subagents"] = {"allowAgents": list(tools.may_task)}
    return entry


def tools_of(entry: Config) -> ToolsPolicy | None:
    """The tools policy an entry sets, None when it sets none."""
    tools = entry.get("tools")
    if not isinstance(tools, dict):
        return None
    return ToolsPolicy(
        profile=cast("ToolsProfile", tools.get("profile", "full")),
        also_allow=(*_texts(tools.get("allow")), *_texts(tools.get("alsoAllow"))),
        deny=_texts(tools.get("deny")),
        own_folder_only=lookup(tools, ("fs", "workspaceOnly")) is True,
        may_task=_texts(lookup(entry, ("subagents", "allowAgents"))),
    )


def skills_of(entry: Config) -> tuple[str, ...] | None:
    """The only skills an entry allows, None when it allows all."""
    skills = entry.get("skills")
    return _texts(skills) if isinstance(skills, list) else None


def entry_edits(agent_id: str, entry: Config, changes: AgentChanges, common: str = "") -> tuple[Edit, ...]:
    """What to edit so that the entry says what `changes` says; empty when it does.

    `common`: the default model.
    """
    path = (*ENTRIES, agent_id)
    wanted = dict(_wanted(path, entry, changes, common))
    found = {place: lookup(entry, place[len(path) :]) for place in wanted}
    return tuple(Edit(place, value, found[place]) for place, value in wanted.items() if value != found[place])


def _wanted(
    path: tuple[str, ...], entry: Config, changes: AgentChanges, common: str
) -> Iterator[tuple[tuple[str, ...], object]]:
    if changes.name is not None:
        name = wording.agent_name(changes.name)
        yield (*path, "name"), name
        yield (*path, "identity", "name"), name
    if changes.description is not None:
        yield (*path, "description"), wording.description(changes.description) or MISSING
    if changes.emoji is not None:
        yield (*path, "identity", "emoji"), wording.emoji(changes.emoji) or MISSING
    if changes.model is not None or changes.fallbacks is not None:
        yield from brain_wishes((*path, "model"), entry.get("model"), changes, common)
    if changes.thinking is not None:
        yield (*path, "thinkingDefault"), changes.thinking or MISSING


def _tools_value(tools: ToolsPolicy) -> Config:
    value: Config = {"profile": tools.profile}
    if tools.also_allow:
        value["alsoAllow"] = list(tools.also_allow)
    if tools.deny:
        value["deny"] = list(tools.deny)
    if tools.own_folder_only:
        value["fs"] = {"workspaceOnly": True}
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
