"""The first moment of a question: what is typed then was meant for what stood there before (safety §10.9)."""

from __future__ import annotations

import math
import time

GRACE_S = 0.3


class Grace:
    """Runs from when a question is on the screen; before that no key is an answer either."""

    def __init__(self) -> None:
        self._since = math.inf

    def begin(self) -> None:
        """The question is on the screen from now on."""
        self._since = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether there was time to see it."""
        return time.monotonic() - self._since >= GRACE_S

    def takes(self) -> bool:
        """Whether a key that is pressed now is an answer; one that is not begins the moment anew."""
        if self.is_over:
            return True
        if self._since < math.inf:
            self.begin()
        return False
