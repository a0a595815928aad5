"""After a save: does the running Gateway use what stands in the file? (safety §3.3 step 14)"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

from appliance.errors import LunaError, Unreachable
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.gateway.oneshot import OneShot

PATIENCE_S = 15.0
OPEN_S = 8.0
"""A Gateway that hangs must not hold up a save for longer."""
_POLL_S = 0.1


@dataclass(frozen=True)
class InUse:
    """What became of a save."""

    state: str
    """`saved and in use`, `saved, needs restart`, `saved, gateway down`, `saved, not yet in use` or
    `saved, refused by the gateway`."""
    detail: str = ""

    @property
    def words(self) -> str:
        """State and detail in one line."""
        return f"{self.state} ({self.detail})" if self.detail else self.state


@dataclass(frozen=True)
class _Seen:
    """What the Gateway says of its configuration; a pydantic model of it would double the time of a save."""

    valid: bool
    saved: str
    """Hash of what stands in the file, as the Gateway last read it."""
    applied: str
    """Hash of what it runs on."""
    problems: str
    """In words, when the file is not valid."""


class Watch:
    """Opened before a save, asked after it.

    The Gateway notices an edit after about 0.2 s; until then its two hashes are equal and both old, so the
    one before the save has to be known.
    """

    def __init__(self, box: Appliance, patience: float = PATIENCE_S) -> None:
        self._box = box
        self._patience = patience
        self._caller: OneShot | None = None
        self._before = ""
        self._problem = ""

    def __enter__(self) -> Self:
        if listening(self._box):
            try:
                self._before = self._ask().saved
                self._problem = "" if self._before else "it does not say which version it runs on"
            except LunaError as error:
                self._problem = error.message
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def outcome(self, *, moves: bool = False) -> InUse:
        """Wait until the Gateway runs on the saved file; blocks for at most the patience given.

        `moves`: its port was changed, which it takes up only as a new process (2026.9.6).
        """
        if not self._before and not self._problem:
            return InUse("saved, gateway down")
        if moves:
            return InUse("saved, needs restart", "the port changes with: lunatui gateway restart")
        if self._problem:
            return _unasked(self._problem)
        deadline = time.monotonic() + self._patience
        found = InUse("saved, not yet in use", "the Gateway still runs on the version before")
        while time.monotonic() < deadline:
            try:
                state = self._ask()
            except Unreachable as error:
                # A restart that the change asked for; it takes 8 to 40 s.
                self._close()
                found = InUse("saved, not yet in use", f"the Gateway restarts: {error.message}")
            except LunaError as error:
                # The save stands whatever the Gateway says of it; only the way back must not get lost.
                return _unasked(error.message)
            else:
                if not state.valid:
                    return InUse("saved, refused by the gateway", state.problems)
                if state.applied and state.applied == state.saved != self._before:
                    return InUse("saved and in use")
            time.sleep(_POLL_S)
        return found

    def _ask(self) -> _Seen:
        from appliance.gateway.oneshot import OneShot

        if self._caller is None:
            box = self._box
            caller = OneShot(
                box.endpoint(), identity=box.identity(), reread=box.endpoint, open_seconds=OPEN_S
            )
            caller.connect()
            self._caller = caller
        return _seen(self._caller.ask("config.get", {}, large=True))

    def _close(self) -> None:
        if self._caller is not None:
            self._caller.close()
            self._caller = None


def _unasked(why: str) -> InUse:
    return InUse("saved, not yet in use", f"the Gateway could not be asked: {why}")


def _seen(answer: Any) -> _Seen:
    """What `config.get` answered, as far as it tells whether a save is in use; no text of it is looked at."""
    issues = answer.get("issues", []) if isinstance(answer, dict) else None
    if not isinstance(issues, list) or not all(isinstance(issue, dict) for issue in issues):
        from appliance.gateway.faults import GatewayError

        raise GatewayError(
            "The gateway answered `config.get` in a form we do not know.",
            hint="Its release may be newer than this program: lunatui engine status",
            code="gateway-answer",
        )
    return _Seen(
        answer.get("valid") is True,
        str(answer.get("configRevisionHash") or ""),
        str(answer.get("appliedConfigHash") or ""),
        "; ".join(f"{issue.get('path', '')}: {issue.get('message', '')}" for issue in issues),
    )


def listening(box: Appliance) -> bool:
    """Whether something takes connections where the Gateway would."""
    import socket

    endpoint = box.endpoint()
    try:
        with socket.create_connection((endpoint.host, endpoint.port), 1.0):
            return True
    except OSError:
        return False
