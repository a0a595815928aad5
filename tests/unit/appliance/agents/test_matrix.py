"""Who answers whom, and what is wrong with it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from appliance.agents.matrix import Line, lines, matrix, unowned_lines
from appliance.agents.routes import Router, Sender


def rule(agent: str, channel: str, account: str | None = None, **more: Any) -> dict[str, object]:
    match = {"channel": channel, **({"accountId": account} if account else {}), **more}
    return {"agentId": agent, "match": match}


def box(*rules: dict[str, object], agents: str = "luna sales", **more: Any) -> dict[str, object]:
    value: dict[str, object] = {
        "agents": {"ownership": "explicit", "entries": {name: {} for name in agents.split()}},
        "channels": {"whatsapp": {}, "telegram": {"accounts": {"shop": {}, "old": {"enabled": False}}}},
        "bindings": list(rules),
    }
    return value | more


def flags(value: dict[str, object]) -> dict[tuple[str, str, str], str]:
    return {(row.channel, row.account, row.peer or row.guild): row.flag for row in matrix(value).rows}


def test_every_account_of_every_channel_is_a_line() -> None:
    assert lines(box(channels={"WhatsApp": {"enabled": False}, "defaults": {}, "modelByChannel": {}})) == (
        Line("whatsapp", "default", on=False),
    )
    assert lines(box())[1:] == (Line("telegram", "shop"), Line("telegram", "old", on=False))
    assert lines({}) == lines({"channels": []}) == ()


def test_a_line_without_an_owner_is_flagged_first() -> None:
    rows = matrix(box(rule("luna", "whatsapp"))).rows
    assert [(row.channel, row.account, row.agent, row.flag) for row in rows] == [
        ("telegram", "shop", "", "nobody"),
        ("whatsapp", "default", "luna", ""),
        ("telegram", "old", "", ""),
    ]
    assert matrix(box(rule("luna", "whatsapp"))).serious


def test_one_agent_needs_no_rule() -> None:
    found = matrix(box(agents="luna"))
    assert {(row.agent, row.why, row.flag) for row in found.rows} == {("luna", "only", "")}
    assert not found.serious


def test_the_system_agent_answers_but_nobody_chose_it() -> None:
    value = box()
    value["agents"]["defaults"] = {"systemAgent": {"agentId": "luna"}}  # type: ignore[index]
    assert flags(value)["whatsapp", "default", ""] == "fallback"
    assert unowned_lines(value) == lines(value)


@pytest.mark.parametrize(
    ("more", "flag"),
    [
        (rule("ghost", "whatsapp", "*"), "ghost"),
        (rule("main", "whatsapp", "*"), "ghost"),
        (rule("luna", "whatsapp", "*"), ""),
        (rule("LUNA ", "WhatsApp"), ""),
        (rule("luna", "whatsapp", "other"), "nobody"),
        (rule("luna", "whatsapp", peer={"kind": "direct", "id": "*"}), "nobody"),
        (rule("luna", "whatsapp", guildId="g"), "nobody"),
    ],
)
def test_the_owner_of_a_line(more: dict[str, object], flag: str) -> None:
    assert flags(box(more))["whatsapp", "default", ""] == flag


def test_rules_for_somebody_have_a_row_each() -> None:
    person = {"kind": "direct", "id": "+441"}
    found = flags(
        box(
            rule("luna", "whatsapp", "*"),
            rule("sales", "whatsapp", "*", peer=person),
            rule("luna", "whatsapp", peer=person),
            rule("luna", "signal", "*"),
            rule("sales", "telegram", "*", peer={"kind": "group", "id": "-1"}),
        )
    )
    assert found == {
        ("telegram", "shop", ""): "nobody",
        ("whatsapp", "default", ""): "",
        ("telegram", "old", ""): "",
        ("whatsapp", "*", "+441"): "",
        ("whatsapp", "default", "+441"): "unreached",
        ("signal", "*", ""): "no-line",
        ("telegram", "*", "-1"): "",
    }


def test_other_places_that_name_nobody_are_told() -> None:
    value = box(rule("luna", "whatsapp", "*"), rule("luna", "telegram", "*"), talk={"agentId": "gone"})
    found = matrix(value)
    assert [(item.path, item.agent) for item in found.dangling] == [(("talk", "agentId"), "gone")]
    assert found.serious


@pytest.mark.no_cover
def test_hundreds_of_rules_stay_quick() -> None:
    """A tenth of a second, and eight times that while coverage counts the lines."""
    rules = [
        rule("luna", "whatsapp", "*", peer={"kind": "direct", "id": f"+44{number}"}) for number in range(400)
    ]
    value = box(*rules)
    begun = time.process_time()
    assert len(matrix(value).rows) == 403
    assert time.process_time() - begun < 1.0


def test_one_router_answers_for_many() -> None:
    router = Router(box(rule("sales", "whatsapp", "*"), agents="luna sales"))
    assert router.route(Sender("whatsapp")).agent == "sales"
    assert router.route(Sender("telegram", "shop")).why == "nobody"
    assert router.owned(Sender("whatsapp"))
    assert not router.owned(Sender("telegram", "shop"))
