"""Edits change the text where they must and nowhere else."""

from __future__ import annotations

import pytest

from appliance.errors import Usage
from appliance.store.document import Document
from appliance.store.edits import MISSING, Edit, parse_path


def edited(text: str, *edits: tuple[str, object]) -> str:
    """`text` after edits given as path and value."""
    document = Document.parse(text.encode())
    return document.apply([Edit(parse_path(path), value) for path, value in edits]).data.decode()


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ("{a: 1, // x\n}", "a", 2, "{a: 2, // x\n}"),
        ("{'a' : 0x10}", "a", "b", "{'a' : 'b'}"),
        ("{}", "a", 1, '{\n  "a": 1\n}'),
        ("{\n}\n", "a", 1, '{\n  "a": 1\n}\n'),
        ("{a:1}", "b", 2, "{a:1,b:2}"),
        ("{ a: 1 }", "b", 2, "{ a: 1, b: 2 }"),
        ("{a:1,}", "b", 2, "{a:1,b:2,}"),
        ('{"a": 1}', "b", {"c": [1]}, '{"a": 1, "b": { "c": [1] }}'),
        ("{\n  a: 1 // x\n}", "b", 2, "{\n  a: 1, // x\n  b: 2\n}"),
        ("{\n  a: 1, // x\n}", "b", 2, "{\n  a: 1, // x\n  b: 2,\n}"),
        ("{\n  a: 1\n  // tail\n}", "b", 2, "{\n  a: 1,\n  b: 2\n  // tail\n}"),
        ("{\r\n\ta: 1\r\n}", "b", {"c": 1}, "{\r\n\ta: 1,\r\n\tb: {\r\n\t\tc: 1\r\n\t}\r\n}"),
        (
            "{\n  a: {\n    // nothing yet\n  }\n}",
            "a.b",
            1,
            "{\n  a: {\n    // nothing yet\n    b: 1\n  }\n}",
        ),
        ("{a: { /* c */ }}", "a.b", 1, "{a: { /* c */ b: 1 }}"),
        ("{\n  a: [],\n}", "a.0", "x", '{\n  a: [\n    "x"\n  ],\n}'),
        ("{a: [1, 2]}", "a.2", 3, "{a: [1, 2, 3]}"),
        ("{a: [1,2]}", "a[2]", 3, "{a: [1,2,3]}"),
        ("{\n  a: [\n    1, // one\n  ],\n}", "a.1", 2, "{\n  a: [\n    1, // one\n    2,\n  ],\n}"),
        ("{a:1,a:2}", "a", 3, "{a:1,a:3}"),
        ("\ufeff{a: 1}", "a", 2, "\ufeff{a: 2}"),
        ("{a: {b: 1}}", "a.c.d", None, "{a: {b: 1, c: { d: null }}}"),
        ("{a: 1}", "b c", "\u2028\x00", '{a: 1, "b c": "\\u2028\\u0000"}'),
    ],
)
def test_sets_in_the_style_around(before: str, path: str, value: object, after: str) -> None:
    assert edited(before, (path, value)) == after


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("{a: 1}", "a", "{}"),
        ("{ a: 1, b: 2 }", "a", "{ b: 2 }"),
        ("{ a: 1, b: 2 }", "b", "{ a: 1 }"),
        ("{ a: 1, b: 2, }", "b", "{ a: 1, }"),
        ("{\n  a: 1,\n  b: 2\n}", "b", "{\n  a: 1\n}"),
        ("{\n  a: 1, // one\n  b: 2 // two\n}", "b", "{\n  a: 1 // one\n}"),
        ("{\n  // one\n  a: 1, // uno\n\n  // two\n  b: 2,\n}", "a", "{\n\n  // two\n  b: 2,\n}"),
        ("{\n  // apart\n\n  // one\n  /* more */\n  a: 1,\n  b: 2,\n}", "a", "{\n  // apart\n\n  b: 2,\n}"),
        ("{\n  /* m\n  // inside */\n  a: 1,\n  b: 2\n}", "a", "{\n  b: 2\n}"),
        ("{\n  x: 1, // tail\n  a: 1,\n}", "a", "{\n  x: 1, // tail\n}"),
        ("{\n  a: 1\n}", "a", "{}"),
        ("{\n  a: 1\n  // rest\n}", "a", "{\n  // rest\n}"),
        ("{\n  a: 1\n  , b: 2\n}", "b", "{\n  a: 1\n}"),
        ("{a:1,b:2,a:3}", "a", "{b:2}"),
        ("{a: [1, 2, 3]}", "a.1", "{a: [1, 3]}"),
        ("{a: [1, 2, 3]}", "a.2", "{a: [1, 2]}"),
        ("{\n  a: [\n    1,\n    2,\n  ],\n}", "a.0", "{\n  a: [\n    2,\n  ],\n}"),
        ("{a: 1 /* x */ , b: 2}", "b", "{a: 1 /* x */ }"),
        ("{a: 1, /* keep */ b: 2}", "b", "{a: 1 /* keep */ }"),
    ],
)
def test_removes_a_member_with_its_comma_line_and_comment(before: str, path: str, after: str) -> None:
    assert edited(before, (path, MISSING)) == after


