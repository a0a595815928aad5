"""What a change means, from two configurations: in the terms of the business, secrets masked."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from appliance.history.difference import SENTENCES
from appliance.history.loss import change_between, loss_between
from appliance.history.meaning import meaning

KEY, OTHER_KEY = "sk-" + "a1" * 20, "sk-" + "b2" * 20
SHOP: dict[str, Any] = {
    "meta": {"lastTouchedVersion": "2026.9.6"},
    "gateway": {"port": 18789, "bind": "loopback", "auth": {"mode": "token", "token": "t" * 32}},
    "agents": {
        "defaults": {"model": {"primary": "openai/gpt-6"}},
        "entries": {
            "luna": {"name": "Luna"},
            "sales": {"name": "Sales Assistant", "model": "openai/a", "description": "Sells."},
            "hr": {"name": "HR & Admin"},
        },
    },
    "channels": {"whatsapp": {"enabled": True, "dmPolicy": "pairing", "allowFrom": ["+491"]}},
    "bindings": [{"agentId": "luna", "match": {"channel": "whatsapp"}}],
    "models": {"providers": {"openai": {"apiKey": KEY, "baseUrl": "https://a"}}},
    "skills": {"entries": {"weather": {"enabled": True}}},
}
NOWHERE = object()
HEARTBEAT = "Settings for all agents changed (1)"


def changed(path: str, value: object = NOWHERE) -> dict[str, Any]:
    """The shop with one setting changed, or without it."""
    shop = copy.deepcopy(SHOP)
    *parents, last = path.split(".")
    section = shop
    for key in parents:
        section = section.setdefault(key, {})
    if value is NOWHERE:
        del section[last]
    else:
        section[last] = value
    return shop


def packed(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("path", "value", "code", "text"),
    [
        (
            "agents.entries.sales.model",
            "openai/b",
            "agent-model",
            "Sales Assistant: model changed from openai/a to openai/b",
        ),
        (
            "agents.entries.luna.model",
            {"primary": "x/y", "fallbacks": []},
            "agent-model",
            "Luna: model changed from nothing to x/y",
        ),
        ("agents.entries.hr", NOWHERE, "agent-removed", "HR & Admin: removed from the staff"),
        ("agents.entries.new", {"name": "Bob"}, "agent-added", "Bob: new on the staff"),
        ("agents.entries.luna.name", "Selene", "agent-renamed", "Luna: now called Selene"),
        ("agents.entries.sales.description", "Sells more.", "agent-role", "Sales Assistant: role changed"),
        ("agents.entries.luna.identity", {"emoji": "x"}, "agent-look", "Luna: sign or appearance changed"),
        ("agents.entries.luna.skills", ["a"], "agent-skills", "Luna: skills changed"),
        ("agents.entries.luna.tools", {"profile": "full"}, "agent-tools", "Luna: tools changed"),
        ("agents.entries.luna.workspace", "/x", "agent-folder", "Luna: folder changed"),
        ("agents.entries.luna.thinking", "high", "agent-settings", "Luna: 1 setting(s) changed"),
        (
            "agents.defaults.model.primary",
            "x/y",
            "common-brain",
            "Default model changed from openai/gpt-6 to x/y",
        ),
        ("agents.defaults.heartbeat", {"every": "1h"}, "staff-settings", HEARTBEAT),
        (
            "channels.whatsapp.dmPolicy",
            "open",
            "line-who",
            "whatsapp: who may write changed from pairing to open",
        ),
        (
            "channels.whatsapp.groupPolicy",
            "open",
            "line-groups",
            "whatsapp: groups changed from nothing to open",
        ),
        (
            "channels.whatsapp.allowFrom",
            ["+491", "+492", "+493"],
            "line-people",
            "whatsapp: list of people changed from 1 to 3",
        ),
        ("channels.whatsapp.enabled", False, "line-off", "whatsapp: switched off"),
        ("channels.whatsapp.historyLimit", 3, "line-settings", "whatsapp: 1 setting(s) changed"),
        ("channels.whatsapp", NOWHERE, "line-removed", "whatsapp: removed"),
        ("channels.telegram", {"botToken": KEY}, "line-added", "telegram: set up"),
        ("models.providers.openai.apiKey", OTHER_KEY, "brain-key", "Provider openai: key changed"),
        ("models.providers.openai.baseUrl", "b", "brain-settings", "Provider openai: 1 setting(s) changed"),
        ("models.providers.openai", NOWHERE, "brain-removed", "Provider openai: removed"),
        ("models.providers.ollama", {"baseUrl": "http://x"}, "brain-added", "Provider ollama: added"),
        ("gateway.port", 1, "engine-port", "Gateway: port changed from 18789 to 1"),
        ("gateway.bind", "lan", "engine-reach", "Gateway: who can reach it changed from loopback to lan"),
        ("gateway.auth.token", "u" * 32, "engine-key", "Gateway: access key changed"),
        ("gateway.mode", "local", "engine-settings", "Gateway: 1 setting(s) changed"),
        ("meta.lastTouchedVersion", "2026.9.7", "bookkeeping", "OpenClaw's own notes changed"),
        ("tools", {"profile": "full"}, "section-added", "Section tools: added"),
        ("skills", NOWHERE, "section-removed", "Section skills: removed"),
        ("skills.entries.weather.enabled", False, "settings", "Section skills: 1 setting(s) changed"),
    ],
)  # fmt: skip
def test_one_change_is_told_in_the_terms_of_the_business(
    path: str, value: object, code: str, text: str
) -> None:
    (told,) = meaning(SHOP, changed(path, value))
    assert (told.code, told.text) == (code, text)
    assert told.settings
    assert not any(key in repr(told) for key in (KEY, OTHER_KEY, "t" * 32, "u" * 32))


def test_rules_are_told_by_line_and_agent() -> None:
    rule = {"agentId": "sales", "match": {"channel": "whatsapp"}}
    texts = [each.text for each in meaning(SHOP, changed("bindings", [rule]))]
    assert texts == [
        "whatsapp: Luna does not answer there any more",
        "whatsapp: Sales Assistant answers there from now on",
    ]
    narrower = {"agentId": "luna", "match": {"channel": "whatsapp", "accountId": "a"}}
    (told,) = meaning(SHOP, changed("bindings", [narrower]))
    assert told.code == "rules-changed"


def test_the_same_says_nothing_and_an_older_list_of_agents_is_the_same() -> None:
    assert meaning(SHOP, copy.deepcopy(SHOP)) == ()
    older = copy.deepcopy(SHOP)
    entries = older["agents"].pop("entries")
    older["agents"]["list"] = [{"id": key, **entry} for key, entry in entries.items()]
    assert meaning(older, SHOP) == ()


@pytest.mark.parametrize("odd", [[], "x", 3, None, {"entries": []}, {"entries": {"luna": 3}}])
def test_odd_data_is_told_and_not_stumbled_over(odd: object) -> None:
    for section in ("agents", "channels", "bindings", "models", "gateway"):
        shop = changed(section, odd)
        assert meaning(SHOP, shop)
        assert meaning(shop, SHOP)
        lost = loss_between(packed(SHOP), packed(shop))
        assert bool(lost) is (section in ("agents", "channels", "bindings"))


def test_files_are_told_too() -> None:
    shop = packed(SHOP)
    commented = b"// mine\n" + shop
    assert [each.code for each in change_between(shop, commented)] == ["only-form"]
    assert [each.code for each in change_between(shop, b"")] == ["file-gone"]
    assert [each.code for each in change_between(shop, b"{")] == ["file-unreadable"]
    assert change_between(b"", shop)[0].code == "file-new"
    assert change_between(b"{", shop)[0].code == "file-readable"
    assert change_between(shop, shop) == ()


def test_what_a_shop_would_miss_is_a_loss() -> None:
    shop = packed(SHOP)
    stub = b'{"gateway":{"mode":"local"},"agents":{}}'
    texts = [each.text for each in loss_between(shop, stub)]
    assert texts == [
        "3 agent(s) gone: Luna, Sales Assistant, HR & Admin",
        "1 channel(s) gone: whatsapp",
        "1 rule(s) on who answers where gone",
        "2 section(s) gone: models, skills",
    ]
    assert loss_between(shop, b"")[0].code == "file-gone"
    assert loss_between(shop, b"{")[0].code == "file-unreadable"
    assert [each.code for each in loss_between(shop, packed(changed("agents.entries.hr")))] == ["lost-agents"]
    assert [each.code for each in loss_between(shop, packed(changed("bindings", [])))] == ["lost-rules"]


def test_a_file_a_third_smaller_is_a_loss() -> None:
    long = changed("skills.entries.weather.note", "x" * 2000)
    short = changed("skills.entries.weather.note", "x" * 100)
    (lost,) = loss_between(packed(long), packed(short))
    assert lost.code == "lost-size"


def test_what_nobody_misses_is_no_loss() -> None:
    shop = packed(SHOP)
    for other in (changed("meta"), changed("gateway.port", 1), changed("agents.entries.new", {}), SHOP):
        assert loss_between(shop, packed(other)) == ()
    emptied = changed("skills", {})
    assert loss_between(packed(emptied), packed({k: v for k, v in emptied.items() if k != "skills"})) == ()
    assert loss_between(b"", shop) == ()
    assert loss_between(b"{", shop) == ()


def test_every_sentence_can_be_said() -> None:
    assert all(text and code == code.lower() for code, text in SENTENCES.items())


def test_of_very_many_differences_the_rest_is_counted() -> None:
    many = changed("agents.entries", {f"a{number}": {"name": str(number)} for number in range(300)})
    told = change_between(packed(SHOP), packed(many))
    assert len(told) == 101
    assert told[-1].text.endswith("more difference(s)")


def test_rules_that_are_in_neither_version_are_no_change() -> None:
    (told,) = meaning({"gateway": {"port": 1}}, {"gateway": {"port": 2}})
    assert told.code == "engine-port"
