"""The pure model of a code on a terminal: how large each drawing is, its quiet zone, dark on light."""

from __future__ import annotations

import pytest
import segno

from appliance.errors import Invalid
from appliance.qr.encoding import modules_of, png_of
from appliance.qr.picture import QUIET, Drawing, QrPicture, Room, drawings
from tests.fakes.scanner import payloads, scanned_png

PAYLOADS = payloads(3, 12)


def halves_of_modules(picture: QrPicture) -> list[list[bool]]:
    """The cells taken apart: a row for each half line."""
    rows: list[list[bool]] = []
    for line in picture.cells():
        rows += [[upper for upper, _ in line], [lower for _, lower in line]]
    return rows


@pytest.mark.parametrize(
    ("length", "rooms"),
    [
        (237, [Room(65, 33), Room(130, 65), Room(73, 37)]),
        (277, [Room(69, 35), Room(138, 69), Room(77, 39)]),
    ],
)
def test_the_room_it_takes(length: int, rooms: list[Room]) -> None:
    picture = QrPicture(modules_of("x" * length))
    assert [picture.drawn(drawing).room for drawing in Drawing] == rooms
    for drawing in Drawing:
        drawn = picture.drawn(drawing)
        assert (len(drawn.cells()[0]), len(drawn.cells())) == drawn.room


def test_it_fits_where_all_of_it_can_be_seen() -> None:
    picture = QrPicture(modules_of("x" * 277))
    assert picture.fits(69, 35)
    assert not picture.fits(68, 35)
    assert not picture.fits(69, 34)
    assert not picture.drawn(Drawing.BLOCKS).fits(137, 69)


@pytest.mark.parametrize("drawing", Drawing)
@pytest.mark.parametrize("text", PAYLOADS[:3])
def test_every_side_has_a_light_quiet_zone_and_the_code_is_dark(drawing: Drawing, text: str) -> None:
    modules = modules_of(text)
    picture = QrPicture(modules, drawing)
    rows = halves_of_modules(picture)
    if drawing is Drawing.BLOCKS:
        assert all(upper == lower for line in picture.cells() for upper, lower in line)
        assert all(row[::2] == row[1::2] for row in rows)
        rows = [row[::2] for row in rows[::2]]
    quiet = 2 * QUIET if drawing is Drawing.ROOMY else QUIET
    inner = [row[quiet:-quiet] for row in rows[quiet : quiet + len(modules)]]
    assert tuple(map(tuple, inner)) == modules
    assert modules[0][:7] == (True,) * 7  # the dark edge of a corner
    assert modules[1][1:6] == (False,) * 5
    above, below = rows[:quiet], rows[quiet + len(modules) :]
    assert len(below) >= quiet >= 4
    assert not any(map(any, (*above, *below)))
    assert not any(any(row[:quiet]) or any(row[-quiet:]) for row in rows)


@pytest.mark.parametrize("text", PAYLOADS)
def test_the_file_says_the_same(text: str) -> None:
    assert scanned_png(png_of(text)) == text


def test_more_correction_is_taken_only_where_it_is_free() -> None:
    for length in (230, 242, 271, 272, 300):
        least = segno.make("x" * length, error="L", boost_error=False)
        assert len(modules_of("x" * length)) == len(least.matrix)
    assert [len(modules_of("x" * length)) for length in (230, 231, 271, 272)] == [53, 57, 57, 61]


def test_a_terminal_is_offered_what_it_can_draw() -> None:
    assert drawings(half_blocks=True, colours=True) == (Drawing.HALVES, Drawing.BLOCKS, Drawing.ROOMY)
    assert drawings(half_blocks=False, colours=True) == (Drawing.BLOCKS,)
    assert drawings(half_blocks=True, colours=False) == ()


def test_a_text_no_code_holds_is_refused() -> None:
    with pytest.raises(Invalid) as error:
        modules_of("x" * 2954)
    assert error.value.code == "qr-unreadable"


def test_its_modules_stand_in_no_text_about_it() -> None:
    assert "True" not in repr(QrPicture(modules_of("secret")))
