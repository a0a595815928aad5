"""Codes on real terminals: what a tmux keeps of the real program's screen is photographed and read.

As `tests/unit/screens/widgets/test_qr_scans.py` does with an emulator; here the bytes go through a tty, the
driver's own threads, and a terminal that somebody else wrote.
"""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

import pytest

from appliance.qr.encoding import modules_of
from appliance.qr.picture import Drawing, QrPicture
from tests.e2e.conftest import home_environment
from tests.fakes.scanner import payloads, photographed, scanned
from tests.fakes.tmux import LOOK_S, Tmux
from tests.fakes.typist import ROOT
from tests.fakes.waiting import LIMIT_S
from tests.safety.chance import seeded
from tests.safety.scale import scale
from tests.unit.lunatui.driver.emulator import Terminal
from tests.unit.screens.widgets.qr_stage import DARK, PALETTES, painted_on, room_on

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

SIZE = (140, 72)
COUNT = scale(1, 2, 50)
"""Codes for each kind of terminal: 200 at night."""
GAPS = (0, 1, 2, 3, 4)
KINDS = {
    "16 colours, nothing erased in colour": {"TERM": "screen"},
    "256 colours": {"TERM": "tmux-256color"},
    "all colours": {"TERM": "tmux-256color", "COLORTERM": "truecolor"},
    "NO_COLOR": {"TERM": "tmux-256color", "NO_COLOR": "1"},
}
PROGRAM = "tests.fakes.qr_program"


@pytest.mark.parametrize("kind", KINDS)
def test_every_drawing_is_read_from_tmux(tmp_path: Path, machine_cache: Path, kind: str) -> None:
    if not shutil.which("tmux"):
        pytest.fail("tmux is not installed (Debian: tmux)")
    env = {**home_environment(tmp_path, machine_cache), "PYTHONPATH": str(ROOT)}
    chance = seeded()
    seed = chance.randrange(2**32)
    said = " ".join(f"{name}={value}" for name, value in {"COLORTERM": "", **KINDS[kind]}.items())
    read = 0
    with Tmux(env, ROOT, SIZE) as tmux:
        tmux.types(f"env {said} {sys.executable} -m {PROGRAM} {seed} {COUNT}\n")
        for text in payloads(seed, COUNT):
            for drawing in Drawing:
                palette = chance.choice(PALETTES)
                terminal = seen(tmux, text, drawing)
                lines = painted_on(terminal, palette)
                for gap in GAPS:
                    assert scanned(photographed(lines, gap=gap, around=palette.ground)) == text, (
                        gap,
                        palette,
                    )
                    read += 1
                tmux.press("c")
            tmux.press("n")
        tmux.press("q")
        tmux.sees("$ ")
    print(f"figure codes read from tmux, {kind}: {read} of {read}")


def seen(tmux: Tmux, text: str, drawing: Drawing) -> Terminal:
    """The terminal once the code on it is read in this drawing; a key may still be on its way."""
    room = QrPicture(modules_of(text), drawing).room
    end = time.monotonic() + LIMIT_S
    while True:
        terminal = Terminal(*SIZE)
        terminal.feed(tmux.cells)
        if room_on(terminal) == room and scanned(photographed(painted_on(terminal, DARK))) == text:
            return terminal
        assert time.monotonic() < end, f"a code of {len(text)} characters is not read from:\n{tmux.screen}"
        time.sleep(LOOK_S)
