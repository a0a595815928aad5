"""Somebody who types at a hostile box, looks at every screen in two sizes and judges every byte that came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.fakes.hostile_box import AGENTS, our_folder
from tests.fakes.hostile_output import judged
from tests.fakes.typist import CTRL_Q, ESC, Typist

SIZES = ((80, 24), (200, 50))
PAGE_DOWN, PAGE_UP, END, HOME = "\x1b[6~", "\x1b[5~", "\x1b[F", "\x1b[H"
_NUMBER = re.compile(r"\bp?(\d{4})\b")
_CURSOR = re.compile(r"▸ p?(\d{4})")
MOST_BELLS = 2
"""“Something needs you” may ring; a string of the corpus would ring a hundred times."""
MOMENT, WORK = 0.04, 0.3
"""Seconds without anything to do: after a key that only moves, and after one that begins something."""


class Looker(Typist):
    """Judges what comes by the size of the terminal it came to, and looks at what stands there in both."""

    def __init__(self, env: Mapping[str, str], home: Path, *arguments: str) -> None:
        self.size, self._rested_at = SIZES[0], -1
        self._home, self._judged_to, self._bells = home, 0, 0
        super().__init__(env, *arguments, size=self.size)

    def does(self, *keys: str, quiet: float = MOMENT) -> None:
        """Type, and wait until nothing is left to do."""
        self.press(*keys)
        # A lone escape is one only once nothing has followed it for a tenth of a second.
        self.settles(max(quiet, 0.15) if ESC in keys else quiet)
        self._rested_at = len(self.raw)

    def in_both(self) -> None:
        """The same screen in the other size too, which stays."""
        if len(self.raw) != self._rested_at:
            self.settles(MOMENT)
        self.judge()
        size, self.size = SIZES[1 - SIZES.index(self.size)], SIZES[1]
        seen = len(self.raw)
        self.resize(*size)
        self.reads_until(lambda: len(self.raw) > seen)
        self.settles(MOMENT)
        self._rested_at = len(self.raw)
        self.judge()  # by the larger: a last picture of the size before may be among it
        self.size = size

    def judge(self) -> None:
        """No byte but our own grammar, nothing in the net, no bug."""
        width, height = self.size
        found = judged(bytes(self.raw[self._judged_to :]), width=width, height=height)
        self._judged_to = len(self.raw)
        self._bells += found.bells
        assert found.leaks == []
        assert self._bells <= MOST_BELLS
        log = our_folder(self._home) / "logs" / "crash.log"
        assert not log.exists(), log.read_text()

    def goes(self, *keys: str) -> None:
        """Leave with these keys and ctrl+q, the terminal as it was."""
        for key in keys:
            self.does(key)
        self.press(CTRL_Q)
        assert self.leaves() == 0, self.screen
        assert self.modes == self.modes_before
        self.judge()


def at_row(typist: Typist) -> str:
    """The number of the text under the cursor of a list."""
    found = _CURSOR.search(typist.screen)
    return found[1] if found else ""


def pages(looker: Looker, most: int) -> Iterator[int]:
    """Turn the pages of a list; the numbers of the texts that were seen on them."""
    for _ in range(most):
        here = at_row(looker)
        yield from (int(number) for number in _NUMBER.findall(looker.screen))
        looker.does(PAGE_DOWN)
        if at_row(looker) == here:
            return


def every_agent(looker: Looker) -> None:
    """All of a list, from its first line."""
    looker.does(HOME)
    assert sorted(set(range(AGENTS)) - set(pages(looker, AGENTS))) == [], looker.screen


def scrolls_in_both(looker: Looker) -> None:
    """Page by page to where it ends, each page in the other size too."""
    for _ in range(12):
        before = looker.screen
        looker.does(PAGE_DOWN)
        if looker.screen == before:
            return
        looker.in_both()
