"""Linking WhatsApp as one table: what is going on, what may happen next, and nothing else.

The driver (`linker`) tells what happened; whatever the table does not have is refused and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LIFE_SECONDS = 180.0
"""How long OpenClaw keeps one login open (`ACTIVE_LOGIN_TTL_MS` of @openclaw/whatsapp 2026.9.6)."""
MOST_FAILURES = 3
"""After so many WhatsApp itself begins to refuse, for hours (user-pains 10)."""
COOL_SECONDS = 3600.0
"""How long nothing more is tried then."""


class State(Enum):
    """What is going on."""

    CHECKING = "checking"
    """Looking whether OpenClaw has the plugin for WhatsApp."""
    PLUGIN_MISSING = "plugin-missing"
    INSTALLING = "installing"
    """A minute or two; the Gateway may not answer meanwhile."""
    INSTALL_FAILED = "install-failed"
    WHOSE_NUMBER = "whose-number"
    """It has to be said whether the number is a person's or the assistant's own."""
    WRITING_POLICY = "writing-policy"
    """Who gets an answer is settled before anybody can write."""
    STARTING = "starting"
    CODE_SHOWN = "code-shown"
    REFRESHED = "refreshed"
    """A newer code took the place of the one before."""
    SCANNED = "scanned"
    RESTARTING = "restarting"
    """WhatsApp asks for a new connection after a scan (code 515): normal."""
    SAVING = "saving"
    """The session is stored; it counts once a connection was made with it."""
    CONNECTED = "connected"
    GREETED = "greeted"
    """The assistant's first message was sent."""
    HEARD = "heard"
    """The first message of a person came in."""
    ANSWERED = "answered"
    """… and was answered: the line works."""
    REFUSED = "refused"
    TIMED_OUT = "timed-out"
    COOLING_DOWN = "cooling-down"
    """Too many failures; another try now would make it worse."""
    STOPPED = "stopped"
    """Given up by whoever began."""


class Happening(Enum):
    """What moves it on."""

    PLUGIN_ABSENT = "plugin-absent"
    PLUGIN_READY = "plugin-ready"
    INSTALL = "install"
    NUMBER_SAID = "number-said"
    POLICY_WRITTEN = "policy-written"
    CODE = "code"
    """A code came: the first, or a newer one."""
    SCANNED = "scanned"
    RESTART = "restart"
    LINKED = "linked"
    """The session is there: after a scan, or from an earlier login."""
    CONNECTED = "connected"
    GREETED = "greeted"
    HEARD = "heard"
    ANSWERED = "answered"
    DROPPED = "dropped"
    """The new connection was lost again."""
    FAILED = "failed"
    EXPIRED = "expired"
    AGAIN = "again"
    COOLED = "cooled"
    """The time to wait is over."""
    TOO_OFTEN = "too-often"
    """Earlier tries used up what may be tried."""
    STOP = "stop"


_S, _H = State, Happening
_OFFERED = (_S.CODE_SHOWN, _S.REFRESHED)
_AFTER_SCAN = (_S.SCANNED, _S.RESTARTING)
ENDED = frozenset({_S.ANSWERED, _S.STOPPED})
"""Nothing follows."""
FAILURES = frozenset({_S.REFUSED, _S.TIMED_OUT})
"""Each counts, unless nothing of it reached WhatsApp."""
OFFERS_CODE = frozenset(_OFFERED)
"""States in which the newest code is on show."""