def test_a_section_given_whole_keeps_the_comments_in_it() -> None:
    before = "{\n  a: {\n    // one\n    b: 1, // uno\n    c: 2,\n  },\n}"
    after = edited(before, ("a", {"b": 1, "c": 3, "d": 4}))
    assert after == "{\n  a: {\n    // one\n    b: 1, // uno\n    c: 3,\n    d: 4,\n  },\n}"


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ([1, 2, 3, 4], "{a: [1, 2, 3, 4]}"),
        ([1, 3], "{a: [1, 3]}"),
        ([2, 3], "{a: [2, 3]}"),
        ([], "{a: []}"),
        ([1, 9, 3], "{a: [1, 9, 3]}"),
        ([0, 1, 2, 3], "{a: [0, 1, 2, 3]}"),
        ([7], "{a: [7]}"),
    ],
)
def test_a_list_given_whole_becomes_that_list(value: list[int], after: str) -> None:
    assert edited("{a: [1, 2, 3]}", ("a", value)) == after


def test_the_same_value_changes_no_byte() -> None:
    document = Document.parse(b"{a: 0x10, b: [1,], c: {d: 'x'}}")
    same = [Edit(("a",), 16), Edit(("b",), [1.0]), Edit(("c",), {"d": "x"}), Edit(("z",), MISSING)]
    assert document.apply(same) is document


def test_a_value_of_many_parts_is_written_anew() -> None:
    old, new = {f"k{n}": n for n in range(100)}, {f"k{n}": n + 1 for n in range(100)}
    document = Document.parse(b"{}").apply([Edit(("a",), old)])
    assert document.apply([Edit(("a",), new)]).value == {"a": new}


def test_a_longer_list_in_front_is_written_anew() -> None:
    assert edited("{a: [{x: 1}]}", ("a", [{"y": 1}, {"x": 1}])) == "{a: [{ y: 1 }, { x: 1 }]}"


@pytest.mark.parametrize(
    ("path", "code"),
    [("a.b", "config-path"), ("l.5", "config-path"), ("l.x", "config-path"), ("a.b.c", "config-path")],
)
def test_refuses_ways_through_something_that_is_no_section(path: str, code: str) -> None:
    with pytest.raises(Usage) as caught:
        edited("{a: 1, l: [1]}", (path, 1))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), object(), {1: 2}, {"a": {"__proto__": 1}}, b"x"]
)
def test_refuses_what_is_not_json_data(value: object) -> None:
    with pytest.raises(Usage):
        edited("{}", ("a", value))


@pytest.mark.timeout(60)
def test_a_megabyte_is_read_and_edited() -> None:
    members = ",\n".join(
        f'  "key{n}": {{ "name": "value {n}", "n": {n}, "on": true }}' for n in range(20_000)
    )
    data = f"{{\n{members}\n}}\n".encode()
    assert len(data) > 1_000_000
    edited_document = Document.parse(data).apply([Edit(("key777", "n"), -1)])
    assert edited_document.get(("key777", "n")) == -1
