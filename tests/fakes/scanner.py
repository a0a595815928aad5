"""A phone's camera: cells of a terminal become a picture; a decoder that lunatui does not use reads it."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import cv2
import numpy as np

Colour = tuple[int, int, int]
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
UPPER = "▀"
CELL = (8, 16)
"""Pixels of a cell, across and down."""
BORDER = 24
"""Pixels of the window around the cells."""


class Painted(NamedTuple):
    """One cell as a terminal paints it."""

    glyph: str
    ink: Colour
    ground: Colour


Lines = Sequence[Sequence[Painted]]


def photographed(
    lines: Lines, *, gap: int = 0, around: Colour = BLACK, gap_shows: Colour | None = None
) -> Any:
    """A picture in grey; `gap`: pixels that a terminal's line spacing puts below each line.

    They have the background of the cell above, as in Terminal.app; `gap_shows`: another colour.
    """
    rows = []
    for line in lines:
        upper, lower, below = _halves(line)
        rows += [upper] * (CELL[1] // 2) + [lower] * (CELL[1] - CELL[1] // 2)
        rows += [below if gap_shows is None else np.full_like(below, _grey(gap_shows))] * gap
    picture = np.repeat(np.array(rows, np.uint8), CELL[0], axis=1)
    return np.pad(picture, BORDER, constant_values=_grey(around))


def _halves(line: Sequence[Painted]) -> tuple[Any, Any, Any]:
    ground = np.array([_grey(cell.ground) for cell in line], np.uint8)
    upper, lower = ground.copy(), ground.copy()
    for x, (glyph, ink, _) in enumerate(line):
        if glyph == UPPER:
            upper[x] = _grey(ink)
        elif glyph != " ":  # a letter: ink in the middle of the cell, as good as any
            lower[x] = _grey(ink)
    return upper, lower, ground


def _grey(colour: Colour) -> int:
    return round(0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2])


@cache
def _decoder() -> Any:
    return cv2.QRCodeDetectorAruco()


def scanned(picture: Any) -> str:
    """What a scanner reads; empty when it sees no code. It does not try a negative of the picture."""
    text: str = _decoder().detectAndDecode(picture)[0]
    return text


def scanned_png(png: bytes) -> str:
    """The same of a picture file."""
    return scanned(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE))


def payloads(seed: int, count: int) -> list[str]:
    """Texts like WhatsApp's (Baileys 7: `2@ref,key,key,key,client`), of 230 to 300 characters."""
    chance = random.Random(seed)  # noqa: S311 - replayable, worth nothing
    letters = string.ascii_letters + string.digits + "+/"
    made = []
    for _ in range(count):
        length = chance.randint(230, 300)
        front = chance.choice(("2@", "https://wa.me/settings/linked_devices#2@"))
        text = front + "".join(chance.choices(letters, k=length - len(front) - 2)) + ",1"
        for at in range(len(front) + 60, length - 40, 45):
            text = f"{text[: at - 1]}=,{text[at + 1 :]}"
        made.append(text)
    return made