MOVES: Mapping[tuple[State, Happening], State] = {
    (_S.CHECKING, _H.PLUGIN_ABSENT): _S.PLUGIN_MISSING,
    (_S.CHECKING, _H.PLUGIN_READY): _S.WHOSE_NUMBER,
    (_S.PLUGIN_MISSING, _H.INSTALL): _S.INSTALLING,
    (_S.INSTALLING, _H.PLUGIN_READY): _S.WHOSE_NUMBER,
    (_S.INSTALLING, _H.FAILED): _S.INSTALL_FAILED,
    (_S.INSTALL_FAILED, _H.INSTALL): _S.INSTALLING,
    (_S.WHOSE_NUMBER, _H.NUMBER_SAID): _S.WRITING_POLICY,
    (_S.WRITING_POLICY, _H.POLICY_WRITTEN): _S.STARTING,
    (_S.WRITING_POLICY, _H.FAILED): _S.WHOSE_NUMBER,
    (_S.STARTING, _H.CODE): _S.CODE_SHOWN,
    (_S.STARTING, _H.LINKED): _S.SAVING,
    (_S.STARTING, _H.FAILED): _S.REFUSED,
    (_S.STARTING, _H.EXPIRED): _S.TIMED_OUT,
    (_S.STARTING, _H.TOO_OFTEN): _S.COOLING_DOWN,
    **{(state, _H.CODE): _S.REFRESHED for state in (*_OFFERED, *_AFTER_SCAN)},
    **{(state, _H.SCANNED): _S.SCANNED for state in _OFFERED},
    **{(state, _H.LINKED): _S.SAVING for state in (*_OFFERED, *_AFTER_SCAN)},
    **{(state, _H.FAILED): _S.REFUSED for state in (*_OFFERED, *_AFTER_SCAN, _S.SAVING)},
    **{(state, _H.EXPIRED): _S.TIMED_OUT for state in (*_OFFERED, *_AFTER_SCAN, _S.SAVING)},
    (_S.SCANNED, _H.RESTART): _S.RESTARTING,
    (_S.SAVING, _H.CONNECTED): _S.CONNECTED,
    (_S.CONNECTED, _H.GREETED): _S.GREETED,
    **{(state, _H.HEARD): _S.HEARD for state in (_S.CONNECTED, _S.GREETED)},
    (_S.HEARD, _H.ANSWERED): _S.ANSWERED,
    **{(state, _H.DROPPED): _S.SAVING for state in (_S.CONNECTED, _S.GREETED, _S.HEARD)},
    **{(state, _H.AGAIN): _S.STARTING for state in (_S.REFUSED, _S.TIMED_OUT)},
    (_S.COOLING_DOWN, _H.COOLED): _S.STARTING,
    **{(state, _H.STOP): _S.STOPPED for state in State if state not in ENDED},
}


class IllegalStep(RuntimeError):
    """A step that the table does not have: our bug; nothing changed."""


@dataclass(frozen=True)
class Linking:
    """One linking as it stands; times are Unix seconds."""

    state: State
    since: float
    """When this state began."""
    failures: int = 0
    """Tries that WhatsApp refused or that ran out, in a row."""
    code_number: int = 0
    """Which code of this login is on show, from 1; 0: none."""
    code_since: float = 0.0
    login_ends: float = 0.0
    """When OpenClaw gives the present login up."""
    reason: str = ""
    """Why the last try failed, as OpenClaw says it."""
    cause: str = ""
    """The same as a stable word (`failures.Cause`)."""
    retry_at: float = 0.0
    """When cooling down ends."""

    def moved(self, happening: Happening, now: float, *, reason: str = "", cause: str = "") -> Linking:
        """What follows; a failure that counts and is one too many leads to cooling down instead.

        Raises:
            IllegalStep: the table has no such step.
        """
        target = MOVES.get((self.state, happening))
        if target is None:
            raise IllegalStep(f"{self.state.value} + {happening.value}")
        after = replace(self, state=target, since=now, reason=reason, cause=cause)
        if target in OFFERS_CODE:
            first = self.state not in (*OFFERS_CODE, *_AFTER_SCAN)
            ends = now + LIFE_SECONDS if first else self.login_ends
            return replace(after, code_number=self.code_number + 1, code_since=now, login_ends=ends)
        after = replace(after, code_number=0, code_since=0.0)
        if target in FAILURES:
            return after._failed(now)
        if target is State.COOLING_DOWN:
            return replace(after, retry_at=max(self.retry_at, now))
        if target is State.CONNECTED or happening is Happening.COOLED:
            return replace(after, failures=0, retry_at=0.0)
        return after

    def _failed(self, now: float) -> Linking:
        failures = self.failures + self.cause_counts
        if failures < MOST_FAILURES:
            return replace(self, failures=failures)
        return replace(self, state=State.COOLING_DOWN, failures=failures, retry_at=now + COOL_SECONDS)

    @property
    def cause_counts(self) -> bool:
        """Whether the last failure reached WhatsApp at all."""
        return self.cause not in NOT_WHATSAPPS

    def code_age(self, now: float) -> float:
        """Seconds the present code has been on show."""
        return max(0.0, now - self.code_since) if self.code_number else 0.0

    def time_left(self, now: float) -> float:
        """Seconds until the present login ends, and with it its codes."""
        return max(0.0, self.login_ends - now) if self.code_number else 0.0


NOT_WHATSAPPS = frozenset({"network", "gateway", "replaced", "unstable", "stale-session", "setup"})
"""Causes that WhatsApp never heard of."""


def begun(now: float, *, failures: int = 0, retry_at: float = 0.0) -> Linking:
    """A new linking; `failures` and `retry_at` of earlier ones count until their time is over."""
    if failures >= MOST_FAILURES and retry_at <= now:
        failures, retry_at = 0, 0.0
    return Linking(State.CHECKING, now, failures=failures, retry_at=retry_at)
