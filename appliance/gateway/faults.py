"""What the gateway can refuse or fail at, as our errors: the one place that maps wire errors.

GatewayError              the gateway answered with an error we cannot place better
├── GatewayRefused        token, scope, pairing (Refused)
├── GatewayConflict       someone else changed or holds it (Conflict)
├── GatewayUnreachable    down, starting, stalled, busy (Unreachable)
├── GatewayMissing        the named thing does not exist (NotFound)
└── GatewayInvalid        it found the configuration invalid (Invalid)
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.errors import Conflict, Invalid, LunaError, NotFound, Refused, Unreachable

LONGEST_PAUSE = 60.0
MESSAGE_LIMIT = 2_000
"""Characters of the gateway's own text we repeat."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The `error` object of an answer (gateway-core §2.2), nothing trusted but its types."""

    code: str
    """`INVALID_REQUEST`, `UNAVAILABLE`, `FORBIDDEN`, `NOT_PAIRED`; empty when our side saw the fault."""
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)
    retryable: bool = False
    retry_after_ms: int | None = None

    def detail(self, name: str) -> str:
        """One text field of `details`, or an empty string."""
        value = self.details.get(name)
        return value if isinstance(value, str) else ""


class GatewayError(LunaError):
    """The gateway said no, with what it said on the wire."""

    code = "gateway-failed"

    def __init__(self, message: str, *, hint: str = "", code: str = "", fault: Fault | None = None) -> None:
        """`fault`: the wire error behind it, when there was one."""
        super().__init__(message, hint=hint, code=code)
        self.fault = fault or Fault("", message)

    @property
    def wire_code(self) -> str:
        """The gateway's own `code`."""
        return self.fault.code

    @property
    def details(self) -> Mapping[str, Any]:
        """The gateway's own `details`."""
        return self.fault.details

    @property
    def retryable(self) -> bool:
        """Whether the gateway says that trying again may help."""
        return self.fault.retryable

    @property
    def retry_after_ms(self) -> int | None:
        """How long the gateway asks us to wait, in milliseconds."""
        return self.fault.retry_after_ms

    @property
    def retry_after(self) -> float:
        """The same in seconds, at most a minute; 0 when it does not say."""
        return min((self.fault.retry_after_ms or 0) / 1000, LONGEST_PAUSE)


class GatewayRefused(GatewayError, Refused):
    """Token, scope or pairing."""

    code = "gateway-unauthorized"


class GatewayConflict(GatewayError, Conflict):
    """Another writer or another setup is in the way."""

    code = "gateway-conflict"


class GatewayUnreachable(GatewayError, Unreachable):
    """Nothing answered, or it asks us to come back later."""

    code = "gateway-down"


class GatewayMissing(GatewayError, NotFound):
    """The gateway does not know the named thing."""

    code = "gateway-not-found"


class GatewayInvalid(GatewayError, Invalid):
    """The gateway found the configuration invalid."""

    code = "gateway-invalid-config"


class Misbehaved(GatewayUnreachable):
    """It sent what no gateway sends: the connection is given up (safety §11)."""

    code = "gateway-misbehaving"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The gateway sent something it should not: {what}.",
            hint="Check what is listening on the gateway's port: lunatui gateway status",
        )


def down(address: str, reason: str) -> GatewayUnreachable:
    """Nothing listens at `address`."""
    return GatewayUnreachable(
        f"Nothing answers at {address} ({reason}).",
        hint="Start it: lunatui gateway start",
        code="gateway-down",
    )


def starting(message: str, fault: Fault | None = None) -> GatewayUnreachable:
    """It is there but not ready yet."""
    return GatewayUnreachable(
        message,
        hint="Wait a moment and try again; a start takes up to a minute.",
        code="gateway-starting",
        fault=fault,
    )


def stalled(what: str, seconds: float) -> GatewayUnreachable:
    """It is there but did not answer in time."""
    return GatewayUnreachable(
        f"The gateway did not answer {what} within {seconds:g} s.",
        hint="It may be busy; look at it: lunatui gateway status",
        code="gateway-stalled",
    )


def lost(reason: str) -> GatewayUnreachable:
    """The connection went away with the question open: nobody knows whether it was done."""
    return GatewayUnreachable(
        f"The connection to the gateway was lost ({reason}).",
        hint="Look at the state before you repeat a change: lunatui gateway status",
        code="gateway-lost",
    )


def why(error: OSError) -> str:
    """The operating system's reason in its plain words, without addresses."""
    return os.strerror(error.errno) if error.errno else type(error).__name__


def not_open(address: str, error: OSError) -> GatewayUnreachable:
    """Why a connection could not be opened: TLS says its own reason, else nothing is there."""
    tls_reason = getattr(error, "verify_message", "") or getattr(error, "reason", "")
    if not isinstance(tls_reason, str) or not tls_reason:
        return down(address, why(error))
    return GatewayUnreachable(
        f"No safe connection to {address}: {plain(tls_reason).replace('_', ' ').lower()}.",
        hint="Check the address and the certificate of that gateway.",
        code="gateway-tls",
    )


