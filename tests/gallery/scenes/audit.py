"""The record: the list and its views, one deed in full, a check, and a copy to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Invalid, LunaError
from appliance.ops.audit import AuditRecord, AuditRecords, AuditReport, OneRecord
from appliance.ops.core import Change, Plan
from tests.gallery.clock import NOW
from tests.gallery.scene import NARROW, WAITS, Scene, Step, later

if TYPE_CHECKING:
    from appliance.ops.audit import ListRecords, WhichRecord

MINUTE, HOUR, DAY = 60, 3600, 86_400


def _at(ago: float) -> str:
    import time

    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW - ago))


def _pair(seq: int, ago: float, operation: str, change: str, **more: str) -> tuple[AuditRecord, AuditRecord]:
    by = {"actor": "human:rosa", "via": "tui", "result": "done", **more}
    result = by.pop("result")
    changes, deed = (change,), f"{seq:08x}"
    return (
        AuditRecord(
            seq, _at(ago), operation=operation, phase="intent", result="", changes=changes, deed=deed, **by
        ),
        AuditRecord(
            seq + 1, _at(ago - 1), operation=operation, phase="outcome", result=result, deed=deed, **by
        ),
    )


FAR = "cli ssh:192.0.2.7"
RECORDS = (
    *_pair(801, 9 * DAY, "providers.add", "models.providers.openai: add"),
    *_pair(803, 8 * DAY, "agents.create", "agents.sales-assistant: create", actor="provisioner:site"),
    *_pair(
        805,
        2 * DAY,
        "config.set",
        "gateway.port: 18789 → 18790",
        via="cli ssh:192.0.2.7",
        actor="support:key1",
    ),
    AuditRecord(
        807, _at(20 * HOUR), "agent:luna", "gateway.stop", "refusal", "danger-needs-a-person", (), "mcp"
    ),
    *_pair(808, 5 * HOUR, "gateway.restart", "the engine: restart", result="gateway-slow-start"),
    *_pair(810, 3 * HOUR, "agents.update", "agents.luna: role → Knows who does what", result="recovered"),
    *_pair(812, 30 * MINUTE, "settings.business", "business.hours: – → 8 to 18"),
    AuditRecord(814, _at(10 * MINUTE), "human:rosa", "audit.verify", "note", "whole up to 813", (), "tui"),
    AuditRecord(
        815, _at(5), "human:rosa", "agents.archive", "intent", "", ("agents.hr-admin: archive",), "tui"
    ),
)
WHOLE = AuditReport(815, "ab" * 32, signed_up_to=768, witnessed_up_to=700, witnessed_by="Rosa's phone")
ALONE = AuditReport(815, "ab" * 32, signed_up_to=768)
FACTS = {"seq": "412", "kind": "flip", "records": "411"}
UNREADABLE = Invalid("It cannot be read.", code="audit-unavailable")
BROKEN = LunaError("Altered: flip at number 412.", code="audit-broken", facts=FACTS)
SHORTER = LunaError("It ends at number 411.", code="audit-shorter", facts=FACTS)


def listed(params: ListRecords) -> AuditRecords:
    """What fits, as the operation would choose it."""
    found = RECORDS
    if params.refused:
        found = tuple(each for each in found if each.phase == "refusal" or "slow" in each.result)
    if params.outside:
        found = tuple(each for each in found if not each.actor.startswith("human:"))
    if params.actor:
        found = tuple(each for each in found if each.actor == params.actor)
    return AuditRecords(found)


def shown(params: WhichRecord) -> OneRecord:
    """One of them whole."""
    record = next(each for each in RECORDS if each.seq == params.seq)
    other = next((each for each in RECORDS if each.deed == record.deed != "" and each is not record), None)
    more = {"boot": "97316190", "host": "till", "policy": '{"rule": "default-change"}', "hash": "3c" * 32}
    asked = '{"hours": "8 to 18", "name": ""}' if other else ""
    raw = f'{{"actor":"{record.actor}","op":"{record.operation}","seq":{record.seq}}}'
    return OneRecord(record, asked, more, other, raw)


ANSWERS = {"audit.list": listed, "audit.show": shown, "audit.verify": WHOLE}
EXPORTED = Plan("audit.export", (Change("/home/rosa/lunatui-2026-11-20.csv", "write the record as csv"),))


def audit(state: str, *play: Step, **more: object) -> Scene:
    """A scene that opens with the record."""
    answers = {**ANSWERS, **more.pop("answers", {})}  # type: ignore[dict-item]  # a mapping or nothing
    return Scene("audit", state, play, first="audit", answers=answers, **more)  # type: ignore[arg-type]


SCENES = (
    audit("list", held=2),
    audit("loading", answers={"audit.list": WAITS}, sizes=(NARROW,)),
    audit("empty", answers={"audit.list": AuditRecords(())}),
    audit(
        "error",
        answers={"audit.list": Invalid("It cannot be read.", code="audit-unavailable")},
        sizes=(NARROW,),
    ),
    audit("refused", "f"),
    audit("outside", "f", "f"),
    audit("one", "f", "f", "f"),
    audit("detail", "down", "down", "enter", held=2),
    audit("technical", "down", "down", "d", held=2),
    audit("checking", "v", answers={"audit.verify": WAITS}, sizes=(NARROW,)),
    audit("checked", "v", later(20), held=2),
    audit("checked-alone", "v", answers={"audit.verify": ALONE}),
    audit("broken", "v", answers={"audit.verify": BROKEN}, held=2),
    audit("shorter", "v", answers={"audit.verify": SHORTER}, sizes=(NARROW,)),
    audit("copy", "e", held=2),
    audit("copy-where", "e", "enter", sizes=(NARROW,)),
    audit("copy-review", "e", "enter", "enter", plans={"audit.export": EXPORTED}),
    audit("german", "v", words="de"),
)
