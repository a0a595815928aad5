"""Who answers on which channel: OpenClaw's top-level `bindings`, read and kept complete.

With `agents.ownership: "explicit"` a channel that no binding leads to an agent fails closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from appliance.store.edits import MISSING, lookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from appliance.agents.roster import Config

_NOT_CHANNELS = frozenset({"defaults", "modelByChannel"})
_NARROWING = ("peer", "guildId", "teamId", "roles")
DEFAULT_ACCOUNT = "default"
ANY_ACCOUNT = "*"


def bindings(config_value: Config) -> list[object]:
    """The rules in their order; empty when there are none."""
    found = lookup(config_value, ("bindings",))
    return list(found) if isinstance(found, list) else []


def channels_of(config_value: Config, agent_id: str) -> tuple[str, ...]:
    """Channels with a rule that leads to the agent, each once, in the order of the rules."""
    named = (_match(rule).get("channel") for rule in bindings(config_value) if _agent(rule) == agent_id)
    return tuple(dict.fromkeys(channel for channel in named if isinstance(channel, str)))


def unowned_channels(config_value: Config, rules: Sequence[object]) -> tuple[str, ...]:
    """Configured channels with an account for which no rule names an agent."""
    present = lookup(config_value, ("channels",))
    if not isinstance(present, dict):
        return ()
    return tuple(
        channel
        for channel, settings in present.items()
        if channel not in _NOT_CHANNELS
        and isinstance(settings, dict)
        and not _owned(channel, settings, rules)
    )


def owner_rules(channels: Iterable[str], agent_id: str) -> list[object]:
    """A last-resort rule for each channel: any account, behind every narrower rule in OpenClaw's order."""
    return [
        {"agentId": agent_id, "match": {"channel": channel, "accountId": ANY_ACCOUNT}} for channel in channels
    ]


def without_agent(rules: Sequence[object], agent_id: str) -> list[object]:
    """The rules that do not lead to the agent."""
    return [rule for rule in rules if _agent(rule) != agent_id]


def other_mentions(config_value: Config, agent_id: str) -> tuple[str, ...]:
    """Dotted paths outside `agents` and `bindings` whose `agentId` names the agent."""
    found: list[str] = []

    def visit(value: object, path: tuple[str, ...]) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if key == "agentId" and item == agent_id:
                    found.append(".".join((*path, key)))
                visit(item, (*path, key))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                visit(item, (*path, str(index)))

    for section, value in config_value.items():
        if section not in ("agents", "bindings"):
            visit(value, (section,))
    return tuple(found)


def _owned(channel: str, settings: dict[str, object], rules: Sequence[object]) -> bool:
    whole = [
        match
        for match in map(_match, rules)
        if match.get("channel") == channel and not any(key in match for key in _NARROWING)
    ]
    bound = {match.get("accountId") or DEFAULT_ACCOUNT for match in whole}
    accounts = settings.get("accounts")
    wanted = set(accounts) if isinstance(accounts, dict) and accounts else {DEFAULT_ACCOUNT}
    return ANY_ACCOUNT in bound or wanted <= bound


def _agent(rule: object) -> object:
    return rule.get("agentId") if isinstance(rule, dict) else MISSING


def _match(rule: object) -> dict[str, object]:
    match = rule.get("match") if isinstance(rule, dict) else None
    return cast("dict[str, object]", match) if isinstance(match, dict) else {}
