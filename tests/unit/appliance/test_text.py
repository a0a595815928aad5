"""No string from outside reaches the terminal with anything in it that the eye cannot see."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from appliance.text import LINE_LIMIT, MARKS_LIMIT, safe, safe_entry, safe_line, unsafe_places


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x9b31m", "⟦009B⟧31m"),
        ("a\x00b\x08c\x7f", "a␀b␈c␡"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("dos\r\nmac\rend", "dos\nmac\nend"),
        ("\x0b\x0c\x85", "␋␌⟦0085⟧"),
        ("a\u2028b\u2029c", "a⟦2028⟧b⟦2029⟧c"),
        ("x\u202etxt.exe", "x⟦202E⟧txt.exe"),
        ("\u202a\u202b\u202c\u202d", "⟦202A⟧⟦202B⟧⟦202C⟧⟦202D⟧"),
        ("\u2066\u2067\u2068\u2069", "⟦2066⟧⟦2067⟧⟦2068⟧⟦2069⟧"),
        ("\u200e\u200f\u061c", "⟦200E⟧⟦200F⟧⟦061C⟧"),
        ("pay\u200bpal\u200c\u2060\ufeff", "pay⟦200B⟧pal⟦200C⟧⟦2060⟧⟦FEFF⟧"),
        ("\ufff9\ufffa\ufffb", "⟦FFF9⟧⟦FFFA⟧⟦FFFB⟧"),
        ("hi\U000e0041\U000e007f", "hi⟦E0041⟧⟦E007F⟧"),
        ("\ud800\udfff", "⟦D800⟧⟦DFFF⟧"),
        ("pay\ufff0pal\U0001bca0", "pay⟦FFF0⟧pal⟦1BCA0⟧"),
        ("pay\u180bpal\u180f", "pay⟦180B⟧pal⟦180F⟧"),
        ("in\u00advisible\u2063\u3164", "in⟦00AD⟧visible⟦2063⟧⟦3164⟧"),
        ("l\u200dl", "l⟦200D⟧l"),
        ("\u200d", "⟦200D⟧"),
        ("admin\ufe0f", "admin⟦FE0F⟧"),
        ("a\U000e0101\ufe05", "a⟦E0101⟧⟦FE05⟧"),
    ],
)  # fmt: skip
def test_what_cannot_be_seen_is_made_visible(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "مرحبا بالعالم",
        "שָׁלוֹם עולם",
        "नमस्ते दुनिया",
        "ภาษาไทย",
        "Grüße, naïve façade, Łódź",
        "👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 🧑🏽‍🚀 ❤️‍🔥",
        "🐈‍⬛ 🙂‍↔️ 🧑‍⚕️ ⛹🏿‍♀️",
        "1️⃣ #️⃣ ©️ ℹ️ ☎︎ ➡️",
        "🇩🇪 🇪🇸",
        "ᠮᠣᠩᠭᠣᠯ ᠤᠳ᠋",
        "葛\U000e0100城市 辻\U000e0101",
        "e\u0301" * 20,
        "→ “quotes” … ✓",
    ],
)
def test_languages_and_emoji_stay_as_they_are(text: str) -> None:
    assert safe(text) == text


def test_a_flood_of_marks_is_cut() -> None:
    for mark in ("\u0301", "\u0483", "\u064b", "\u20d0", "\ufe20", "\u1abe"):
        assert safe("z" + mark * 500 + "a") == "z" + mark * MARKS_LIMIT + "a"
    mixed = "z" + "\u0301\u0489\u064b\ufe20" * 100
    assert len(safe(mixed)) == 1 + MARKS_LIMIT


def test_a_long_line_is_cut_and_the_others_are_not() -> None:
    shown = safe("short\n" + "x" * 50_000 + "\nend")
    first, long, last = shown.split("\n")
    assert (first, last) == ("short", "end")
    assert len(long) <= LINE_LIMIT
    assert long.endswith("x… 41 KB more")
    assert safe("x" * LINE_LIMIT) == "x" * LINE_LIMIT


def test_a_hostile_megabyte_is_made_safe_quickly() -> None:
    for text in ("\x1b" * 10**5, "a\u0301" * 10**5, "\u200d" * 10**5, "👩‍" * 10**5, "\n" * 10**5):
        assert safe(safe(text)) == safe(text)


def test_many_lines_made_one_are_cut_as_one() -> None:
    shown = safe_line("\n".join(["L" * (LINE_LIMIT - 10)] * 3))
    assert len(shown) <= LINE_LIMIT
    assert safe_line(shown) == shown


def test_one_line_stays_one_line() -> None:
    assert safe_line("a\nb\tc\r\nd\x1b") == "a b c d␛"


HOSTILE = st.text(
    st.characters()
    | st.sampled_from("\x00\x07\x08\x1b\r\n\t\x7f\x9b\u200b\u200c\u200d\u202e")
    | st.sampled_from("\u2028\u2066\ufeff\ufe0f\ufe00\U000e0041")
    | st.sampled_from("\ud800\udfff\U0001f469\U0001f4bb\u0301\u0489\u05b0\u0627\u05d0\U000e0100葛1"),
    max_size=60,
)


@settings(max_examples=600)
@given(HOSTILE)
@example("👩\u200d\x1b")
@example("\ufe0f\u200d👩")
@example("1\ufe0f\ufe0f")
def test_nothing_forbidden_survives_and_a_second_pass_changes_nothing(text: str) -> None:
    shown = safe(text)
    for position, character in enumerate(shown):
        if character in "\n\t":
            continue
        if character == "\u200d":
            assert 0 < position < len(shown) - 1
            assert all(ord(near) >= 0xA9 for near in (shown[position - 1], shown[position + 1]))
        else:
            assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp"), hex(ord(character))
            assert ord(character) not in BANNED, hex(ord(character))
    assert safe(shown) == shown


BANNED = (
    {0x061C, 0x200B, 0x200C, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFFF9, 0xFFFA, 0xFFFB}
    | set(range(0x202A, 0x202F))
    | set(range(0x2066, 0x206A))
    | set(range(0xE0000, 0xE0080))
)


@settings(max_examples=50)
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_untouched(text: str) -> None:
    assert safe(text) == text


@settings(max_examples=300)
@given(HOSTILE, st.integers(0, 60), st.integers(0, 60))
def test_no_piece_of_a_safe_line_is_found_unsafe(text: str, start: int, end: int) -> None:
    assert unsafe_places(safe_line(text)[start:end]) == []


@settings(max_examples=300)
@given(HOSTILE)
@example("z" + "\u0301" * 40)
@example("x\u200dy\ta\nb\r")
def test_a_line_that_is_typed_is_safe_but_for_its_edges(text: str) -> None:
    entry = safe_entry(text)
    assert unsafe_places(entry) == []
    assert safe_entry(entry) == entry
    if not unsafe_places(text):
        assert entry == text


def test_a_joiner_whose_selector_is_unsafe_is_unsafe_too() -> None:
    assert unsafe_places("b\ufe0f\u200d🀀") == [1, 2]


def test_where_a_line_is_unsafe() -> None:
    assert unsafe_places("a\x1bb\u202ec\td") == [1, 3, 5]
    assert unsafe_places("👩\u200d👧") == []
    assert unsafe_places("👩\u200d") == unsafe_places("\u200d👧") == []
    assert unsafe_places("a\u200db") == [1]
    assert unsafe_places("z" + "\u0301" * (MARKS_LIMIT + 2)) == [MARKS_LIMIT + 1, MARKS_LIMIT + 2]
    assert safe_entry("z" + "\u0301" * 40) == "z" + "\u0301" * MARKS_LIMIT


@pytest.mark.parametrize("text", ["\u0301", "\u0301a", "a\n\u0301b", "\r\u20dd", "a \u0301", "a\t\u0301"])
def test_a_mark_with_nothing_to_stand_on_gets_a_circle_and_not_the_cell_before_the_line(text: str) -> None:
    shown = safe(text)
    assert "◌" in shown
    assert safe(shown) == shown
    assert shown.replace("◌", "") == text.replace("\r", "\n")


def test_a_mark_behind_a_letter_stays_as_it_is() -> None:
    assert safe("e\u0301.\u0301\nx\u0301") == "e\u0301.\u0301\nx\u0301"
