"""What `web.login.*` says in a `message`, read as what it means: a failure comes as a success there.

The sentences are those of @openclaw/whatsapp 2026.9.6 (`login-qr.ts`, `connection-controller.ts`). One that
is not known is a failure too: only a code, a connection and “still waiting” are none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from appliance.channels.linking import Happening
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.gateway.channel_results import LoginAnswer

Cause = Literal[
    "network",
    "no-code",
    "expired",
    "lost",
    "logged-out",
    "timed-out",
    "rejected",
    "replaced",
    "unstable",
    "stale-session",
    "setup",
    "gateway",
    "unknown",
]
_CAUSES: tuple[tuple[str, Cause], ...] = (
    ("ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ECONNRESET|ETIMEDOUT", "network"),
    ("self[- ]signed|certificate|proxy|socket hang up|fetch failed", "network"),
    ("Timed out waiting for WhatsApp QR", "no-code"),
    ("QR expired", "expired"),
    ("No active WhatsApp login|no longer active|ended without", "lost"),
    ("logged out|status=401", "logged-out"),
    ("replaced by a newer request|status=440|conflict", "replaced"),
    ("still stabilizing|not settled on disk", "unstable"),
    ("could not be cleared|were not found on disk", "stale-session"),
    ("status=408|timed out", "timed-out"),
    (r"status=4\d\d|status=5\d\d|rejected|refused|not authorized", "rejected"),
    ("render|capture the active", "setup"),
)
_RUNS_OUT: frozenset[Cause] = frozenset({"no-code", "expired", "lost", "timed-out"})
_STILL_WAITING = "still waiting for the qr scan"
_ALREADY_LINKED = "whatsapp is already linked"
RESTART_MARK = "restart after pairing (code 515)"
"""What the Gateway logs when a scanned code leads to a new connection; `web.login.wait` keeps silent."""


@dataclass(frozen=True)
class Said:
    """An answer read."""

    happening: Happening | None
    """None: nothing has happened yet."""
    reason: str = ""
    cause: Cause | None = None


def read_answer(answer: LoginAnswer) -> Said:
    """What `web.login.start` or `web.login.wait` says."""
    if answer.connected:
        return Said(Happening.LINKED)
    if answer.qr_data_url:
        return Said(Happening.CODE)
    told = answer.message.lower()
    if told.startswith(_STILL_WAITING):
        return Said(None)
    if told.startswith(_ALREADY_LINKED):
        return Said(Happening.LINKED)
    return failure(answer.message)


def failure(message: str) -> Said:
    """A message that is a failure: run out of time, or refused; with its cause."""
    cause = cause_of(message)
    return Said(Happening.EXPIRED if cause in _RUNS_OUT else Happening.FAILED, message, cause)


def cause_of(message: str) -> Cause:
    """What lies behind a message."""
    return next(
        (cause for pattern, cause in _CAUSES if re.search(pattern, message, re.IGNORECASE)), "unknown"
    )
