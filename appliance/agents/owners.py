"""Keeping an owner for every channel: rules for those without one, and heirs for those whose owner goes.

With several agents OpenClaw gives a channel without a rule to the system agent, or to nobody when that is not
on the staff (`resolveAgentRoute`, 2026.9.6); a rule of its own says who it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.agents.matrix import unowned_lines
from appliance.agents.rule import ANY_ACCOUNT, agent_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from appliance.agents.roster import Config


def unowned_channels(config_value: Config, rules: Sequence[object]) -> tuple[str, ...]:
    """Configured channels with an account that no rule of `rules` gives to an agent."""
    asked = unowned_lines({**config_value, "bindings": list(rules)})
    return tuple(dict.fromkeys(line.channel for line in asked))


def owner_rules(channels: Iterable[str], owner: str) -> list[object]:
    """A last-resort rule for each channel: any account, behind every narrower rule in OpenClaw's order."""
    return [
        {"agentId": owner, "match": {"channel": channel, "accountId": ANY_ACCOUNT}} for channel in channels
    ]


def with_heir(rules: Sequence[object], agent: str, heir: str) -> list[object]:
    """The rules with everything that led to the agent leading to its heir."""
    return [{**rule, "agentId": heir} if _names(rule, agent) else rule for rule in rules]  # type: ignore[dict-item]  # _names: it is a dict


def _names(rule: object, agent: str) -> bool:
    named = rule.get("agentId") if isinstance(rule, dict) else None
    return isinstance(named, str) and bool(named.strip()) and agent_id(named) == agent
