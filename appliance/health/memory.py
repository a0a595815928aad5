"""What one process remembers between two looks, so that a look every few seconds costs little."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from appliance.health.evidence import Answer

FRESH_S = 30.0
"""How long the Gateway's answers are taken for true; whether it is there is looked at each time."""
RETRY_S = 5.0
"""The same for a refusal."""
SAME_START_S = 3.0
"""Two times of start nearer than this are one start: both are computed from a running clock."""
T = TypeVar("T")


class _Clock(Protocol):
    def __call__(self) -> float: ...


class Memory:
    """Of one box in one process. A look may come from any thread; a race costs one question more."""

    def __init__(self, clock: _Clock = time.monotonic) -> None:
        self._clock = clock
        self._answer: tuple[float, Answer] | None = None
        self._up_since: float | None = None
        self._kept: dict[str, tuple[Hashable, object]] = {}

    def answer(self, up_since: float | None, ask: Callable[[], Answer]) -> Answer:
        """The Gateway's answer: asked again when it is old or another Gateway runs."""
        same = self._same_start(up_since)
        if self._answer is not None and same:
            asked_at, known = self._answer
            if self._clock() - asked_at < (RETRY_S if known.problem else FRESH_S):
                return known
        fresh = ask()
        self._answer = (self._clock(), fresh)
        self._up_since = self._up_since if same else up_since
        return fresh

    def steady(self, up_since: float | None) -> float | None:
        """The time of start as it was first computed, so that it does not tremble from look to look."""
        return self._up_since if self._same_start(up_since) else up_since

    def kept(self, what: str, key: Hashable, make: Callable[[], T]) -> T:
        """What was made for this key; made anew when the key differs from the last one."""
        known = self._kept.get(what)
        if known is None or known[0] != key:
            known = (key, make())
            self._kept[what] = known
        return known[1]  # type: ignore[return-value]  # what `make` of this name returned

    def forget(self) -> None:
        """The Gateway is gone: ask the next one at once."""
        self._answer = None

    def _same_start(self, up_since: float | None) -> bool:
        if up_since is None or self._up_since is None:
            return up_since is self._up_since
        return abs(up_since - self._up_since) < SAME_START_S
