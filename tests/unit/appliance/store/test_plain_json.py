"""Plain JSON is read by the standard library: the same value as the scanner's, or none at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import Invalid
from appliance.store.document import Document
from appliance.store.plain_json import MAX_DEPTH, plain_value
from appliance.store.scanner import Scanner

DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
NUMBERS = ["-0", "-0.0", "1.0", "1e3", "1E400", "-1.5e-7", "9007199254740993", "1e16", "0.1", "1" * 64]
TEXTS = [r'"\ud83d\ude00"', r'"\ud83d"', r'"\ude00\ud83d"', r'"\/\b\f\n\r\t\"\\"', '"\u2028"', '"\x7f"']


def scanned(text: str) -> object:
    """What the scanner reads; None when it refuses."""
    try:
        return Scanner(text).value
    except Invalid:
        return None


def exact(value: object) -> str:
    """With order, sign and kind of number."""
    return repr(value)


@settings(max_examples=200)
@given(st.dictionaries(st.text(max_size=4), DATA, max_size=4), st.sampled_from([None, 2]), st.booleans())
def test_what_json_writes_is_read_alike(value: dict[str, object], indent: int | None, ascii_: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    assert exact(plain_value(text)) in (exact(scanned(text)), "None")
    assert exact(Document(text).value) == exact(scanned(text))


@settings(max_examples=300)
@given(st.text(alphabet='{}[]":,0123456789.eE+-truefalsn \n\\u/', max_size=24))
def test_what_it_reads_the_scanner_reads_too(inside: str) -> None:
    for text in (inside, "{" + inside + "}", '{"a":' + inside + "}"):
        found = plain_value(text)
        assert found is None or exact(found) == exact(scanned(text))


@pytest.mark.parametrize("value", NUMBERS + TEXTS)
def test_numbers_and_escapes_are_the_same(value: str) -> None:
    text = f'{{"a": {value}, "b": [{value}]}}'
    assert plain_value(text) is not None
    assert exact(plain_value(text)) == exact(scanned(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{a: 1}",
        '{"a": 1,}',
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 1, "a": 2}',
        '{"a": "\t"}',
        '{"a": ' + "1" * 65 + "}",
        '{"a": 0.' + "1" * 63 + "}",
        '{"a": 1} // b',
        '\ufeff{"a": 1}',
        '{"a": "' + "x" * 200_000 + '"}',
        '{"a": ' + "[" * 5_000 + "]" * 5_000 + "}",
    ],
    ids=lambda text: text[:16],
)
def test_everything_else_is_left_to_the_scanner(text: str) -> None:
    assert plain_value(text) is None


def test_both_stop_at_the_same_depth() -> None:
    deepest = '{"a": ' + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "}"
    deeper = '{"a": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}"
    assert exact(plain_value(deepest)) == exact(scanned(deepest)) != "None"
    assert plain_value(deeper) is None
    assert scanned(deeper) is None
