"""Every theme can be read; one of them by those who do not tell red from green, one without any colour."""

from __future__ import annotations

from itertools import combinations

import pytest
from textual.color import Color

from appliance.profile.brand import Brand
from screens.theme import (
    ANSI,
    CLEAR,
    DAY,
    MONO,
    NAMES,
    NIGHT,
    PALETTES,
    READABLE,
    Palette,
    branded,
    contrast,
    first_theme,
    pale,
)

ROLES = ("text", "muted", "moon", "need", "good", "look", "bad")
STATES = ("good", "look", "bad", "need")
RGB = [palette for palette in PALETTES if not palette.ansi]
LEAST_APART = 15.0
"""Colour difference (CIE76) from which on two colours are told apart beside each other."""
DICHROMATS = {
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
"""What those eyes see of linear red, green and blue, at full severity (Machado and others, 2009)."""


def seen_by(eyes: str, colour: str) -> tuple[float, float, float]:
    """A colour as CIE L*a*b*, as these eyes see it."""
    linear = [_linear(part / 255) for part in Color.parse(colour).rgb]
    seen = [
        min(1.0, max(0.0, sum(w * part for w, part in zip(row, linear, strict=True))))
        for row in DICHROMATS[eyes]
    ]
    return _lab(*seen)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _lab(red: float, green: float, blue: float) -> tuple[float, float, float]:
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("palette", RGB, ids=lambda palette: palette.name)
@pytest.mark.parametrize("ground", ["ground", "panel"])
@pytest.mark.parametrize("role", ROLES)
def test_every_text_can_be_read_on_every_ground(palette: Palette, ground: str, role: str) -> None:
    assert contrast(getattr(palette, role), getattr(palette, ground)) >= READABLE


@pytest.mark.parametrize("palette", RGB, ids=lambda palette: palette.name)
def test_the_button_in_focus_can_be_read(palette: Palette) -> None:
    assert contrast(palette.ground, palette.moon) >= READABLE


@pytest.mark.parametrize("eyes", DICHROMATS)
@pytest.mark.parametrize("pair", list(combinations(STATES, 2)), ids=" ".join)
def test_states_are_told_apart_by_all_eyes(eyes: str, pair: tuple[str, str]) -> None:
    one, other = (seen_by(eyes, getattr(CLEAR, role)) for role in pair)
    assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 >= LEAST_APART


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("chosen", "env", "first"),
    [
        ("auto", {}, "night"),
        ("day", {"NO_COLOR": "1"}, "day"),
        ("auto", {"NO_COLOR": "1", "COLORFGBG": "15;0"}, "mono"),
        ("auto", {"NO_COLOR": ""}, "night"),
        ("auto", {"COLORFGBG": "0;15"}, "ansi"),
        ("auto", {"TERM": "linux"}, "ansi"),
        ("auto", {"TERM": "xterm-256color"}, "night"),
    ],
)
def test_the_first_theme_is_the_chosen_one_or_what_the_terminal_suggests(
    chosen: str, env: dict[str, str], first: str
) -> None:
    assert first_theme(chosen, env) == first


def test_themes_of_the_terminal_name_no_colour_of_their_own() -> None:
    for palette in (ANSI, MONO):
        assert all(getattr(palette, role).startswith("ansi_") for role in (*ROLES, "ground", "panel", "rule"))
        assert palette.theme.ansi
    assert {getattr(MONO, role) for role in ROLES} == {"ansi_default"}
    assert NAMES == ("night", "day", "clear", "ansi", "mono")


def test_a_brand_wears_its_accent_only_where_it_can_be_read() -> None:
    assert branded(NIGHT, "#80e0c0").moon == "#80e0c0"
    assert branded(NIGHT, "#203040") is NIGHT
    assert branded(ANSI, "#80e0c0") is ANSI
    assert not pale(Brand(accent_dark="#80e0c0", accent_light="#204080"))
    assert pale(Brand(accent_light="#f0f0c0"))
    assert branded(DAY, "") is DAY
