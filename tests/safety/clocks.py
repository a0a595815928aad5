"""A clock that shows what a test says, for everything of ours in this process that asks for the time."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator

YEAR = 365.25 * 86_400
OURS = ("appliance", "launchd", "lunatui", "screens")

_gmtime = time.gmtime
_time = time.time


class WrongClock:
    """`shift` seconds ahead of the right one, or standing still `at` a moment; the monotonic one goes on."""

    def __init__(self) -> None:
        self.shift = 0.0
        self.at: float | None = None

    def time(self) -> float:
        """In the place of `time.time`."""
        return (_time() if self.at is None else self.at) + self.shift

    def time_ns(self) -> int:
        """In the place of `time.time_ns`."""
        return int(self.time() * 1_000_000_000)

    def gmtime(self, seconds: float | None = None) -> time.struct_time:
        """In the place of `time.gmtime`."""
        return _gmtime(self.time() if seconds is None else seconds)

    def show(self, moment: str) -> None:
        """Stand still at this moment, ISO 8601."""
        self.at = datetime.fromisoformat(moment).timestamp()


@contextmanager
def wrong_clock() -> Iterator[WrongClock]:
    """The clock of every module of ours that is loaded, until the end of the block."""
    clock = WrongClock()

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.fromtimestamp(clock.time(), tz)

    with ExitStack() as stack:
        for name in ("time", "time_ns", "gmtime"):
            stack.enter_context(mock.patch.object(time, name, getattr(clock, name)))
        for path, module in list(sys.modules.items()):
            if path.partition(".")[0] in OURS and vars(module).get("datetime") is datetime:
                stack.enter_context(mock.patch.object(module, "datetime", Moved))
        yield clock
