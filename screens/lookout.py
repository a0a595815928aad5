"""The one look at the shop that all places share: one question every few seconds, however many listen."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.message import Message

from appliance.errors import LunaError
from appliance.health.models import Glance
from appliance.ops.core import Nothing, nobody_consents
from appliance.ops.dispatch import dispatch
from appliance.values import dataclass
from screens.outlook import Outlook
from screens.problems import unforeseen

if TYPE_CHECKING:
    from collections.abc import Callable

    from screens.desk import Desk

EVERY_S = 3.0
WHILE_STARTING_S = 1.0
DECISION = "decision"
"""What waits when an agent asked leave for something."""


@dataclass(frozen=True)
class Sight:
    """What the last look found."""

    glance: Glance | None = None
    """None before the first look, and when every look failed."""
    problem: LunaError | None = None
    """Why the last look failed; `glance` is then an older one."""

    @property
    def is_starting(self) -> bool:
        """Whether it will soon be another sight."""
        return self.glance is not None and self.glance.state == "starting"

    @property
    def outlook(self) -> Outlook:
        """The same for the top line."""
        seen = self.glance
        if seen is None:
            return Outlook()
        return Outlook(seen.business, seen.state, needed(seen), seen.since)


def needs(seen: Glance) -> tuple[str, ...]:
    """What waits for a person, most urgent first: a code of trouble, `decision`, or `no-brain`."""
    found = [seen.trouble.code] if seen.trouble and seen.state != "starting" else []
    if waiting(seen):
        found.append(DECISION)
    if seen.state == "open" and not seen.model:
        found.append("no-brain")
    return tuple(found)


def waiting(seen: Glance) -> int:
    """How many of the staff's questions wait for a yes or a no."""
    return (seen.today.waiting or 0) if seen.state == "open" and seen.today else 0


def needed(seen: Glance) -> int:
    """How many things wait for a person, each decision for itself."""
    return len(needs(seen)) + max(0, waiting(seen) - 1)


class Looked(Message):
    """Something about the shop is not as it was at the last look."""

    def __init__(self, sight: Sight) -> None:
        super().__init__()
        self.sight = sight


class Lookout:
    """Looks, remembers the last sight, and says when it is another one."""

    def __init__(self) -> None:
        self.sight = Sight()
        self._wake = asyncio.Event()

    def look_now(self) -> None:
        """Do not wait for the next turn."""
        self._wake.set()

    async def watch(self, desk: Desk, tell: Callable[[Sight], None], *, after: float = 0.0) -> None:
        """Look again and again until cancelled, first after so many seconds; `tell` hears of changes only.

        A bug ends the watch, and nothing is claimed to be known of the shop from then on.
        """
        if after:
            await self._rest(after)
        while True:
            self._wake.clear()
            try:
                found = await self._look(desk)
                self._see(found, tell)
            except Exception as bug:
                self.sight = Sight(problem=unforeseen(bug))
                tell(self.sight)
                raise
            await self._rest(WHILE_STARTING_S if found.is_starting else EVERY_S)

    def _see(self, found: Sight, tell: Callable[[Sight], None]) -> None:
        is_other = _facts(self.sight) != _facts(found)
        self.sight = found
        if is_other:
            tell(found)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    async def _look(self, desk: Desk) -> Sight:
        try:
            from appliance.ops.health import GLANCE

            call = desk.call(nobody_consents, lambda _event: None)
            found = await dispatch(desk.box, GLANCE, Nothing(), call)
        except LunaError as error:
            return Sight(self.sight.glance, error)
        return Sight(found)


def _facts(sight: Sight) -> tuple[object, str]:
    """Without the times that pass by themselves."""
    seen = sight.glance
    if seen is not None:
        seen = replace(seen, checked_at=0.0, last_open=None if seen.state == "open" else seen.last_open)
    return seen, sight.problem.message if sight.problem else ""
