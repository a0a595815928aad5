"""JSON5 read as OpenClaw's json5 package reads it (the cases were compared with it)."""

from __future__ import annotations

import pytest

from appliance.errors import Invalid
from appliance.store.document import MAX_BYTES, Document
from appliance.store.scanner import MAX_NODES


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ("\ufeff{a:1}", {"a": 1}),
        ("{a:1,}", {"a": 1}),
        ("{'a':\"b\"}", {"a": "b"}),
        ("{a: 'it\\'s'}", {"a": "it's"}),
        ('{a:"x\\\ny"}', {"a": "xy"}),
        ('{a:"x\\\r\ny"}', {"a": "xy"}),
        ('{a:"\\x41\\u0042\\v\\0\\q"}', {"a": "AB\v\0q"}),
        ('{a:"\\ud83d\\ude00"}', {"a": "😀"}),
        ('{a:"\u2028"}', {"a": "\u2028"}),
        ('{a:"\t"}', {"a": "\t"}),
        ('{a:"//no /*comment*/"}', {"a": "//no /*comment*/"}),
        ("{a:0x1F,b:-0xa,c:+1,d:.5,e:5.,f:1e3}", {"a": 31, "b": -10, "c": 1, "d": 0.5, "e": 5, "f": 1000}),
        ("{a:Infinity,b:-Infinity}", {"a": float("inf"), "b": float("-inf")}),
        ("{a:[1,/*x*/2,],b:[]}", {"a": [1, 2], "b": []}),
        ("{a // c\n:/*d*/1}", {"a": 1}),
        ("{$x:1,_y:2,é:3,\\u0061b:4,a1\u200c:5}", {"$x": 1, "_y": 2, "é": 3, "ab": 4, "a1\u200c": 5}),
        ("{true:1,null:2,NaN:3}", {"true": 1, "null": 2, "NaN": 3}),
        ("{a:true,b:false,c:null}", {"a": True, "b": False, "c": None}),
        ("{a:1,a:2}", {"a": 2}),
        ("{a:123456789012345678901}", {"a": 123456789012345678901}),
        ("/* x */{}// end", {}),
        ("{a\u00a0:\u20031}", {"a": 1}),
    ],
)
def test_reads_all_of_json5(text: str, value: object) -> None:
    assert Document.parse(text.encode()).value == value


def test_reads_not_a_number() -> None:
    found = Document.parse(b"{a:NaN}").value["a"]
    assert isinstance(found, float)
    assert found != found


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"),
        ("  \n", "line 2, column 1"),
        ("[]", "line 1, column 1"),
        ("{\n  a: 1\n  b: 2\n}", "line 3, column 3"),
        ("{a:}", "line 1, column 4"),
        ("{a:1", "line 1, column 5"),
        ("{a:'x\ny'}", "line 1, column 6"),
        ('{a:"x', "line 1, column 4"),
        ("{,}", "line 1, column 2"),
        ("{a:01}", "line 1, column 5"),
        ("{a:1.}}", "line 1, column 7"),
        ("{a:truex}", "line 1, column 8"),
        ('{a:"\\1"}', "line 1, column 6"),
        ('{a:"\\01"}', "line 1, column 6"),
        ('{a:"\\u12"}', "line 1, column 6"),
        ("{a /* x", "line 1, column 4"),
        ("{a 1}", "line 1, column 4"),
        ("{1:1}", "line 1, column 2"),
        ("{\\x61:1}", "line 1, column 3"),
        ("{a:[1 2]}", "line 1, column 7"),
        ("{a:[,]}", "line 1, column 5"),
        ("{a:--1}", "line 1, column 4"),
        ("{a:1}x", "line 1, column 6"),
    ],
)
def test_names_line_and_column_of_a_mistake(text: str, place: str) -> None:
    with pytest.raises(Invalid) as caught:
        Document.parse(text.encode())
    assert caught.value.code == "config-syntax"
    assert place in caught.value.message


def test_bytes_that_are_no_text_are_named_by_place() -> None:
    with pytest.raises(Invalid) as caught:
        Document.parse(b'{\n "a": "\xff"}')
    assert "line 2, column 8" in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "{a:" * 65 + "1" + "}" * 65,
        "{a:" + "[" * 64 + "]" * 64 + "}",
        "{a:" + "1" * 65 + "}",
        "{a:0x" + "1" * 65 + "}",
        "{a:[" + "1," * (MAX_NODES + 1) + "]}",
    ],
    ids=["deep-objects", "deep-lists", "long-number", "long-hexadecimal", "many-values"],
)
def test_limits_are_errors_not_crashes(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        Document.parse(text.encode())
    assert caught.value.code == "config-syntax"


def test_sixty_four_levels_are_fine() -> None:
    Document.parse(("{a:" * 64 + "1" + "}" * 64).encode())


def test_a_file_beyond_eight_mebibytes_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        Document.parse(b"{" + b" " * MAX_BYTES + b"}")
    assert caught.value.code == "config-too-large"


def test_duplicates_are_named_once_each() -> None:
    document = Document.parse(b"{a:{b:1,b:2,b:3},c:1}")
    assert document.duplicates == (("a", "b"),)
    assert document.get(("a", "b")) == 3
