"""Configurations and messages that bring out every step of OpenClaw's routing, at random but repeatable."""

from __future__ import annotations

import random
from typing import Any

CHANNELS = ("whatsapp", "slack")
ACCOUNTS = (None, None, "", "default", "shop", " Shop ", "*", "*", "*", "Bad Id!", "__proto__")
PEERS = ("+4471", "120363@g.us", " +4471 ", "*", "-1001", 4471)
KINDS = ("direct", "dm", "group", "channel", "Group", "nonsense")
AGENTS = ("luna", "sales", "support", "luna", "sales", "Sales", "ghost", "main", "")
ROLES = ("boss", "staff")


def case(seed: int) -> dict[str, Any]:
    """`{"cfg": …, "input": …}`: a configuration and a message, as `resolveAgentRoute` takes them."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    return {"cfg": _config(chance), "input": _message(chance)}


def _config(chance: random.Random) -> dict[str, Any]:
    names = chance.sample(["luna", "sales", "support"], chance.choice((0, 1, 2, 3, 3)))
    entries: dict[str, dict[str, Any]] = {name: {} for name in names}
    agents: dict[str, Any] = {"entries": entries} if names or chance.random() < 0.5 else {}
    if chance.random() < 0.6:
        agents["ownership"] = "explicit"
    elif names and chance.random() < 0.4:
        for name in chance.sample(names, chance.randint(1, len(names))):
            entries[name]["default"] = True
    if chance.random() < 0.5:
        agents["defaults"] = {"systemAgent": {"agentId": chance.choice(AGENTS)}}
    found: dict[str, Any] = {"bindings": [_rule(chance) for _ in range(chance.randint(0, 12))]}
    if agents or chance.random() < 0.5:
        found["agents"] = agents
    return found


def _rule(chance: random.Random) -> dict[str, Any]:
    match: dict[str, Any] = {"channel": chance.choice((*CHANNELS, *CHANNELS, "WhatsApp", ""))}
    account = chance.choice(ACCOUNTS)
    if account is not None:
        match["accountId"] = account
    if chance.random() < 0.5:
        match["peer"] = {"kind": chance.choice(KINDS), "id": chance.choice(PEERS)}
    if chance.random() < 0.4:
        match["guildId"] = chance.choice(("g1", "g2"))
    if chance.random() < 0.2:
        match["teamId"] = chance.choice(("t1", "t2"))
    if chance.random() < 0.3:
        match["roles"] = chance.sample(ROLES, chance.randint(0, 2))
    rule: dict[str, Any] = {"agentId": chance.choice(AGENTS), "match": match}
    if chance.random() < 0.1:
        rule["type"] = chance.choice(("acp", "route"))
    return rule


def _message(chance: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {"channel": chance.choice((*CHANNELS, " WhatsApp "))}
    if chance.random() < 0.7:
        found["accountId"] = chance.choice(("default", "shop", "SHOP", "bad-id"))
    if chance.random() < 0.7:
        found["peer"] = _peer(chance)
    if chance.random() < 0.2:
        found["parentPeer"] = _peer(chance)
    if chance.random() < 0.6:
        found["guildId"] = chance.choice(("g1", "g2"))
    if chance.random() < 0.3:
        found["teamId"] = chance.choice(("t1", "t2"))
    if chance.random() < 0.4:
        found["memberRoleIds"] = chance.sample(ROLES, chance.randint(1, 2))
    return found


def _peer(chance: random.Random) -> dict[str, Any]:
    return {
        "kind": chance.choice(("direct", "group", "channel")),
        "id": chance.choice(("+4471", "120363@g.us", "-1001", "4471", "stranger")),
    }
