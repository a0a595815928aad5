"""Rules made, moved and taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from appliance.agents.moves import edited
from appliance.agents.routes import Router, Sender
from appliance.agents.rule_edits import Scope, binding_edits, scope, unbinding_edits
from appliance.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from appliance.places import Places

ANNA = {"kind": "direct", "id": "+441"}


def rule(agent: str, account: str | None = None, **more: Any) -> dict[str, object]:
    match = {"channel": "whatsapp", **({"accountId": account} if account else {}), **more}
    return {"agentId": agent, "match": match}


def box(*rules: dict[str, object], accounts: str = "") -> dict[str, object]:
    settings = {"accounts": {name: {} for name in accounts.split()}} if accounts else {}
    return {
        "agents": {"ownership": "explicit", "entries": {"luna": {}, "sales": {}}},
        "channels": {"whatsapp": settings},
        "bindings": list(rules),
    }


def bound(value: dict[str, object], agent: str, wanted: Scope, places: Places) -> list[object]:
    after = edited(value, binding_edits(value, agent, wanted, places))
    found: list[object] = after["bindings"]  # type: ignore[assignment]
    return found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ({"channel": " WhatsApp "}, Scope("whatsapp")),
        ({"channel": "whatsapp", "account": "Shop"}, Scope("whatsapp", "shop")),
        ({"channel": "whatsapp", "account": "*"}, Scope("whatsapp", "*")),
        (
            {"channel": "whatsapp", "person": "0044 7700-900 (123)"},
            Scope("whatsapp", "", "direct", "+447700900123"),
        ),
        ({"channel": "whatsapp", "person": "*"}, Scope("whatsapp", "", "direct", "*")),
        ({"channel": "telegram", "person": " 0044 1 "}, Scope("telegram", "", "direct", "0044 1")),
        ({"channel": "whatsapp", "group": " 12@g.us "}, Scope("whatsapp", "", "group", "12@g.us")),
    ],
)
def test_what_somebody_types_becomes_what_openclaw_compares(typed: dict[str, str], found: Scope) -> None:
    assert scope(**typed) == found


@pytest.mark.parametrize(
    ("typed", "code"),
    [({"channel": " "}, "scope-channel"), ({"channel": "x", "person": "1", "group": "2"}, "scope-both")],
)
def test_what_makes_no_sense_is_said(typed: dict[str, str], code: str) -> None:
    with pytest.raises(Usage) as told:
        scope(**typed)
    assert told.value.code == code


def test_a_line_gets_another_agent(places: Places) -> None:
    whole = Scope("whatsapp")
    assert bound(box(), "luna", whole, places) == [rule("luna", "*")]
    assert bound(box(rule("luna", "*")), "sales", whole, places) == [rule("sales", "*")]
    assert binding_edits(box(rule("luna", "*")), "luna", whole, places) == []
    # A rule without an account is for the default one, and comes before the one for any.
    assert bound(box(rule("luna")), "sales", whole, places) == [rule("sales"), rule("sales", "*")]


def test_what_else_stands_in_a_rule_stays(places: Places) -> None:
    kept = rule("luna", "*") | {"comment": "by hand", "session": {"dmScope": "per-peer"}}
    assert bound(box(kept), "sales", Scope("whatsapp"), places) == [kept | {"agentId": "sales"}]


def test_one_account_and_one_person(places: Places) -> None:
    value = box(rule("luna", "*"), accounts="shop home")
    assert bound(value, "sales", Scope("whatsapp", "shop"), places)[1] == rule("sales", "shop")
    anna = Scope("whatsapp", "", "direct", "+441")
    assert bound(value, "sales", anna, places)[1] == rule("sales", "*", peer=ANNA)


@pytest.mark.parametrize("already", [False, True])
def test_the_rule_for_one_account_comes_before_that_for_any(places: Places, *, already: bool) -> None:
    rules = [rule("luna", "*", peer=ANNA), *([rule("luna", "shop", peer=ANNA)] if already else [])]
    value = box(*rules, accounts="shop home")
    after = edited(value, binding_edits(value, "sales", Scope("whatsapp", "shop", "direct", "+441"), places))
    router = Router(after)
    assert router.route(Sender("whatsapp", "shop", "direct", "+441")).agent == "sales"
    assert router.route(Sender("whatsapp", "home", "direct", "+441")).agent == "luna"


def test_who_is_not_there_cannot_answer(places: Places) -> None:
    with pytest.raises(NotFound) as told:
        binding_edits(box(), "ghost", Scope("whatsapp"), places)
    assert told.value.code == "agent-unknown"
    with pytest.raises(NotFound) as told:
        binding_edits(box(accounts="shop"), "luna", Scope("whatsapp", "home"), places)
    assert told.value.code == "account-unknown"


def test_a_person_goes_back_to_who_answers_everybody(places: Places) -> None:
    value = box(rule("luna", "*"), rule("sales", "*", peer=ANNA))
    after = edited(value, unbinding_edits(value, "sales", Scope("whatsapp", "", "direct", "+441"), places))
    assert after["bindings"] == [rule("luna", "*")]


def test_a_line_is_never_left_to_nobody(places: Places) -> None:
    value = box(rule("sales", "*"))
    with pytest.raises(Refused) as told:
        unbinding_edits(value, "sales", Scope("whatsapp"), places)
    assert (told.value.code, told.value.facts["channel"]) == ("line-unowned", "whatsapp")
    after = edited(value, unbinding_edits(value, "sales", Scope("whatsapp"), places, heir="luna"))
    assert after["bindings"] == [rule("luna", "*")]


def test_the_only_agent_may_lose_its_rule(places: Places) -> None:
    value = box(rule("luna", "*"))
    value["agents"] = {"entries": {"luna": {}}}
    after = edited(value, unbinding_edits(value, "luna", Scope("whatsapp"), places))
    assert "bindings" not in after


@pytest.mark.parametrize(
    ("agent", "heir", "kind", "code"),
    [
        ("luna", "", NotFound, "binding-unknown"),
        ("sales", "ghost", NotFound, "agent-unknown"),
        ("sales", "sales", Usage, "heir-same"),
        ("ghost", "", NotFound, "agent-unknown"),
    ],
)
def test_what_cannot_be_taken_away(
    agent: str, heir: str, kind: type[Exception], code: str, places: Places
) -> None:
    with pytest.raises(kind) as told:
        unbinding_edits(box(rule("sales", "*")), agent, Scope("whatsapp"), places, heir)
    assert told.value.code == code  # type: ignore[attr-defined]  # all are LunaErrors
