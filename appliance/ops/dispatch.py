"""The only way to run an operation: policy, consent, intent, commit, outcome, undo (architecture §2)."""

from __future__ import annotations

import os
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from appliance.descriptors import RESERVE
from appliance.errors import LunaError, Refused
from appliance.ops.core import Call, Done, Event, Operation, Plan, Prepared, Risk
from appliance.ops.drive import settled
from appliance.ops.plain import digest, from_plain, to_plain
from appliance.policy.decide import DIGEST, Answer, Decision, Request, decide
from appliance.redact import redact, redact_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.api import Appliance

_ADDRESS = frozenset("0123456789abcdef.:%")
_ADDRESS_LENGTH = 64

P = TypeVar("P")
R = TypeVar("R")


async def dispatch(box: Appliance, operation: Operation[P, R], params: P, call: Call) -> R:
    """Run `operation` and return its result.

    Raises:
        Refused: the policy says no, or nobody consented.
        Conflict: the idempotency key belongs to another request, or its first run goes on.
        LunaError: whatever the operation says went wrong; the outcome is on record.
    """
    decision = check_policy(box, operation, call)
    _look_outside(box, call)
    if decision.answer is Answer.ASK:
        sentence = operation.consequence(params) if operation.consequence else operation.summary
        await _consent(box, operation, call, sentence)
    if operation.run is not None:
        _close_files(box, call)
        if operation.recorded:
            return await _read_on_record(box, operation, params, call, decision)
        return await settled(operation.run(box, params, call), local=operation.local)
    plain = to_plain(params, secret_key=box.fingerprint_key)
    if not call.idempotency_key:
        return await _change(box, operation, params, plain, call, decision)
    request = digest(operation.name, plain)
    with box.receipts.hold(call.idempotency_key):
        stored = box.receipts.find(call.idempotency_key, request)
        if stored is not None:
            return from_plain(operation.result, stored)  # type: ignore[no-any-return]  # built from R's model
        try:
            result = await _change(box, operation, params, plain, call, decision)
        except _Unnoted as unnoted:
            _keep(box, operation, call, request, unnoted.result)
            raise
        _keep(box, operation, call, request, result)
        return result


def _close_files(box: Appliance, call: Call) -> None:
    """Before a look too; where it cannot be recorded it is left for the first change, which says so."""
    if not (call.read_only or box.read_only):
        with suppress(LunaError):
            box.close_files(call.via)


def _look_outside(box: Appliance, call: Call) -> None:
    """Notice first what another program changed; where that cannot be noted, it is said."""
    if call.read_only or box.read_only:
        return
    try:
        box.look_outside(call.via)
    except LunaError as error:
        call.emit(Event("note", error.message))


class _Unnoted(LunaError):
    """The change happened, and what should tell of it could not be written."""

    def __init__(self, operation: Operation[Any, Any], result: object, cause: LunaError) -> None:
        words = f"{operation.name} was done, but it could not be noted. {cause.message}"
        super().__init__(words, hint=cause.hint, code=cause.code)
        self.result = result


def _keep(box: Appliance, operation: Operation[Any, Any], call: Call, request: str, result: object) -> None:
    """Keep the answer for whoever asks again with the same key."""
    try:
        box.receipts.keep(call.idempotency_key, request, redact_value(to_plain(result)))
    except LunaError as error:
        raise _Unnoted(operation, result, error) from error


async def plan(box: Appliance, operation: Operation[P, R], params: P, call: Call) -> Plan:
    """What `dispatch` would do: the same checks, nothing touched. Empty for a read."""
    check_policy(box, operation, call, recorded=False)
    if operation.run is not None:
        return Plan(operation.name, ())
    prepared = await _prepared(box, operation, params, call)
    return Plan(operation.name, prepared.changes, prepared.warnings)


def check_policy(
    box: Appliance, operation: Operation[Any, Any], call: Call, *, recorded: bool = True
) -> Decision:
    """Allowed, or to be asked for; a refusal is recorded, except where nothing may be written.

    Raises:
        Refused: the answer is no.
    """
    looks_only = call.read_only or box.read_only
    decision = decide(Request(call.actor, operation.name, operation.risk.value, read_only=looks_only))
    if decision.answer is Answer.DENY:
        if recorded and not looks_only:
            _record(box, operation, call, phase="refusal", result=decision.rule, policy=_verdict(decision))
        raise Refused(f"{operation.name} is not allowed: {decision.reason}.", code=decision.rule)
    return decision


async def _consent(box: Appliance, operation: Operation[Any, Any], call: Call, sentence: str) -> None:
    """Have a person say yes; every no is recorded."""
    if call.actor.partition(":")[0] == "agent":
        _record(box, operation, call, phase="refusal", result="needs-a-person")
        raise Refused(
            f"{operation.name} needs a person, and an agent asked for it: {sentence}",
            hint="Ask the owner to run it.",
            code="needs-a-person",
        )
    if not await call.consent(sentence):
        _record(box, operation, call, phase="refusal", result="no-consent")
        raise Refused(
            f"{operation.name} was not confirmed: {sentence}",
            hint="Add --yes to confirm it.",
            code="no-consent",
        )


