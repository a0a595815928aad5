"""What one agent is, changed through its entry: brain, second choices, skills, sandbox, helpers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError, NotFound, Usage
from appliance.ops.agents_edit import (
    HELPERS,
    SANDBOX,
    SKILLS_SET,
    UPDATE,
    ChooseHelpers,
    ChooseSandbox,
    ChooseSkills,
    UpdateAgent,
)
from appliance.ops.core import Nothing
from appliance.ops.undo import LAST

if TYPE_CHECKING:
    from appliance.ops.core import Operation
    from tests.unit.appliance.ops.shops import ShopBox


def entry(shop: ShopBox, agent: str = "hr") -> dict[str, Any]:
    found: dict[str, Any] = shop.value["agents"]["entries"][agent]
    return found


def test_second_choices_stand_behind_the_agents_own_model_in_their_order(shop: ShopBox) -> None:
    shop.run(UPDATE, UpdateAgent("hr", fallbacks="practice/b, practice/c"))
    assert entry(shop)["model"] == {"primary": "practice/a", "fallbacks": ["practice/b", "practice/c"]}
    shop.run(UPDATE, UpdateAgent("hr", model="practice/x"))
    assert entry(shop)["model"] == {"primary": "practice/x", "fallbacks": ["practice/b", "practice/c"]}
    shop.run(UPDATE, UpdateAgent("hr", fallbacks=""))
    assert entry(shop)["model"] == {"primary": "practice/x", "fallbacks": []}
    shop.run(UPDATE, UpdateAgent("hr", model=""))
    assert "model" not in entry(shop)


def test_an_agent_without_a_model_of_its_own_falls_back_from_everybodys(shop: ShopBox) -> None:
    shop.run(UPDATE, UpdateAgent("luna", fallbacks="practice/b"))
    assert entry(shop, "luna")["model"] == {"primary": "practice/practice", "fallbacks": ["practice/b"]}


@pytest.mark.parametrize("fallbacks", ["b", "practice/", "practice/a", "practice/b,practice/b"])
def test_a_second_choice_is_another_model(shop: ShopBox, fallbacks: str) -> None:
    with pytest.raises(Usage) as caught:
        shop.run(UPDATE, UpdateAgent("hr", fallbacks=fallbacks))
    assert caught.value.code == "agent-fallbacks"


def test_thinking_is_set_and_left_to_everybodys_again(shop: ShopBox) -> None:
    shop.run(UPDATE, UpdateAgent("hr", thinking="high"))
    assert entry(shop)["thinkingDefault"] == "high"
    shop.run(UPDATE, UpdateAgent("hr", thinking="default"))
    assert "thinkingDefault" not in entry(shop)


def test_skills_replace_what_was_chosen_before(shop: ShopBox) -> None:
    shop.run(SKILLS_SET, ChooseSkills("hr", ("weather", "notes")))
    shop.run(SKILLS_SET, ChooseSkills("hr", ("weather",)))
    assert entry(shop)["skills"] == ["weather"]
    shop.run(SKILLS_SET, ChooseSkills("hr", none=True))
    assert entry(shop)["skills"] == []
    shop.run(SKILLS_SET, ChooseSkills("hr", inherit=True))
    assert "skills" not in entry(shop)


def test_which_conversations_are_locked_in(shop: ShopBox) -> None:
    shop.run(SANDBOX, ChooseSandbox("hr", "all", "agent", "ro"))
    assert entry(shop)["sandbox"] == {"mode": "all", "scope": "agent", "workspaceAccess": "ro"}
    shop.run(SANDBOX, ChooseSandbox("hr", scope="default"))
    assert entry(shop)["sandbox"] == {"mode": "all", "workspaceAccess": "ro"}


def test_opening_a_locked_room_has_to_be_confirmed(shop: ShopBox) -> None:
    asked: list[str] = []

    async def no(question: str) -> bool:
        asked.append(question)
        return False

    import asyncio
    from dataclasses import replace

    from appliance.ops.dispatch import dispatch

    shop.run(SANDBOX, ChooseSandbox("hr", "all"))
    call = replace(shop.call(), consent=no)
    with pytest.raises(LunaError) as caught:
        asyncio.run(dispatch(shop.box, SANDBOX, ChooseSandbox("hr", "off"), call))
    assert caught.value.code == "no-consent"
    assert "hr" in asked[0]
    assert entry(shop)["sandbox"] == {"mode": "all"}


def test_whom_it_may_give_tasks_to(shop: ShopBox) -> None:
    shop.run(HELPERS, ChooseHelpers("luna", ("hr",), delegation="prefer"))
    assert entry(shop, "luna")["subagents"] == {"allowAgents": ["hr"], "delegationMode": "prefer"}
    shop.run(HELPERS, ChooseHelpers("luna", nobody=True))
    assert entry(shop, "luna")["subagents"] == {"allowAgents": [], "delegationMode": "prefer"}
    shop.run(HELPERS, ChooseHelpers("luna", inherit=True, delegation="default"))
    assert not entry(shop, "luna").get("subagents")


def test_nobody_is_given_tasks_who_is_not_there(shop: ShopBox) -> None:
    with pytest.raises(NotFound) as caught:
        shop.run(HELPERS, ChooseHelpers("luna", ("ghost",)))
    assert caught.value.code == "agent-unknown"


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        (SKILLS_SET, ChooseSkills("hr"), "agent-skills"),
        (SKILLS_SET, ChooseSkills("hr", ("a",), none=True), "agent-skills"),
        (HELPERS, ChooseHelpers("hr"), "agent-helpers"),
        (HELPERS, ChooseHelpers("hr", nobody=True, inherit=True), "agent-helpers"),
    ],
)
def test_what_is_not_clear_is_not_done(
    shop: ShopBox, operation: Operation[Any, Any], params: Any, code: str
) -> None:
    with pytest.raises(Usage) as caught:
        shop.run(operation, params)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        (UPDATE, UpdateAgent("hr", fallbacks="practice/b", thinking="low")),
        (SKILLS_SET, ChooseSkills("hr", ("weather",))),
        (SANDBOX, ChooseSandbox("hr", "all")),
        (HELPERS, ChooseHelpers("hr", ("luna",))),
    ],
)
def test_each_is_taken_back_and_a_dry_run_touches_nothing(
    shop: ShopBox, operation: Operation[Any, Any], params: Any
) -> None:
    before = shop.data
    assert shop.plan(operation, params).changes
    assert shop.data == before
    shop.run(operation, params)
    assert shop.data != before
    shop.run(LAST, Nothing())
    assert shop.value == json.loads(before)
