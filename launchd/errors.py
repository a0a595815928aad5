"""What a supervisor could not do.

`code` is one of: `not-installed`, `start-failed`, `stop-failed`, `busy`, `damaged`.
"""

from __future__ import annotations

from typing import Literal

ServiceCode = Literal["not-installed", "start-failed", "stop-failed", "busy", "damaged"]


class ServiceError(Exception):
    """A service could not be brought into the state asked for."""

    def __init__(self, message: str, *, code: ServiceCode, hint: str = "") -> None:
        """`message`: what happened to which service. `hint`: the next step."""
        super().__init__(message)
        self.message = message
        self.code: ServiceCode = code
        self.hint = hint
