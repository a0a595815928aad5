"""Paths into the configuration, as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import Usage
from appliance.store.edits import ANY, MISSING, Edit, format_path, lookup, parse_path, same


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("gateway.port", ("gateway", "port")),
        ("bindings.0.agentId", ("bindings", "0", "agentId")),
        ("bindings[0].agentId", ("bindings", "0", "agentId")),
        ('models.providers["my.host"].apiKey', ("models", "providers", "my.host", "apiKey")),
        ("models.providers['it\\'s'].x", ("models", "providers", "it's", "x")),
        ('["a b"]', ("a b",)),
        ('a["\\u00e9"]', ("a", "é")),
        ("$schema", ("$schema",)),
    ],
)
def test_reads_dotted_quoted_and_indexed_paths(text: str, path: tuple[str, ...]) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    "text", ["", ".", "a.", "a..b", ".a", "a[", "a[x]", 'a["x', "a[0]b", 'a["\\x"]', 'a"b']
)
def test_refuses_what_is_no_path(text: str) -> None:
    with pytest.raises(Usage) as caught:
        parse_path(text)
    assert caught.value.code == "config-path"


@pytest.mark.parametrize("key", ["__proto__", "constructor", "prototype"])
def test_refuses_keys_javascript_gives_a_meaning(key: str) -> None:
    with pytest.raises(Usage) as caught:
        parse_path(f"a.{key}.b")
    assert caught.value.code == "config-path"
    with pytest.raises(Usage):
        Edit(("a", key), 1)


def test_an_edit_needs_a_path() -> None:
    with pytest.raises(Usage):
        Edit((), {})


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=5))
def test_a_formatted_path_reads_back(keys: list[str]) -> None:
    path = tuple(keys)
    if {"__proto__", "constructor", "prototype"} & set(path) or any(
        "\ud800" <= c <= "\udfff" for k in keys for c in k
    ):
        return
    assert parse_path(format_path(path)) == path


def test_looks_up_keys_and_indexes() -> None:
    value = {"a": [{"b": None}]}
    assert lookup(value, ("a", "0", "b")) is None
    assert lookup(value, ()) is value
    for path in (("a", "1"), ("a", "x"), ("a", "0", "c"), ("a", "0", "b", "c"), ("z",)):
        assert lookup(value, path) is MISSING


def test_same_is_equality_of_json_data() -> None:
    assert same({"a": 1, "b": [1.0]}, {"b": [1], "a": 1.0})
    assert not same(1, True)
    assert not same([True], [1])
    assert not same({"a": 1}, {"a": 1, "b": 2})
    assert not same([1, 2], [1])
    assert same(None, None)


def test_marks_show_their_name() -> None:
    assert (repr(MISSING), repr(ANY)) == ("MISSING", "ANY")
    assert Edit(("a b", "c"), 1).name == '["a b"].c'
    assert format_path(()) == "<root>"
