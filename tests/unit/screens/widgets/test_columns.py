"""Which columns a list shows, and how a cell is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from screens.widgets.columns import Cell, Column, Record, cut, fit, matches, natural_widths

COLUMNS = (
    Column("Name", priority=0, least=8),
    Column("Role", priority=3, least=10),
    Column("Brain", priority=2),
    Column("State", priority=1),
)
NATURAL = (20, 40, 8, 7)


def shown(room: int) -> list[int]:
    return [item.at for item in fit(COLUMNS, NATURAL, room)]


def test_columns_go_by_importance_and_the_name_never() -> None:
    assert shown(90) == [0, 1, 2, 3]
    assert shown(38) == [0, 2, 3]
    assert shown(20) == [0, 3]
    assert shown(12) == [0]
    assert shown(3) == [0]


@given(st.integers(min_value=4, max_value=200))
def test_what_is_shown_always_fits(room: int) -> None:
    fitted = fit(COLUMNS, NATURAL, room)
    assert 2 + sum(item.width for item in fitted) + 2 * (len(fitted) - 1) <= room


def test_spare_room_goes_to_the_most_important_column_first() -> None:
    widths = {item.at: item.width for item in fit(COLUMNS, NATURAL, 60)}
    assert widths[0] == 20
    assert widths[1] == 60 - 2 - 6 - 20 - 8 - 7


@given(st.text(max_size=30), st.integers(min_value=1, max_value=20), st.booleans())
def test_a_cut_text_is_exactly_as_wide_as_its_column(text: str, width: int, right: bool) -> None:
    from appliance.text import safe_line

    assert cell_len(cut(safe_line(text), width, right=right)) == width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 4, "abc…"),
        ("日本語", 4, "日… "),
        ("日本語", 5, "日本…"),
        ("x", 1, "x"),
    ],
)
def test_wide_characters_are_never_halved(text: str, width: int, expected: str) -> None:
    assert cut(text, width) == expected


def test_numbers_stand_at_the_right() -> None:
    assert cut("12", 5, right=True) == "   12"


def test_a_glyph_counts_and_a_long_value_does_not_widen_past_its_most() -> None:
    records = [Record("a", (Cell("fine", "good", "✓"), "y" * 90))]
    assert natural_widths((Column("S"), Column("T", most=12)), records) == (6, 12)


def test_every_word_of_a_filter_must_be_there_in_any_case() -> None:
    record = Record("a", ("Customer Support", Cell("answers people")))
    assert matches(record, ["support", "answers"])
    assert not matches(record, ["support", "sales"])
