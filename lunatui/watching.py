"""Sees within two seconds that another program changed the settings, while somebody looks at the box.

One `stat` a second: it costs microseconds, works on every file system and over every way to write a file
(also a rename, which moves a watch of the system to a file nobody reads any more), and needs no thread.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.ops.core import Nothing, nobody_consents
from appliance.ops.dispatch import dispatch
from appliance.store.versions import SETTLED_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.ops.history import ChangeRow
    from screens.desk import Desk

EVERY_S = 1.0
RECENT = 20
"""So many changes are looked through for news."""
RECOVERY = "system:recovery"


class SettingsWatch:
    """Remembers the file as it was, and how far the history was read."""

    def __init__(self) -> None:
        self._file: tuple[int, ...] | None = None
        self._read_to = f"{time.time_ns():020}"
        self._begun = False

    def moved(self, desk: Desk) -> bool:
        """Whether the file is another one than at the last look, and nobody is still writing it."""
        seen, settled = _look(desk)
        if seen == self._file or not (seen or self._file):
            return False
        if settled:
            self._file = seen
        return settled

    async def report(self, desk: Desk) -> None:
        """Tell of what others changed since the last look; whether it can be told is for another place."""
        from appliance.ops.history import LIST, RECOVER, ListChanges

        call = desk.call(nobody_consents, lambda _event: None)
        with suppress(LunaError):
            if not self._begun and not desk.read_only and desk.box.cut_off():
                await dispatch(desk.box, RECOVER, Nothing(), call)
            self._begun = True
            found = await dispatch(desk.box, LIST, ListChanges(RECENT), call)
            for row in self._news(found.changes):
                _tell(desk, row)
        desk.lookout.look_now()

    def _news(self, rows: Sequence[ChangeRow]) -> list[ChangeRow]:
        new = [row for row in reversed(rows) if row.id > self._read_to]
        self._read_to = max((row.id for row in rows), default=self._read_to)
        return [row for row in new if row.outside or row.actor == RECOVERY]


def _look(desk: Desk) -> tuple[tuple[int, ...], bool]:
    try:
        found = os.stat(desk.box.places.config_path)  # noqa: PTH116 - once a second, for ever
    except OSError:
        return (), True
    seen = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return seen, abs(time.time() - found.st_mtime) >= SETTLED_S


def _tell(desk: Desk, row: ChangeRow) -> None:
    from screens.history.phrases import by_whom, starting, title_of

    what = title_of(desk.words, row)
    if row.actor == RECOVERY:
        key = f"history.was.{row.why}"
        desk.notices.tell(f"{what}. {desk.words(key)}" if key in desk.words else what, "look")
        return
    who = starting(by_whom(desk.words, row.actor))
    if row.loss:
        desk.notices.tell(desk.words("history.noticed-loss", who=who), "bad")
    elif any(each.code != "bookkeeping" for each in row.told):
        desk.notices.tell(desk.words("history.noticed", who=who, what=what), "look")
