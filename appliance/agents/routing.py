"""OpenClaw's top-level `bindings`, as lists of agents need them; `routes` has their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from appliance.store.edits import lookup

if TYPE_CHECKING:
    from appliance.agents.roster import Config


def bindings(config_value: Config) -> list[object]:
    """The rules in their order; empty when there are none."""
    found = lookup(config_value, ("bindings",))
    return list(found) if isinstance(found, list) else []


def channels_of(config_value: Config, agent_id: str) -> tuple[str, ...]:
    """Channels with a rule that leads to the agent, each once, in the order of the rules."""
    named = (_match(rule).get("channel") for rule in bindings(config_value) if _agent(rule) == agent_id)
    return tuple(dict.fromkeys(channel for channel in named if isinstance(channel, str)))


def _agent(rule: object) -> object:
    return rule.get("agentId") if isinstance(rule, dict) else None


def _match(rule: object) -> dict[str, object]:
    match = rule.get("match") if isinstance(rule, dict) else None
    return cast("dict[str, object]", match) if isinstance(match, dict) else {}