async def _read_on_record(
    box: Appliance, operation: Operation[P, R], params: P, call: Call, decision: Decision
) -> R:
    """A look that has to be known of: on record before anything is seen, or not at all."""
    if operation.run is None or call.read_only or box.read_only:
        raise Refused(
            f"{operation.name} goes on record, and this session writes nothing.",
            code="read-only",
        )
    corr = os.urandom(16).hex()
    plain = to_plain(params, secret_key=box.fingerprint_key)
    intent = {"params": plain, "policy": _verdict(decision), "started": box.process_start()}
    _record(box, operation, call, phase="intent", corr=corr, **intent)
    try:
        result = await settled(operation.run(box, params, call), local=operation.local)
    except BaseException as error:
        _record_failure(box, operation, call, corr, error)
        raise
    _record(box, operation, call, phase="outcome", corr=corr, result="done")
    return result


async def _change(
    box: Appliance, operation: Operation[P, R], params: P, plain: Any, call: Call, decision: Decision
) -> R:
    # What may take long has its saves inside, as operations of their own.
    with RESERVE.lent() if operation.local else nullcontext():
        return await _changed(box, operation, params, plain, call, decision)


async def _changed(
    box: Appliance, operation: Operation[P, R], params: P, plain: Any, call: Call, decision: Decision
) -> R:
    for ended in await settled(box.recover(call.via), local=True):
        call.emit(Event("note", ended))
    prepared = await _prepared(box, operation, params, call)
    for warning in prepared.warnings:
        call.emit(Event("note", warning))
    if not prepared.changes:
        return (await settled(prepared.commit(), local=operation.local)).result
    if prepared.asks:
        await _consent(box, operation, call, prepared.asks)
    return await _commit(box, operation, plain, prepared, call, decision)


async def _prepared(box: Appliance, operation: Operation[P, R], params: P, call: Call) -> Prepared[R]:
    if operation.prepare is None:
        raise TypeError(f"{operation.name} has neither run nor prepare")
    return await settled(operation.prepare(box, params, call), local=operation.local)


async def _commit(
    box: Appliance,
    operation: Operation[P, R],
    plain: Any,
    prepared: Prepared[R],
    call: Call,
    decision: Decision,
) -> R:
    corr = os.urandom(16).hex()
    changes = [redact(f"{change.target}: {change.summary}") for change in prepared.changes]
    intent = {
        "params": plain,
        "changes": changes,
        "target": [redact(change.target) for change in prepared.changes],
        "policy": _verdict(decision),
        "started": box.process_start(),
    }
    _record(box, operation, call, phase="intent", corr=corr, **intent)
    try:
        done = await settled(prepared.commit(), local=operation.local)
    except BaseException as error:
        _record_failure(box, operation, call, corr, error)
        raise
    _conclude(box, operation, call, corr, changes, done)
    return done.result


def _record_failure(
    box: Appliance, operation: Operation[Any, Any], call: Call, corr: str, error: BaseException
) -> None:
    """The outcome of a commit that raised; what it raised is what the caller hears of."""
    if isinstance(error, LunaError):
        outcome = {"result": "failed", "code": error.code, "message": error.message}
    elif isinstance(error, Exception):
        outcome = {"result": "bug", "message": type(error).__name__}
    else:
        outcome = {"result": "interrupted"}
    try:
        _record(box, operation, call, phase="outcome", corr=corr, **outcome)
    except LunaError as unavailable:
        # The next start closes the intent; the cause of the failure matters more to the caller.
        error.add_note(unavailable.message)


def _conclude(
    box: Appliance,
    operation: Operation[P, R],
    call: Call,
    corr: str,
    changes: list[str],
    done: Done[R],
) -> None:
    """History first: whoever reads `done` in the record can also take it back."""
    from appliance.ops.remember import remember

    try:
        try:
            remember(box, operation.name, call, changes, done, _way_back(done))
        finally:
            outcome = {"result": "done", "before": done.before, "after": done.after}
            _record(box, operation, call, phase="outcome", corr=corr, **outcome)
    except LunaError as error:
        raise _Unnoted(operation, done.result, error) from error


def _way_back(done: Done[Any]) -> dict[str, Any] | None:
    """The undo as plain data; none when it holds a secret, which has no place in a file of ours."""
    if done.undo is None:
        return None
    params = to_plain(done.undo.params)
    if redact_value(params, by_name=False) != params:
        return None
    return {"operation": done.undo.operation, "params": params}


def record_event(
    box: Appliance, call: Call, event: str, result: str, *, phase: str = "note", **more: Any
) -> None:
    """Put an event on record that is the effect of no operation (`audit/events.py` has their names).

    `more`: further fields of the record.

    Raises:
        AuditUnavailable: it could not be written.
    """
    _write(box, call, {"op": event, "risk": Risk.READ.value, "phase": phase, "result": result, **more})


def _verdict(decision: Decision) -> dict[str, str]:
    return {"rule": decision.rule, "verdict": decision.answer.value, "hash": DIGEST}


def _record(box: Appliance, operation: Operation[Any, Any], call: Call, **body: Any) -> None:
    _write(box, call, {"op": operation.name, "risk": operation.risk.value, **body})


def _write(box: Appliance, call: Call, body: dict[str, Any]) -> None:
    record = {"actor": call.actor, "via": _origin(call.via, box.env), **body}
    with RESERVE.lent():
        box.audit.append({key: redact_value(value, key) for key, value in record.items()})


def _origin(via: str, env: Mapping[str, str]) -> str:
    """How somebody came here, and over the network from where: the first word of what sshd says."""
    peer = env.get("SSH_CONNECTION", "").partition(" ")[0]
    is_address = 1 < len(peer) <= _ADDRESS_LENGTH and set(peer.lower()) <= _ADDRESS
    return f"{via} ssh:{peer}" if is_address else via
