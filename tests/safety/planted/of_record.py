"""Something is not recorded, recorded too late, or recorded with a secret in it."""

from __future__ import annotations

import os
from typing import Any

from appliance import redact
from appliance.audit import log, record, segments, verify
from appliance.errors import LunaError
from appliance.history import entries, receipts
from appliance.ops import dispatch
from tests.safety.planted.bug import OPS, Bug, near, nothing

LOG = "tests/unit/appliance/audit/test_log.py::"


async def _effect_first(box: Any, operation: Any, plain: Any, prepared: Any, call: Any, decision: Any) -> Any:
    done = await prepared.commit()
    corr = os.urandom(16).hex()
    changes = [f"{change.target}: {change.summary}" for change in prepared.changes]
    intent = {"params": plain, "changes": changes, "policy": decision.rule, "started": box.process_start()}
    dispatch._record(box, operation, call, phase="intent", corr=corr, **intent)
    dispatch._conclude(box, operation, call, corr, changes, done)
    return done.result


def _record_may_fail() -> None:
    write = dispatch._record

    def written(*arguments: Any, **body: Any) -> None:
        try:
            write(*arguments, **body)
        except LunaError:
            return

    dispatch._record = written


def _outcome_first() -> None:
    add = entries.History.add
    late: list[Any] = []
    write = dispatch._record

    def added(*arguments: Any, **options: Any) -> None:
        late.append((arguments, options))

    def written(*arguments: Any, **body: Any) -> None:
        write(*arguments, **body)
        while late:
            values, options = late.pop()
            add(*values, **options)

    entries.History.add, dispatch._record = added, written  # type: ignore[method-assign,assignment]


def _redactor_off() -> None:
    modules: list[Any] = [redact, dispatch]
    for module in modules:
        module.redact = lambda text, *_known: text
        module.redact_value = lambda value, *_arguments, **_options: value


def _never_torn() -> None:
    modules: list[Any] = [segments, verify]
    for module in modules:
        if hasattr(module, "is_torn"):
            module.is_torn = lambda *_arguments: False


BUGS = (
    Bug(
        "the record follows the effect",
        lambda: setattr(dispatch, "_commit", _effect_first),
        f"{OPS}test_the_intent_is_on_the_disk_when_the_commit_begins",
    ),
    Bug(
        "the record follows the effect, seen after a power cut",
        lambda: setattr(dispatch, "_commit", _effect_first),
        near("command"),
    ),
    Bug(
        "what cannot be recorded is done anyway",
        _record_may_fail,
        f"{OPS}test_nothing_runs_when_the_record_fails_after_the_start",
    ),
    Bug(
        "the outcome is missing",
        lambda: setattr(dispatch, "_conclude", nothing),
        f"{OPS}test_a_change_leaves_an_intent_before_and_an_outcome_after",
    ),
    Bug("the outcome comes before the way back", _outcome_first, near("command")),
    Bug("the redactor is off", _redactor_off, f"{OPS}test_no_key_is_found_in_anything_that_is_kept"),
    Bug(
        "a key that was used is not looked up",
        lambda: setattr(receipts.Receipts, "find", nothing),
        f"{OPS}test_the_same_key_and_request_is_answered_and_not_run_again",
    ),
    Bug(
        "a key is good for any request",
        lambda: setattr(dispatch, "digest", lambda *_arguments: "same"),
        f"{OPS}test_the_same_key_for_another_request_is_a_conflict",
    ),
    Bug("a torn line is taken for tampering", _never_torn, near("record")),
    Bug(
        "records are not chained",
        lambda: setattr(log, "chained", lambda body, _prev: record.chained(body, record.GENESIS)),
        f"{LOG}test_segments_roll_over_and_the_chain_runs_on",
    ),
    Bug(
        "a link in place of the record is followed",
        lambda: setattr(os, "O_NOFOLLOW", 0),
        f"{LOG}test_a_symlink_in_place_of_a_segment_is_not_followed",
    ),
    Bug(
        "the reserve is never used",
        lambda: setattr(log, "NO_SPACE", frozenset()),
        f"{LOG}test_a_full_disk_is_recorded_from_the_reserve",
    ),
)
