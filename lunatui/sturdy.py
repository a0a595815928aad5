"""An app that a bug does not end: it is put on record, said plainly, and the screen is made anew."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING

from textual import events
from textual.app import ReturnType

from lunatui import diagnostics
from lunatui.driver.linux import LeanApp

if TYPE_CHECKING:
    from textual.message import Message

_BEGINNING = (events.Load, events.Compose, events.Mount)
"""A bug in one of these, and there is no screen to go on with."""
BUGS, WITHIN_S = 4, 30.0
"""So many bugs within this time, and going on is no use."""


class SturdyApp(LeanApp[ReturnType]):
    """Sub-classes say where the record is kept, and how to stand up again."""

    def __init__(self) -> None:
        super().__init__()
        self._bugs: list[float] = []

    def keep_bug(self, told: str) -> None:
        """Put a bug on record; `told` is its traceback, without the values of its variables."""
        raise NotImplementedError

    def stand_up(self, *, anew: bool) -> None:
        """Say that there was a bug; `anew`: the screen it was on cannot be trusted any more."""
        raise NotImplementedError

    async def _dispatch_message(self, message: Message) -> None:
        """Handlers and actions of the app itself: Textual would end its only message loop with them."""
        try:
            await super()._dispatch_message(message)
        except Exception as bug:
            if isinstance(message, _BEGINNING):
                self.terminal_lost(bug)
            else:
                self.survive(bug, anew=False)

    def _handle_exception(self, error: Exception) -> None:
        """What Textual calls for all others: the part of the screen it happened in is dead by then."""
        self.survive(error, anew=True)

    def survive(self, bug: BaseException, *, anew: bool) -> None:
        """Keep the record and go on, unless it happens again and again."""
        self._note(bug)
        now = time.monotonic()
        self._bugs = [*(at for at in self._bugs if now - at < WITHIN_S), now]
        if len(self._bugs) >= BUGS or not self.screen_stack:
            self._die()
        else:
            self.call_later(self._stand_up, anew)

    def terminal_lost(self, bug: Exception) -> None:
        """Nothing can be shown, or not any more."""
        self._note(bug)
        self._die()

    def _note(self, bug: BaseException) -> None:
        self.keep_bug("".join(traceback.format_exception(bug)))
        if self._exception is None and self.is_headless and isinstance(bug, Exception):
            # Tests hear of it when they close the app, as with any other app.
            self._exception = bug
            self._exception_event.set()

    def _stand_up(self, anew: bool) -> None:
        self.stand_up(anew=anew)

    def _die(self) -> None:
        """End with the exit code of a bug; the terminal is given back on the way."""
        self._return_code = diagnostics.BUG
        self._close_messages_no_wait()
