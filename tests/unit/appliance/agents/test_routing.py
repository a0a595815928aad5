"""Channels and the agents that answer on them."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.agents.routing import channels_of, other_mentions, owner_rules, unowned_channels, without_agent


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
    assert without_agent(rules, "a") == [rule("b", "telegram")]


def test_other_places_that_name_an_agent_are_found() -> None:
    config: dict[str, object] = {
        "hooks": {"mappings": [{"agentId": "a"}, {"agentId": "b"}]},
        "bindings": [rule("a", "slack")],
        "agents": {"defaults": {"systemAgent": {"agentId": "a"}}},
        "talk": {"agentId": "a"},
    }
    assert other_mentions(config, "a") == ("hooks.mappings.0.agentId", "talk.agentId")
