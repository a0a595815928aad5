"""How values look to people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from appliance.ops.core import Change, Plan
from lunatui.output import as_text


class Kind(Enum):
    """A closed set."""

    ONE = "one"


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    name: str
    empty: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Holder:
    """One value."""

    value: Any


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (1.25, "1.2"),
        ("two\nlines", "two\nlines"),
        (("a", "b"), "a, b"),
        (["a"], "a"),
        (frozenset({"a"}), "a"),
        ({"a": 1, "b": {"c": (1, 2)}}, "a 1, b c 1, 2"),
        (Kind.ONE, "one"),
        (Row("x"), "x"),
        ("\x1b[2J", "␛[2J"),
    ],
)
def test_one_value(value: object, shown: str) -> None:
    assert as_text(Holder(value)) == f"Value  {shown}"


@pytest.mark.parametrize("value", [None, (), [], {}, "", frozenset()])
def test_nothing_is_not_shown(value: object) -> None:
    assert as_text(Holder(value)) == ""


def test_a_table_drops_empty_columns_and_keeps_rows_on_one_line() -> None:
    rows = (Row("a"), Row("long name", note="x\ny\x07"))
    assert as_text(Holder(rows)) == "Name       Note\na\nlong name  x y␇"


def test_what_is_declared_to_have_lines_stands_below_the_table_moved_in() -> None:
    """Where a row begins, no text from outside can stand."""
    rows = (Change("SOUL.md", "write", detail="- old\n+ new\x07"), Change("a\nfaked", "set"))
    table = as_text(Plan("agents.write", rows)).splitlines()
    assert [line for line in table if "faked" in line] == [
        line for line in table if line.startswith("a faked")
    ]
    assert table[-2:] == ["  - old", "  + new␇"]


def test_a_tab_in_a_text_of_many_lines_reaches_no_terminal() -> None:
    rows = (Change("SOUL.md", "write", detail="- a\tb"), Change("more", "set"))
    assert as_text(Plan("agents.write", rows)).splitlines()[-1] == "  - a b"
    assert as_text(Holder("a\tb\nc")) == "Value  a   b\nc"
