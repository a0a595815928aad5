"""Who answers whom, as operations: asked, changed, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError, Note
from appliance.ops.agents import ARCHIVE
from appliance.ops.agents_restore import ArchiveAgent
from appliance.ops.agents_routing import BIND, BINDINGS, UNBIND, WHO, AskWho, Bind, Unbind
from appliance.ops.config import SET, SetSetting
from appliance.ops.core import Nothing, Verdict
from appliance.ops.history import LIST, UNDO, ListChanges, OneChange
from appliance.ops.undo import LAST

if TYPE_CHECKING:
    from tests.unit.appliance.ops.shops import ShopBox

RULE = {"agentId": "luna", "match": {"channel": "telegram"}}


def set_up(shop: ShopBox, **more: Any) -> None:
    """As another program does; the box has looked at it since."""
    import json

    value = shop.value | {"channels": {"telegram": {}}} | more
    shop.places.config_path.write_text(json.dumps(value))


def test_the_list_says_who_answers_and_why(shop: ShopBox) -> None:
    set_up(shop)
    found = shop.run(BINDINGS, Nothing())
    (row,) = found.rows
    assert (row.channel, row.who, row.agent, row.agent_name, row.why, row.flag, row.rule) == (
        "telegram",
        "everyone",
        "luna",
        "Luna",
        "account",
        "",
        0,
    )
    assert BINDINGS.verdict(found) is Verdict.DONE


def test_a_line_nobody_was_chosen_for_is_a_finding(shop: ShopBox) -> None:
    set_up(shop, bindings=[], talk={"agentId": "gone"})
    found = shop.run(BINDINGS, Nothing())
    assert [(row.agent, row.why, row.flag) for row in found.rows] == [("luna", "system", "fallback")]
    assert [(item.path, item.agent) for item in found.dangling] == [("talk.agentId", "gone")]
    assert BINDINGS.verdict(found) is Verdict.FINDINGS


def test_the_tester_answers_for_one_message(shop: ShopBox) -> None:
    person = {"agentId": "hr", "match": {"channel": "telegram", "peer": {"kind": "direct", "id": "7"}}}
    set_up(shop, bindings=[RULE, person])
    found = shop.run(WHO, AskWho("Telegram", person="7"))
    assert (found.agent, found.agent_name, found.why, found.rule) == ("hr", "HR & Admin", "peer", 1)
    assert shop.run(WHO, AskWho("telegram", person="8")).agent == "luna"
    assert shop.run(WHO, AskWho("telegram", group="7")).agent == "luna"
    assert shop.run(WHO, AskWho("slack")).why == "system"


def test_the_tester_takes_the_only_account(shop: ShopBox) -> None:
    rule = {"agentId": "hr", "match": {"channel": "telegram", "accountId": "shop"}}
    set_up(shop, channels={"telegram": {"accounts": {"shop": {}}}}, bindings=[rule])
    assert shop.run(WHO, AskWho("telegram")).account == "shop"
    assert shop.run(WHO, AskWho("telegram")).agent == "hr"


def test_a_change_says_before_what_it_does_and_can_be_taken_back(shop: ShopBox) -> None:
    set_up(shop)
    before = shop.value["bindings"]
    plan = shop.plan(BIND, Bind("hr", "telegram"))
    (note,) = plan.warnings
    assert isinstance(note, Note)
    assert (note.code, note) == ("routing-moves", "On telegram, everyone: Luna → HR & Admin.")
    assert plan.changes
    assert shop.value["bindings"] == before
    shop.run(BIND, Bind("hr", "telegram"))
    assert shop.run(WHO, AskWho("telegram")).agent == "hr"
    assert shop.run(BINDINGS, Nothing()).serious is False
    shop.run(LAST, Nothing())
    assert shop.value["bindings"] == before
    assert shop.plan(BIND, Bind("luna", "telegram", account="default")).changes == ()


def test_what_was_for_one_person_goes_back_to_all(shop: ShopBox) -> None:
    set_up(shop)
    shop.run(BIND, Bind("hr", "telegram", person="7"))
    assert shop.run(WHO, AskWho("telegram", person="7")).agent == "hr"
    shop.run(UNBIND, Unbind("hr", "telegram", person="7"))
    assert shop.run(WHO, AskWho("telegram", person="7")).agent == "luna"
    shop.run(LAST, Nothing())
    assert shop.run(WHO, AskWho("telegram", person="7")).agent == "hr"


def test_a_server_its_roles_and_a_team_have_rules_of_their_own(shop: ShopBox) -> None:
    everybody = [{"agentId": "luna", "match": {"channel": name}} for name in ("discord", "slack")]
    set_up(shop, channels={"discord": {}, "slack": {}}, bindings=everybody)
    shop.run(BIND, Bind("hr", "discord", guild="g1"))
    assert shop.run(WHO, AskWho("discord", guild="g1")).why == "guild"
    assert shop.run(WHO, AskWho("discord", guild="g2")).agent == "luna"
    shop.run(BIND, Bind("luna", "discord", guild="g1", roles=("boss", "chef")))
    assert shop.run(WHO, AskWho("discord", guild="g1", roles=("chef",))).why == "guild-roles"
    assert shop.run(WHO, AskWho("discord", guild="g1", roles=("guest",))).agent == "hr"
    shop.run(BIND, Bind("hr", "discord", guild="g1", roles=("chef", "boss")))
    assert len([rule for rule in shop.value["bindings"] if rule["match"].get("roles")]) == 1
    shop.run(BIND, Bind("hr", "slack", team="T1"))
    assert shop.run(WHO, AskWho("slack", team="T1")).why == "team"
    assert shop.value["bindings"][-1]["match"] == {"channel": "slack", "accountId": "*", "teamId": "T1"}
    shop.run(UNBIND, Unbind("hr", "slack", team="T1"))
    shop.run(UNBIND, Unbind("hr", "discord", guild="g1", roles=("boss", "chef")))
    shop.run(UNBIND, Unbind("hr", "discord", guild="g1"))
    assert shop.value["bindings"] == everybody


@pytest.mark.parametrize(
    ("more", "code"),
    [({"roles": ("boss",)}, "scope-roles"), ({"guild": "g1", "team": "T1"}, "scope-space")],
)
def test_roles_without_a_server_and_a_server_of_a_team_are_no_senders(
    shop: ShopBox, more: dict[str, Any], code: str
) -> None:
    set_up(shop)
    with pytest.raises(LunaError) as told:
        shop.run(BIND, Bind("hr", "discord", **more))
    assert told.value.code == code


def test_a_line_goes_to_an_heir_or_stays(shop: ShopBox) -> None:
    set_up(shop)
    with pytest.raises(LunaError) as told:
        shop.run(UNBIND, Unbind("luna", "telegram"))
    assert told.value.code == "line-unowned"
    shop.run(UNBIND, Unbind("luna", "telegram", heir="hr"))
    assert shop.run(WHO, AskWho("telegram")).agent == "hr"


def test_letting_an_agent_go_says_who_answers_then(shop: ShopBox) -> None:
    set_up(shop, bindings=[{"agentId": "hr", "match": {"channel": "telegram"}}], talk={"agentId": "hr"})
    before = shop.value
    plan = shop.plan(ARCHIVE, ArchiveAgent("hr", heir="luna"))
    assert "On telegram, everyone: HR & Admin → Luna." in plan.warnings
    shop.run(ARCHIVE, ArchiveAgent("hr", heir="luna"))
    assert shop.value["talk"] == {"agentId": "luna"}
    assert shop.run(BINDINGS, Nothing()).serious is False
    shop.run(LAST, Nothing())
    assert shop.value["bindings"] == before["bindings"]
    assert shop.value["talk"] == before["talk"]


def test_a_right_goes_with_who_had_it_is_told_and_comes_back(shop: ShopBox) -> None:
    set_up(
        shop,
        hooks={"mappings": [{"agentId": "hr"}], "allowedAgentIds": ["hr"]},
        tools={"agentToAgent": {"allow": ["hr"]}},
    )
    before = shop.value
    warned = shop.plan(ARCHIVE, ArchiveAgent("hr", heir="luna")).warnings
    told = [(note.code, note) for note in warned if isinstance(note, Note)]
    assert ("agent-leaves-list", "“hr” leaves hooks.allowedAgentIds; “luna” is not put there.") in told
    assert ("agent-leaves-list", "“hr” leaves tools.agentToAgent.allow; “luna” is not put there.") in told
    assert "tools.agentToAgent.enabled" in dict(told)["agent-right-off"]
    assert dict(told)["agent-not-allowed"].facts["agent"] == "Luna"
    shop.run(ARCHIVE, ArchiveAgent("hr", heir="luna"))
    after = shop.value
    assert after["hooks"] == {"mappings": [{"agentId": "luna"}], "allowedAgentIds": []}
    assert after["tools"] == {"agentToAgent": {"allow": [], "enabled": False}}
    shop.run(LAST, Nothing())
    assert shop.value["hooks"] == before["hooks"]
    assert shop.value["tools"] == before["tools"]


def test_an_undo_never_names_an_agent_that_went_meanwhile(shop: ShopBox) -> None:
    set_up(shop)
    for agent in ("hr", "luna"):
        shop.run(SET, SetSetting("tools.agentToAgent.allow", f'["{agent}"]'))
    change = shop.run(LIST, ListChanges()).changes[0]
    shop.run(ARCHIVE, ArchiveAgent("hr"))
    before = shop.value
    with pytest.raises(LunaError) as told:
        shop.run(UNDO, OneChange(change.id))
    assert told.value.code == "names-gone"
    assert shop.value == before


def test_an_agent_that_comes_back_leaves_no_line_to_nobody(shop: ShopBox) -> None:
    """What was connected meanwhile keeps the owner it had."""
    set_up(shop, bindings=[{"agentId": "hr", "match": {"channel": "telegram"}}])
    shop.run(ARCHIVE, ArchiveAgent("hr"))
    value = shop.value
    set_up(shop, channels={"telegram": {}, "whatsapp": {}}, agents=value["agents"])
    changes = shop.run(LIST, ListChanges()).changes
    (gone,) = (change.id for change in changes if change.operation == ARCHIVE.name)
    shop.run(UNDO, OneChange(gone))
    assert {row.agent for row in shop.run(BINDINGS, Nothing()).rows} == {"hr", "luna"}
    assert not shop.run(BINDINGS, Nothing()).serious
