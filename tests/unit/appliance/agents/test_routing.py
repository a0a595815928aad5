"""Channels and the agents that answer on them."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.agents.mentions import dangling, handing_over, mentions
from appliance.agents.moves import edited, move_notes, moves
from appliance.agents.owners import owner_rules, unowned_channels, with_heir
from appliance.agents.routing import channels_of
from appliance.store.edits import Edit


def rule(agent_id: str, channel: str, **more: Any) -> dict[str, object]:
    return {"agentId": agent_id, "match": {"channel": channel, **more}}


TELEGRAM: dict[str, object] = {"channels": {"telegram": {}, "defaults": {}, "modelByChannel": {}}}
TWO_ACCOUNTS: dict[str, object] = {"channels": {"telegram": {"accounts": {"shop": {}, "office": {}}}}}


@pytest.mark.parametrize(
    ("config", "rules", "expected"),
    [
        (TELEGRAM, [], ("telegram",)),
        (TELEGRAM, [rule("a", "whatsapp")], ("telegram",)),
        (TELEGRAM, [rule("a", "telegram")], ()),
        (TELEGRAM, [rule("a", "telegram", peer={"kind": "direct", "id": "1"})], ("telegram",)),
        (TELEGRAM, [rule("a", "telegram", accountId="*")], ()),
        (TWO_ACCOUNTS, [rule("a", "telegram", accountId="shop")], ("telegram",)),
        (TWO_ACCOUNTS, [rule("a", "telegram")], ("telegram",)),
        (
            TWO_ACCOUNTS,
            [rule("a", "telegram", accountId="shop"), rule("b", "telegram", accountId="office")],
            (),
        ),
        (TWO_ACCOUNTS, [rule("a", "telegram", accountId="*")], ()),
        (TELEGRAM, ["nonsense", {"match": 3}], ("telegram",)),
        ({}, [], ()),
    ],
)
def test_a_channel_needs_an_owner_for_every_account(
    config: dict[str, object], rules: list[object], expected: tuple[str, ...]
) -> None:
    assert unowned_channels(config, rules) == expected


def test_an_owner_rule_settles_it() -> None:
    rules = owner_rules(unowned_channels(TWO_ACCOUNTS, []), "luna")
    assert rules == [rule("luna", "telegram", accountId="*")]
    assert unowned_channels(TWO_ACCOUNTS, rules) == ()


def test_rules_of_one_agent() -> None:
    rules: list[object] = [rule("a", "slack"), rule("b", "telegram"), rule("a", "slack", accountId="x")]
    config: dict[str, object] = {"bindings": rules}
    assert channels_of(config, "a") == ("slack",)
    assert channels_of(config, "c") == ()
    assert with_heir(rules, "a", "b") == [
        rule("b", "slack"),
        rule("b", "telegram"),
        rule("b", "slack", accountId="x"),
    ]
    assert with_heir(["odd", {"agentId": " A "}], "a", "b") == ["odd", {"agentId": "b"}]


NAMED: dict[str, object] = {
    "hooks": {"mappings": [{"agentId": "a"}, {"agentId": "b"}], "allowedAgentIds": ["*", "a"]},
    "bindings": [rule("a", "slack"), {"type": "acp", "agentId": "a", "match": {"channel": "slack"}}],
    "agents": {
        "defaults": {
            "systemAgent": {"agentId": "a"},
            "authInheritance": {"agentId": "a"},
            "subagents": {"allowAgents": ["a", "b"]},
        },
        "entries": {
            "a": {"subagents": {"allowAgents": ["a"]}},
            "b": {"subagents": {"allowAgents": ["A", "c"]}},
            "c": {"tools": {"swarm": {"defaultAgentId": "a"}}},
        },
    },
    "tools": {"agentToAgent": {"allow": ["a", "b"]}},
    "broadcast": {"strategy": "parallel", "123@g.us": ["a", "b"], "slack:C1": {"agents": ["a"]}},
    "channels": {"telegram": {"groups": {"-1": {"topics": {"7": {"agentId": "a"}}}}}},
    "talk": {"agentId": "a"},
}


def test_every_place_that_names_an_agent_is_found() -> None:
    assert {".".join(found.path) for found in mentions(NAMED) if found.agent.lower() == "a"} == {
        "hooks.mappings.0.agentId",
        "hooks.allowedAgentIds",
        "bindings.1.agentId",
        "agents.defaults.systemAgent.agentId",
        "agents.defaults.subagents.allowAgents",
        "agents.entries.a.subagents.allowAgents",
        "agents.entries.b.subagents.allowAgents",
        "agents.entries.c.tools.swarm.defaultAgentId",
        "tools.agentToAgent.allow",
        "broadcast.123@g.us",
        "broadcast.slack:C1.agents",
        "channels.telegram.groups.-1.topics.7.agentId",
        "talk.agentId",
    }


def test_an_heir_takes_what_came_in_but_no_right_and_nothing_dangles() -> None:
    after = edited(NAMED, handing_over(NAMED, "a", "b"))
    left = [found for found in dangling(after, frozenset({"b", "c"})) if "entries.a." not in found.path]
    assert [found for found in left if found.path[:3] != ("agents", "entries", "a")] == []
    agents: Any = after["agents"]
    assert agents["entries"]["b"]["subagents"]["allowAgents"] == ["c"]
    assert agents["defaults"]["subagents"]["allowAgents"] == ["b"]
    assert agents["defaults"]["authInheritance"] == {"agentId": "a"}
    assert after["broadcast"] == {"strategy": "parallel", "123@g.us": ["b"], "slack:C1": {"agents": ["b"]}}
    assert after["hooks"] == {"mappings": [{"agentId": "b"}, {"agentId": "b"}], "allowedAgentIds": ["*"]}
    assert after["tools"] == {"agentToAgent": {"allow": ["b"]}}
    assert agents["entries"]["c"]["tools"] == {"swarm": {"defaultAgentId": "b"}}


def test_what_only_that_one_was_allowed_nobody_is_allowed() -> None:
    """An empty `tools.agentToAgent.allow` allows everybody, an empty `codex.agents` is refused."""
    config: dict[str, object] = {
        "agents": {"entries": {"a": {}, "b": {}, "c": {"subagents": {"allowAgents": ["a"]}}}},
        "gateway": {"roles": {"definitions": {"visitor": {"agents": ["a"]}}}},
        "hooks": {"allowedAgentIds": ["a"]},
        "mcp": {"servers": {"till": {"codex": {"agents": ["a"]}}, "news": {"codex": {"agents": ["a", "b"]}}}},
        "plugins": {"entries": {"active-memory": {"config": {"agents": ["a"]}}}},
        "tools": {"agentToAgent": {"allow": ["a"]}},
    }
    after: Any = edited(config, handing_over(config, "a", "b"))
    assert dangling({**after, "agents": {"entries": {"b": {}, "c": {}}}}, frozenset({"b", "c"})) == ()
    assert after["agents"]["entries"]["c"]["subagents"]["allowAgents"] == []
    assert after["gateway"]["roles"]["definitions"]["visitor"]["agents"] == []
    assert after["hooks"]["allowedAgentIds"] == []
    assert after["mcp"]["servers"] == {
        "till": {"codex": {}, "enabled": False},
        "news": {"codex": {"agents": ["b"]}},
    }
    assert after["plugins"]["entries"]["active-memory"]["config"]["agents"] == []
    assert after["tools"]["agentToAgent"] == {"allow": [], "enabled": False}


def test_moves_are_what_somebody_notices() -> None:
    before: dict[str, object] = {
        "agents": {"ownership": "explicit", "entries": {"a": {"name": "Anna"}, "b": {}}},
        "channels": {"telegram": {"accounts": {"shop": {}, "office": {}}}},
        "bindings": [rule("a", "telegram", accountId="*")],
    }
    more = [
        rule("b", "telegram", accountId="shop"),
        rule("b", "telegram", accountId="*", peer={"kind": "direct", "id": "7"}),
    ]
    after = edited(before, [Edit(("bindings",), [*more, rule("a", "telegram", accountId="*")])])
    found = [(move.about.account, move.about.peer, move.before, move.after) for move in moves(before, after)]
    assert found == [("shop", "", "a", "b"), ("*", "7", "a", "b")]
    assert moves(before, before) == ()
    (first, second) = move_notes(before, [Edit(("bindings",), [*more, rule("a", "telegram", accountId="*")])])
    assert (first, first.code) == ("On telegram (shop), everyone: Anna → b.", "routing-moves")
    assert (second.facts["kind"], second.facts["who"], second.facts["before"]) == ("person", "7", "Anna")


def test_many_moves_are_counted() -> None:
    value: dict[str, object] = {
        "agents": {"ownership": "explicit", "entries": {"a": {}, "b": {}}},
        "channels": {"telegram": {"accounts": {f"n{number}": {} for number in range(20)}}},
        "bindings": [rule("a", "telegram", accountId="*")],
    }
    notes = move_notes(value, [Edit(("bindings",), [rule("b", "telegram", accountId="*")])])
    assert len(notes) == 13
    assert (notes[-1].code, notes[-1].facts["count"]) == ("routing-more", "8")
