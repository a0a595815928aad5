"""Wire errors as ours: every row of the catalogue (gateway-core §11), with messages as captured."""

from __future__ import annotations

import pytest

from appliance.errors import Conflict, Invalid, LunaError, NotFound, Refused, Unreachable
from appliance.gateway.faults import Fault, GatewayError, from_fault, plain

CATALOGUE: list[tuple[str, Fault, type[LunaError], str]] = [
    (
        "connect",
        Fault("UNAVAILABLE", "gateway starting; retry shortly", {"reason": "startup-sidecars"}),
        Unreachable,
        "gateway-starting",
    ),
    (
        "connect",
        Fault("INVALID_REQUEST", "unauthorized", {"code": "AUTH_TOKEN_MISMATCH"}),
        Refused,
        "gateway-unauthorized",
    ),
    (
        "connect",
        Fault("INVALID_REQUEST", "unauthorized", {"code": "AUTH_TOKEN_MISSING"}),
        Refused,
        "gateway-unauthorized",
    ),
    ("connect", Fault("INVALID_REQUEST", "scope", {"code": "AUTH_SCOPE_MISMATCH"}), Refused, "gateway-scope"),
    (
        "connect",
        Fault("INVALID_REQUEST", "x", {"code": "AUTH_DEVICE_TOKEN_MISMATCH"}),
        Refused,
        "gateway-unauthorized",
    ),
    (
        "connect",
        Fault(
            "INVALID_REQUEST",
            "device signature invalid",
            {"code": "DEVICE_AUTH_SIGNATURE_INVALID", "reason": "device-signature"},
        ),
        Refused,
        "gateway-unauthorized",
    ),
    (
        "connect",
        Fault("NOT_PAIRED", "pairing required", {"code": "PAIRING_REQUIRED", "requestId": "8bf2"}),
        Refused,
        "gateway-pairing",
    ),
    (
        "connect",
        Fault("INVALID_REQUEST", "protocol mismatch", {"code": "PROTOCOL_MISMATCH"}),
        GatewayError,
        "gateway-protocol",
    ),
    (
        "config.get",
        Fault("FORBIDDEN", "missing scope: operator.admin", {"code": "MISSING_SCOPE"}),
        Refused,
        "gateway-scope",
    ),
    ("config.get", Fault("FORBIDDEN", "no"), Refused, "gateway-scope"),
    ("nope", Fault("INVALID_REQUEST", "unknown method: nope"), GatewayError, "gateway-unsupported"),
    (
        "agents.list",
        Fault("INVALID_REQUEST", "invalid agents.list params: at root: unexpected property 'x'"),
        GatewayError,
        "gateway-params",
    ),
    (
        "config.patch",
        Fault(
            "INVALID_REQUEST",
            "invalid config: gateway.port: Invalid input",
            {"issues": [{"path": "gateway.port", "message": "Invalid input"}]},
        ),
        Invalid,
        "gateway-invalid-config",
    ),
    (
        "config.patch",
        Fault("UNAVAILABLE", "rate", {"method": "config.patch", "limit": "30 per 60s"}),
        Unreachable,
        "gateway-throttled",
    ),
    (
        "config.set",
        Fault("INVALID_REQUEST", "config changed since last load; re-run config.get and retry"),
        Conflict,
        "gateway-stale",
    ),
    (
        "wizard.start",
        Fault("UNAVAILABLE", "busy", {"code": "SETUP_ADMISSION_BUSY"}),
        Conflict,
        "gateway-busy",
    ),
    (
        "wizard.next",
        Fault("INVALID_REQUEST", "wizard not found", {"code": "WIZARD_NOT_FOUND"}),
        NotFound,
        "gateway-not-found",
    ),
    (
        "agents.files.set",
        Fault(
            "INVALID_REQUEST",
            'agent file "SOUL.md" changed since it was read',
            {"type": "agent_file_conflict"},
        ),
        Conflict,
        "gateway-stale",
    ),
    (
        "chat.send",
        Fault("INVALID_REQUEST", 'Agent "nope" no longer exists in configuration'),
        NotFound,
        "gateway-not-found",
    ),
    (
        "chat.send",
        Fault("UNAVAILABLE", "chat.send unavailable", {"reason": "gateway-suspending"}),
        Unreachable,
        "gateway-suspended",
    ),
    (
        "approval.get",
        Fault("INVALID_REQUEST", "approval not found", {"reason": "APPROVAL_NOT_FOUND"}),
        NotFound,
        "gateway-not-found",
    ),
    (
        "approval.resolve",
        Fault("INVALID_REQUEST", "approval already resolved", {"reason": "APPROVAL_ALREADY_RESOLVED"}),
        Conflict,
        "approval-resolved",
    ),
    ("cron.add", Fault("UNAVAILABLE", "Error: target does not fit"), GatewayError, "gateway-failed"),
    ("connect", Fault("UNAVAILABLE", "gateway is closing"), Unreachable, "gateway-starting"),
]


@pytest.mark.parametrize(("method", "fault", "kind", "code"), CATALOGUE)
def test_each_row_of_the_catalogue_has_its_class_and_code(
    method: str, fault: Fault, kind: type[LunaError], code: str
) -> None:
    error = from_fault(fault, method)
    assert isinstance(error, kind)
    assert isinstance(error, GatewayError)
    assert (error.code, error.message) == (code, fault.message)
    assert (error.wire_code, error.details) == (fault.code, fault.details)


def test_a_class_outside_the_tree_is_not_given() -> None:
    error = from_fault(Fault("UNAVAILABLE", "Error: target does not fit"), "cron.add")
    assert not isinstance(error, Unreachable | Refused | Conflict | NotFound | Invalid)


def test_a_busy_gateway_says_when_to_come_back() -> None:
    error = from_fault(Fault("UNAVAILABLE", "The server is busy.", {}, True, 58_716), "health")
    assert (error.code, error.retryable, error.retry_after_ms) == ("gateway-busy", True, 58_716)
    assert "59 s" in error.hint


def test_pairing_names_the_command_to_type() -> None:
    error = from_fault(Fault("NOT_PAIRED", "pairing required", {"requestId": "8bf28950"}), "connect")
    assert error.hint.endswith("openclaw devices approve 8bf28950")


def test_text_of_the_gateway_is_one_bounded_printable_line() -> None:
    assert plain("a\x1b[31m\nb\u202ec" + "x" * 5000).startswith("a␛[31m b⟦202E⟧c")
    assert len(plain("x" * 5000)) == 2000
    assert "\x1b" not in from_fault(Fault("INVALID_REQUEST", "\x1b]52;c;x\x07bad"), "m").message