def plain(text: str) -> str:
    """Third-party text as one safe line of bounded length."""
    from appliance.text import safe_line

    return " ".join(safe_line(text[:MESSAGE_LIMIT]).split())


_TOKEN_HINT = "Its token is gateway.auth.token in openclaw.json: lunatui config get gateway.auth.mode"  # noqa: S105 - words

_BY_DETAIL_CODE: dict[str, tuple[type[GatewayError], str, str]] = {
    "AUTH_SCOPE_MISMATCH": (GatewayRefused, "gateway-scope", ""),
    "MISSING_SCOPE": (GatewayRefused, "gateway-scope", ""),
    "PROTOCOL_MISMATCH": (
        GatewayError,
        "gateway-protocol",
        "Update the older of the two: lunatui engine status",
    ),
    "SETUP_ADMISSION_BUSY": (GatewayConflict, "gateway-busy", "Finish or cancel the other setup first."),
    "CRON_JOB_CHANGED": (GatewayConflict, "gateway-stale", ""),
    "APPROVAL_ALREADY_RESOLVED": (GatewayConflict, "approval-resolved", ""),
}
_BY_REASON: dict[str, tuple[type[GatewayError], str]] = {
    "startup-sidecars": (GatewayUnreachable, "gateway-starting"),
    "gateway-suspending": (GatewayUnreachable, "gateway-suspended"),
}
_NOT_THERE = (
    "not found",
    "unknown agent",
    "no longer exists",
    "unknown requestId",
    "unknown deviceId",
    "unknown session",
)


def from_fault(fault: Fault, method: str) -> GatewayError:
    """Our error for a wire error (gateway-core §11: by code and details first, by text last)."""
    return _by_details(fault) or _by_code(fault, method) or _by_text(fault, method)


def _made(kind: type[GatewayError], fault: Fault, *, code: str = "", hint: str = "") -> GatewayError:
    return kind(plain(fault.message) or "The gateway refused.", hint=hint, code=code, fault=fault)


def _by_details(fault: Fault) -> GatewayError | None:
    detail = fault.detail("code") or fault.detail("reason")
    if known := _BY_DETAIL_CODE.get(detail):
        kind, code, hint = known
        return _made(kind, fault, code=code, hint=hint)
    if fault.code == "NOT_PAIRED" or detail == "PAIRING_REQUIRED":
        request = plain(fault.detail("requestId"))
        hint = f"Approve this device on the box: openclaw devices approve {request}" if request else ""
        return _made(GatewayRefused, fault, code="gateway-pairing", hint=hint)
    if detail.startswith(("AUTH_", "DEVICE_AUTH_")):
        return _made(GatewayRefused, fault, hint=_TOKEN_HINT)
    if known_reason := _BY_REASON.get(fault.detail("reason")):
        kind, code = known_reason
        return _made(kind, fault, code=code, hint="Wait a moment and try again.")
    if detail.endswith("_NOT_FOUND"):
        return _made(GatewayMissing, fault)
    if fault.detail("type").endswith("_conflict"):
        return _made(
            GatewayConflict, fault, code="gateway-stale", hint="Read it again, then repeat the change."
        )
    return None


def _by_code(fault: Fault, method: str) -> GatewayError | None:
    if isinstance(fault.details.get("issues"), list):
        return _made(GatewayInvalid, fault)
    if fault.code == "FORBIDDEN":
        return _made(GatewayRefused, fault, code="gateway-scope")
    if fault.code != "UNAVAILABLE":
        return None
    if fault.detail("limit"):
        return _made(GatewayUnreachable, fault, code="gateway-throttled", hint=_later(fault))
    if fault.retryable:
        return _made(GatewayUnreachable, fault, code="gateway-busy", hint=_later(fault))
    if method == "connect":
        return starting(plain(fault.message), fault)
    return _made(GatewayError, fault)


def _later(fault: Fault) -> str:
    if fault.retry_after_ms is None:
        return "Try again in a moment."
    return f"Try again in {max(1, round(fault.retry_after_ms / 1000))} s."


def _by_text(fault: Fault, method: str) -> GatewayError:
    text = fault.message
    if text.startswith("unknown method"):
        hint = "This OpenClaw release does not have it: lunatui engine status"
        return _made(GatewayError, fault, code="gateway-unsupported", hint=hint)
    if "changed since" in text:
        return _made(
            GatewayConflict, fault, code="gateway-stale", hint="Read it again, then repeat the change."
        )
    if text.startswith(f"invalid {method} params"):
        return _made(GatewayError, fault, code="gateway-params")
    if any(words in text for words in _NOT_THERE):
        return _made(GatewayMissing, fault)
    return _made(GatewayError, fault)
