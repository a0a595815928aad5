"""The thread that writes: what it does with pictures that nobody takes."""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

import pytest
from rich.color import ColorSystem

from lunatui.driver.canvas import Row
from lunatui.driver.output import Output, Picture
from lunatui.driver.painter import Painter
from lunatui.driver.pens import Pens
from lunatui.driver.terminal import Terminal as Abilities
from tests.fakes.waiting import LIMIT_S, wait_until
from tests.unit.lunatui.driver.emulator import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH, HEIGHT = 80, 24
PICTURES = 500


@pytest.fixture
def line() -> Iterator[tuple[int, int]]:
    """Its two ends: where one reads and where one writes."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def _text(number: int) -> str:
    return f"picture {number:04}".ljust(WIDTH, "abcdefghij"[number % 10])


def _picture(pens: Pens, number: int) -> Picture:
    row = Row(list(_text(number)), [pens.default] * WIDTH)
    return Picture([row] * HEIGHT, None, synchronized=False)


def _takes(fd: int) -> bool:
    return bool(select.select([], [fd], [], 0)[1])


def test_of_pictures_that_nobody_takes_only_the_newest_is_written(line: tuple[int, int]) -> None:
    far, near = line
    pens, terminal = Pens(ColorSystem.TRUECOLOR), Terminal(WIDTH, HEIGHT)
    bugs: list[Exception] = []
    output = Output(near, Painter(pens, Abilities(True, True)), bugs.append)
    output.start()
    shown = 0

    def fill() -> bool:
        nonlocal shown
        output.show(_picture(pens, shown := shown + 1))
        return not _takes(near)

    wait_until(fill)
    full = shown
    for number in range(full + 1, full + PICTURES + 1):
        output.show(_picture(pens, number))

    def read() -> bool:
        if select.select([far], [], [], 0)[0]:
            terminal.feed(os.read(far, 65_536).decode())
        return terminal.display[-1] == _text(full + PICTURES)

    wait_until(read)
    output.stop()
    output.join(LIMIT_S)
    assert terminal.display == [_text(full + PICTURES)] * HEIGHT
    assert terminal.bytes < (full + 3) * WIDTH * HEIGHT * 2
    assert bugs == []
