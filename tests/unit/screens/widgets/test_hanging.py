"""Wrapped lines hang from what they begin with."""

from __future__ import annotations

import pytest
from textual.content import Content

from screens.widgets.hanging import hung


def lines(text: str, width: int) -> list[str]:
    return [line.plain for line in hung(Content(text), width)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("- say what you know", ["- say what", "  you know"]),
        ("✗ it did not work", ["✗ it did not", "  work"]),
        ("  again and again", ["  again and", "  again"]),
        ("12. the twelfth of", ["12. the", "    twelfth", "    of"]),
        ("id  agent of ours", ["id  agent of", "    ours"]),
        ("plain words here", ["plain words", "here"]),
    ],
)
def test_a_long_line_goes_on_under_its_own_beginning(text: str, shown: list[str]) -> None:
    assert lines(text, 12) == shown


def test_what_fits_stays_as_it_is_and_blank_lines_stay() -> None:
    assert lines("- one\n\n- two", 20) == ["- one", "", "- two"]


def test_a_text_keeps_room_however_far_in_it_begins() -> None:
    assert all(len(line) <= 20 for line in lines(" " * 40 + "a few words that are long enough", 20))


def test_colours_stay_with_their_words() -> None:
    first, second = hung(Content.assemble(("✗ ", "$bad"), ("one two three", "bold")), 8)
    assert second.plain.startswith("  ")
    assert [span.style for span in first.spans] == ["$bad", "bold"]
