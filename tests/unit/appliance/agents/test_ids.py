"""Agent ids: what is one, and what a name becomes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.agents.ids import MAX_LENGTH, check_agent_id, propose_id, refuse_taken
from appliance.errors import Conflict, Usage


@pytest.mark.parametrize("text", ["luna", "a", "main", "9to5", "front_desk-2", "a" * MAX_LENGTH])
def test_an_id_by_the_rule_is_kept(text: str) -> None:
    assert check_agent_id(text) == text


def test_full_width_letters_become_the_plain_ones() -> None:
    assert check_agent_id("ｌｕｎａ") == "luna"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Luna",
        "-a",
        "_a",
        "a b",
        "café",
        "a" * 65,
        "con",
        "nul",
        ".",
        "..",
        "a/b",
        "../x",
        "a\n",
        "лунa",
        "a\u200d",
    ],
)
def test_anything_else_is_refused_with_the_rule(text: str) -> None:
    with pytest.raises(Usage) as caught:
        check_agent_id(text)
    assert caught.value.code == "agent-id"
    assert "a to z" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Café Rosa", "cafe-rosa"),
        ("Sales Desk", "sales-desk"),
        ("Café & Co. ✨", "cafe-co"),
        ("Rosa's Helfer", "rosas-helfer"),
        ("Größe Öl", "grosse-ol"),
        ("Łódź", "lodz"),
        ("Ærø Smørrebrød", "aero-smorrebrod"),
        ("İstanbul Işık", "istanbul-isik"),
        ("ＬＵＮＡ ２", "luna-2"),
        ("  --  Ops  --  ", "ops"),
        ("x" * 80, "x" * MAX_LENGTH),
    ],
)
def test_a_name_becomes_a_readable_id(name: str, expected: str) -> None:
    assert propose_id(name) == expected


def test_a_taken_id_gets_a_number() -> None:
    assert propose_id("Luna", ["luna"]) == "luna-2"
    assert propose_id("Luna", ["LUNA", "luna-2"]) == "luna-3"
    assert propose_id("x" * 80, ["x" * MAX_LENGTH]) == "x" * (MAX_LENGTH - 2) + "-2"


def test_a_reserved_word_gets_a_number_too() -> None:
    assert check_agent_id(propose_id("Con")) == "con-2"


@pytest.mark.parametrize("name", ["", "!!!", "Луна", "咖啡"])
def test_a_name_without_latin_letters_asks_for_an_id(name: str) -> None:
    with pytest.raises(Usage) as caught:
        propose_id(name)
    assert "front-desk" in caught.value.hint


@given(st.text(max_size=100), st.lists(st.sampled_from(["a", "b", "luna", "con-2"]), max_size=4))
def test_every_proposal_is_a_free_id(name: str, taken: list[str]) -> None:
    try:
        proposal = propose_id(name, taken)
    except Usage:
        return
    assert check_agent_id(proposal) == proposal
    assert proposal not in taken


def test_an_existing_agent_is_named_whatever_the_case() -> None:
    with pytest.raises(Conflict) as caught:
        refuse_taken("luna", ["desk", "LUNA"])
    assert caught.value.code == "agent-exists"
    assert "LUNA" in caught.value.message
    refuse_taken("luna", ["luna-2"])
