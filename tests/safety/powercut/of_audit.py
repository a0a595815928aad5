"""Promise 7: what was recorded stays recorded, whole and in its chain."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from appliance.audit.checkpoints import CHECKPOINTS, WITNESSES, keep, kept
from appliance.audit.intents import open_intents
from appliance.audit.log import AuditLog
from appliance.audit.retention import removable, remove
from appliance.audit.signing import parse_head
from appliance.audit.verify import verify
from tests.safety.boxes import Box
from tests.safety.powercut.scenario import Found, Say, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

SEGMENT = 1_200
"""Bytes; a few records, so that the run begins a new segment."""


BROUGHT = "a head was brought back"
PRUNED = 12
"""Records of the log that is pruned."""
SET_ASIDE = "ours/audit/segment-000001.jsonl"


def log_of(box: Box) -> AuditLog:
    return AuditLog(box.places.audit_dir, segment_bytes=SEGMENT)


def append(box: Box, word: str) -> None:
    log_of(box).append({"actor": "human:ada", "op": "config.set", "phase": "intent", "result": word})


def append_some(box: Box, say: Say) -> None:
    for number in range(4):
        append(box, f"new {number}")
        say(f"new {number}")


def prepare_long(box: Box) -> None:
    Box.make(box.home)
    log = AuditLog(box.places.audit_dir)
    log.append_all(lambda: [{"op": "x", "phase": "note", "result": f"old {number}"} for number in range(150)])


def note_settled(box: Box, say: Say) -> None:
    """Looking for open intents writes down how far there are none."""
    assert open_intents(log_of(box)) == ()
    assert (box.places.audit_dir / "settled.json").exists()
    append(box, "new")
    say("new")


def sign(box: Box, say: Say) -> None:
    say(log_of(box).head().line())
    append(box, "new")
    head = log_of(box).head()
    say(head.line())
    keep(box.places.audit_dir / WITNESSES, head, by="on paper")
    say(BROUGHT)


def check_heads(found: Found) -> None:
    """A head that was told is kept, agrees with the record, and the next one comes from the same key."""
    log = log_of(found.box)
    told = [parse_head(line) for line in found.said - {BROUGHT}]
    brought = kept(log.folder / WITNESSES).heads
    assert brought or BROUGHT not in found.said, "a head that was brought back is lost"
    own = kept(log.folder / CHECKPOINTS)
    assert set(told) <= set(own.heads), "a signed head is lost"
    report = verify(log, *told)
    assert report.whole, f"{report.kind} at {report.first_bad_seq}"
    keys = {head.key for head in (*own.heads, *told, log.head())}
    assert len(keys) == 1, "the signing key is lost"
    assert verify(log).whole


def prune(box: Box, say: Say) -> None:
    log = log_of(box)
    remove(log, removable(log, time.time_ns() + 1))
    say("pruned")


def check_pruned(found: Found) -> None:
    """The record is whole, with its beginning or with the signed line that says it was removed on purpose."""
    log = log_of(found.box)
    report = verify(log)
    assert report.whole, f"{report.kind} at {report.first_bad_seq}"
    assert report.records == PRUNED
    assert report.first > 1 or not found.said, "what was removed is back"
    append(found.box, "after the cut")
    report = verify(log)
    assert report.whole, f"{report.kind} at {report.first_bad_seq}, after the next record"


def prepared(count: int, torn: bytes = b"") -> Callable[[Box], None]:
    """A log of so many records, and what a crash left behind them."""

    def prepare(box: Box) -> None:
        Box.make(box.home)
        for number in range(count):
            append(box, f"old {number}")
        if torn:
            with log_of(box).segments()[-1].open("ab") as file:
                file.write(torn)

    return prepare


def check_record(found: Found) -> None:
    """Every acknowledged record is there, the chain is whole, and the next record goes behind it."""
    log = log_of(found.box)
    report = verify(log)
    assert report.whole, f"{report.kind} at {report.first_bad_seq}"
    results = [str(record.get("result")) for record in log.records()]
    assert found.said <= set(results), f"lost: {found.said - set(results)}"
    old = [line for name, data in found.trace.before.items() for line in _results(name, data)]
    assert set(old) <= set(results)
    check_set_aside(found)
    append(found.box, "after the cut")
    report = verify(log)
    assert report.whole, f"{report.kind} at {report.first_bad_seq}, after the next record"
    assert not report.torn


def check_set_aside(found: Found) -> None:
    """What an earlier crash left of a line is still there, in its place or set aside."""
    torn = found.trace.before.get(SET_ASIDE, b"").rpartition(b"\n")[2]
    if torn:
        kept = [path.read_bytes() for path in found.box.places.audit_dir.glob("torn/*")]
        segment = (found.box.home / SET_ASIDE).read_bytes()
        assert torn in kept or segment.endswith(torn), "what a crash left is lost"


def _results(name: str, data: bytes) -> list[str]:
    import json

    if "/segment-" not in name or "/torn/" in name:
        return []
    return [str(json.loads(line).get("result")) for line in data.splitlines() if line.endswith(b"}")]


SCENARIOS = (
    Scenario("record", prepared(3), append_some, check_record),
    Scenario("record, beginning removed", prepared(PRUNED), prune, check_pruned),
    Scenario("long record", prepare_long, note_settled, check_record),
    Scenario("signed heads", prepared(2), sign, check_heads),
    Scenario("first records", prepared(0), append_some, check_record),
    Scenario(
        "record behind a torn line", prepared(2, b'{"actor":"human:ada","op'), append_some, check_record
    ),
)
