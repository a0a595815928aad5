"""When the next picture may be sent: a line slower than the pictures gets fewer, not later ones."""

from __future__ import annotations

_PROBE_FROM = 256
"""Bytes that may be on their way before the terminal is asked whether it has them."""
_AFTER_INPUT = 0.25
"""Seconds after a key or click in which new pictures go at once: one of them is the answer to it."""
_IN_FLIGHT_AFTER_INPUT = 1536
"""Bytes that may be on their way when such a picture goes: more would delay it by what lies before it."""
_PATIENCE = 3.0
"""Seconds after which a question counts as lost."""
_LOST_ENOUGH = 3
"""Lost questions in a row after which the terminal is taken to have no answer."""
_NEAR = 0.05
"""Answers within this many seconds are from a line that needs no rest between pictures."""
_REST = 0.5
"""The rest after a picture, as a share of the time it took to arrive: the line is left free for keys."""


class Pace:
    """Follows what was written and what the terminal has confirmed; times are `time.monotonic` seconds.

    Until a terminal has answered once, nothing is held back: then only a full line slows the pictures down.
    """

    def __init__(self) -> None:
        self._answers = False
        self._asked_at: float | None = None
        self._lost = 0
        self._in_flight = 0
        self._behind_question = 0
        self._rest_until = 0.0
        self._input_at = float("-inf")

    @property
    def awaits_answer(self) -> bool:
        """A question was asked and its answer has not come."""
        return self._asked_at is not None

    def follows_input(self, now: float) -> bool:
        """A picture that is made now may be the answer to a key; one that waited before it is not."""
        return now - self._input_at <= _AFTER_INPUT

    def wait(self, now: float, *, follows_input: bool) -> float:
        """Seconds until the next picture may go, 0 for at once; an answer or input may make it sooner."""
        if self._asked_at is not None and now - self._asked_at > _PATIENCE:
            self.give_up()
        if not self._answers:
            return 0
        if follows_input and self._in_flight < _IN_FLIGHT_AFTER_INPUT:
            return 0
        if self._asked_at is not None:
            return self._asked_at + _PATIENCE - now
        return max(0.0, self._rest_until - now)

    def sent(self, size: int, now: float) -> bool:
        """A picture of `size` bytes is about to be written; whether to ask with it if it has arrived."""
        self._in_flight += size
        if self._asked_at is not None:
            self._behind_question += size
            return False
        if self._in_flight < _PROBE_FROM or self._lost >= _LOST_ENOUGH:
            return False
        self._asked_at = now
        self._behind_question = 0
        return True

    def answered(self, now: float) -> bool:
        """The terminal has answered; False if it was not asked."""
        if self._asked_at is None:
            return False
        took = now - self._asked_at
        self._answers = True
        self._lost = 0
        self._asked_at = None
        self._in_flight = self._behind_question
        self._rest_until = now + _REST * took if took > _NEAR else now
        return True

    def give_up(self) -> None:
        """Take the question for lost, and hold nothing back until one is answered."""
        self._answers = False
        self._asked_at = None
        self._in_flight = 0
        self._lost += 1

    def input_came(self, now: float) -> None:
        """The user did something and waits to see it."""
        self._input_at = now
