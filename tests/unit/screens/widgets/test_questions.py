"""Parameters as questions, answers as parameters, and both as a command line."""

from __future__ import annotations

import pytest

from appliance.ops.agents import CREATE, SHOW, OneAgent
from appliance.ops.agents_edit import UPDATE, UpdateAgent
from appliance.ops.provider_add import AddProvider
from appliance.ops.providers import ADD
from appliance.ops.registry import every_operation
from appliance.secret import Secret
from lunatui.commands import parse
from screens.command_line import command_line
from screens.widgets.questions import NoAnswer, Wish, answer, can_be_asked, parameters, questions
from screens.words import Words

WORDS = Words()


def test_kinds_come_from_the_types() -> None:
    kinds = {item.name: item.kind for item in questions(ADD, WORDS)}
    assert kinds == {
        "kind": "text", "id": "text", "base_url": "text", "model": "many", "key": "secret",
        "default": "choice", "anyway": "choice",
    }  # fmt: skip


def test_only_a_field_without_a_default_has_to_be_answered() -> None:
    assert [item.name for item in questions(CREATE, WORDS) if item.required] == ["name"]
    name = questions(CREATE, WORDS)[0]
    with pytest.raises(NoAnswer, match="needed"):
        answer(name, "  ", WORDS)


def test_what_is_not_answered_keeps_its_default() -> None:
    asked = questions(ADD, WORDS)
    given = {
        "kind": "custom",
        "id": "",
        "base_url": " http://x/v1 ",
        "model": "a, b",
        "key": "",
        "default": True,
        "anyway": False,
    }
    params = parameters(ADD, {item.name: answer(item, given[item.name], WORDS) for item in asked})
    assert params == AddProvider("custom", base_url="http://x/v1", model=("a", "b"), default=True)


def test_a_key_becomes_a_secret() -> None:
    key = next(item for item in questions(ADD, WORDS) if item.name == "key")
    found = answer(key, "sk-1", WORDS)
    assert isinstance(found, Secret)
    with found.expose() as text:
        assert text == "sk-1"


def test_an_answer_that_is_as_before_changes_nothing() -> None:
    name = questions(UPDATE, WORDS, (Wish("name", default="Luna", unchanged="Luna"),))[0]
    assert answer(name, "Luna", WORDS) is None
    assert answer(name, "Lu", WORDS) == "Lu"


def test_the_owners_words_stand_for_the_field_where_there_are_some() -> None:
    assert questions(CREATE, WORDS, (Wish("template"),))[0].label == "What should the new agent do?"
    assert questions(CREATE, WORDS, (Wish("protected"),))[0].label == "It can never be archived."


@pytest.mark.parametrize(
    ("operation", "params", "line"),
    [
        (SHOW, OneAgent("luna"), "lunatui agents show luna"),
        (UPDATE, UpdateAgent("luna", name="Lu Na"), "lunatui agents update --name 'Lu Na' luna"),
        (UPDATE, UpdateAgent("-x", model=""), "lunatui agents update --model '' -- -x"),
        (
            ADD,
            AddProvider("custom", model=("a", "b"), key=Secret("s"), default=True),
            "lunatui providers add --model a --model b --key-stdin --default custom",
        ),
    ],
)
def test_a_command_line_says_the_same(operation: object, params: object, line: str) -> None:
    assert command_line(operation, params) == line  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("operation", "params"), [(SHOW, OneAgent("luna")), (UPDATE, UpdateAgent("-x", name="a b", model=""))]
)
def test_the_command_line_reads_it_back(operation: object, params: object) -> None:
    import shlex

    invocation = parse(shlex.split(command_line(operation, params))[1:])  # type: ignore[arg-type]
    assert invocation is not None
    assert invocation.operation is operation
    assert invocation.params == params


def test_nearly_every_operation_can_be_asked_for() -> None:
    without = {operation.name for operation in every_operation() if not can_be_asked(operation)}
    assert without == set()
