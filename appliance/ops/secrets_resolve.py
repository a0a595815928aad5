"""`secrets.resolve`: what OpenClaw's exec provider calls, through the shim.

OpenClaw 2026.9.6, docs/gateway/secrets/secretref-contract.md: on standard input
`{"protocolVersion": 1, "provider": …, "ids": […]}`; the answer is
`{"protocolVersion": 1, "values": {id: text}, "errors": {id: {"code": …}}}`, and of the codes only `NOT_FOUND`
is shown to anybody.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError, Refused, Usage
from appliance.ops.core import Call, Operation, Risk, param
from appliance.ops.dispatch import record_event
from appliance.parsing import json_value
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.api import Appliance

PROTOCOL = 1
_LONGEST_REQUEST = 512 * 1024
_MOST_IDS = 2_048
_PIECE = 64 * 1024
_LONGEST_SHOWN = 128


@dataclass(frozen=True)
class Resolve:
    """Where the question comes from and where the answer goes."""

    answer_fd: int = param("The open descriptor that gets the answer; never a terminal.")
    request_fd: int = param("The open descriptor with the question.", default=0)


@dataclass(frozen=True)
class Resolved:
    """What was answered, without the values."""

    provider: str
    answered: tuple[str, ...]
    refused: tuple[str, ...]
    """Not in the vault, or nothing in the configuration refers to it through us."""


async def resolve(box: Appliance, params: Resolve, call: Call) -> Resolved:
    """Answer one question of OpenClaw's; each use is recorded before the value leaves.

    Raises:
        Refused: an agent asks, or the answer would go to a terminal.
        Usage: the question is none of the protocol.
        AuditUnavailable: the use could not be recorded, so no value leaves.
    """
    _refuse_onlookers(params, call)
    provider, ids = _question(_read(params.request_fd))
    allowed = _allowed(box, provider)
    asked = [name for name in ids if name in allowed]
    from appliance.vault.vault import Vault

    vault = Vault.open(box.places)
    there = set(vault.names())
    answered = tuple(name for name in asked if name in there)
    refused = tuple(name for name in ids if name not in answered)
    handed = [f"{name}: handed to OpenClaw" for name in answered]
    result = "answered" if answered else "nothing answered"
    changes = [*handed, *(f"{name[:_LONGEST_SHOWN]}: refused" for name in refused)]
    if changes:
        record_event(box, call, RESOLVE.name, result, changes=changes)
    values = {}
    for name in answered:
        with vault.get(name).expose() as text:
            values[name] = text
    errors = {name: {"code": "NOT_FOUND" if name in allowed else "NOT_ALLOWED"} for name in refused}
    _write(params.answer_fd, {"protocolVersion": PROTOCOL, "values": values, "errors": errors})
    if answered:
        vault.note_use(answered)
    return Resolved(provider, answered, refused)


def _refuse_onlookers(params: Resolve, call: Call) -> None:
    if call.via != "cli" or call.actor.partition(":")[0] == "agent":
        raise Refused(
            "Secrets are handed to OpenClaw alone, through the program it is configured with.",
            code="secrets-for-openclaw",
        )
    try:
        if os.isatty(params.answer_fd):
            raise Refused("The values of secrets are not written to a terminal.", code="secrets-to-terminal")
        os.fstat(params.answer_fd)
    except OSError as error:
        raise Usage(f"Descriptor {params.answer_fd} is not open.") from error


def _allowed(box: Appliance, provider: str) -> Mapping[str, tuple[str, ...]]:
    """The names that the configuration refers to through us; none when it does not name our shim."""
    from appliance.ops.secrets_refresh import resolved_config
    from appliance.vault import references, shim

    value = resolved_config(box)
    ours = references.aliases(value, shim.path_of(box.places))
    return references.referred(value, (provider,)) if provider in ours else {}


def _question(data: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        question = json_value(data)
        version, provider, ids = question["protocolVersion"], question["provider"], question["ids"]
    except (ValueError, KeyError, TypeError):
        version, provider, ids = None, "", ()
    fits = isinstance(provider, str) and isinstance(ids, list) and len(ids) <= _MOST_IDS
    if version != PROTOCOL or not fits or not all(isinstance(name, str) for name in ids):
        raise Usage("This is no question of OpenClaw's protocol 1 for secrets.", code="secrets-question")
    return provider, tuple(dict.fromkeys(ids))


def _read(descriptor: int) -> bytes:
    pieces, length = [], 0
    try:
        while piece := os.read(descriptor, _PIECE):
            pieces.append(piece)
            length += len(piece)
            if length > _LONGEST_REQUEST:
                raise Usage("The question is longer than one can be.", code="secrets-question")
    except OSError as error:
        raise Usage(f"Nothing can be read from descriptor {descriptor}.", code="secrets-question") from error
    return b"".join(pieces)


def _write(descriptor: int, answer: Mapping[str, Any]) -> None:
    rest = memoryview(json.dumps(answer).encode())
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError as error:
        raise LunaError("OpenClaw did not wait for the answer.", code="output-failed") from error


RESOLVE = Operation(
    "secrets.resolve",
    "Hand OpenClaw the secrets its configuration refers to; for OpenClaw alone",
    Risk.READ,
    Resolve,
    Resolved,
    run=resolve,
    local=True,
)

OPERATIONS = (RESOLVE,)
