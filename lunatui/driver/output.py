"""The thread that writes to the terminal: commands in order, and of the pictures only the newest."""

from __future__ import annotations

import os
import select
import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from lunatui.driver.charset import ERRORS
from lunatui.driver.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lunatui.driver.canvas import Row
    from lunatui.driver.painter import Painter

SYNC_START: Final = "\x1b[?2026h"
SYNC_END: Final = "\x1b[?2026l"
ASK_POSITION: Final = "\x1b[6n"
"""Every terminal answers this (DSR); the answer says that all before it has arrived."""

_CHUNK = 512
_AT_ONCE = 512
"""Bytes that reach a terminal in one piece: less needs no synchronisation."""
_STUCK = 5.0
"""Seconds without a byte taken after which a terminal is not waited for at the end."""


class Picture(NamedTuple):
    """A whole screen at one moment."""

    rows: Sequence[Row]
    cursor: tuple[int, int] | None
    """Column and line; None: nobody writes, so the hidden cursor may stay where it is."""
    synchronized: bool
    """To be shown at once (mode 2026), because the terminal said it can."""


class Output(threading.Thread):
    """Writes to a terminal without ever making its callers wait.

    Signal handlers call it too, in the middle of other calls: its lock lets the same thread in again.
    """

    def __init__(
        self, fd: int, painter: Painter, report_bug: Callable[[Exception], None], *, charset: str = "utf-8"
    ) -> None:
        super().__init__(daemon=True, name="terminal-output")
        self._fd = fd
        self._charset = charset
        self._painter = painter
        self._report_bug = report_bug
        self._pace = Pace()
        self._wake = threading.Condition()
        self._commands: list[str] = []
        self._picture: Picture | None = None
        self._follows_input = False
        self._forget = False
        self._open_to_pictures = True
        self._stopping = False
        self._gone = False
        self._taken = 0

    def command(self, text: str) -> None:
        """Write `text` before any picture that comes later."""
        with self._wake:
            self._commands.append(text)
            self._wake.notify_all()

    def show(self, picture: Picture) -> None:
        """Bring the terminal to `picture`, in place of any that still waits."""
        with self._wake:
            if self._open_to_pictures:
                self._picture = picture
                self._follows_input |= self._pace.follows_input(time.monotonic())
                self._wake.notify_all()

    def forget(self) -> None:
        """What the terminal shows is unknown: the next picture is written whole."""
        with self._wake:
            self._forget = True

    def input_came(self) -> None:
        """The user did something: do not hold back what will show it."""
        with self._wake:
            self._pace.input_came(time.monotonic())

    def answered(self) -> bool:
        """The terminal reported a position; True if we had asked, so the report is not the app's."""
        with self._wake:
            if not self._pace.answered(time.monotonic()):
                return False
            self._wake.notify_all()
            return True

    def end_pictures(self, patience: float) -> None:
        """Show no more; wait up to `patience` seconds for an answer that would end up in the shell."""
        with self._wake:
            self._open_to_pictures = False
            self._picture = None
            if not self._wake.wait_for(lambda: self._gone or not self._pace.awaits_answer, patience):
                self._pace.give_up()

    def stop(self) -> None:
        """Write what is left and end the thread; a terminal that takes nothing more is given up."""
        with self._wake:
            self._stopping = True
            self._picture = None
            self._wake.notify_all()
        taken = -1
        while self.is_alive() and taken != self._taken:
            taken = self._taken
            self.join(_STUCK)

    def run(self) -> None:
        """Write until `stop`."""
        while True:
            with self._wake:
                while not (self._commands or self._stopping) and (wait := self._wait()) != 0:
                    self._wake.wait(wait)
                commands, self._commands = "".join(self._commands), []
                picture = self._picture if self._wait() == 0 else None
                if picture is not None:
                    self._picture, self._follows_input = None, False
                    if self._forget:
                        self._forget = False
                        self._painter.forget()
                if not (commands or picture) and self._stopping:
                    break
            if commands:
                self._write(self._painter.rest() + commands)
                self._painter.lose_place()
            if picture is not None:
                self._write_picture(picture)
        self._write(self._painter.rest())

    def _wait(self) -> float | None:
        """Seconds until the picture may go; None if there is none."""
        if self._picture is None:
            return None
        return self._pace.wait(time.monotonic(), follows_input=self._follows_input)

    def _write_picture(self, picture: Picture) -> None:
        try:
            text = self._painter.paint(picture.rows, picture.cursor)
        except Exception as bug:  # the edge of the thread: without it the screen would just stand still
            self._open_to_pictures = False
            self._report_bug(bug)
            return
        if not text:
            return
        if picture.synchronized and len(text) > _AT_ONCE:
            text = SYNC_START + text + SYNC_END
        with self._wake:
            asks = self._pace.sent(len(text), time.monotonic())
        self._write(text + ASK_POSITION if asks else text)

    def _write(self, text: str) -> None:
        """Write in small pieces, so that a slow terminal is seen to take them; a lost one is ignored."""
        data = memoryview(text.encode(self._charset, ERRORS))
        while data and not self._gone:
            select.select([], [self._fd], [])
            try:
                written = os.write(self._fd, data[:_CHUNK])
            except BlockingIOError:
                continue
            except OSError:
                with self._wake:
                    self._gone = True
                    self._wake.notify_all()
                return
            self._taken += written
            data = data[written:]
