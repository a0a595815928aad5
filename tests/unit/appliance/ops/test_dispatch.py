"""The door: order of its steps, what it records, what it leaves alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from appliance.audit.intents import open_intents
from appliance.audit.verify import verify
from appliance.errors import Conflict, Invalid, LunaError, NotFound, Refused
from appliance.ops import registry
from appliance.ops.core import Call, Change, Event, Nothing, Operation, Prepared, Risk
from appliance.ops.dispatch import dispatch, plan
from appliance.ops.undo import LAST
from appliance.policy.decide import DIGEST
from appliance.secret import Secret
from tests.fakes import box as fake
from tests.fakes.waiting import LIMIT_S

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance

KEY = "sk-planted-0123456789abcdefghij"


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Appliance:
    monkeypatch.setitem(registry.AREAS, fake.AREA, registry.Area("tests.fakes.box", "Notes"))
    return fake.make_box(tmp_path)


def person(**more: Any) -> Call:
    return Call(actor="human:rosa", via="cli", **more)


def records(box: Appliance) -> list[tuple[str, str, str]]:
    return [(item["phase"], item["op"], item.get("result", "")) for item in box.audit.records()]


async def test_a_change_leaves_an_intent_before_and_an_outcome_after(box: Appliance) -> None:
    result = await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), person())
    assert result == fake.Note("a", "one")
    intent, outcome = box.audit.records()
    assert (intent["phase"], outcome["phase"], outcome["result"]) == ("intent", "outcome", "done")
    assert intent["corr"] == outcome["corr"]
    assert intent["params"]["text"] == "one"
    assert intent["changes"] == ["a: '' → 'one'"]
    assert (intent["actor"], intent["via"], intent["risk"]) == ("human:rosa", "cli", "change")
    assert intent["policy"] == {"rule": "default-change", "verdict": "allow", "hash": DIGEST}
    assert (intent["target"], len(intent["boot"])) == (["a"], 8)
    assert verify(box.audit).whole


async def test_the_intent_is_on_the_disk_when_the_commit_begins(box: Appliance) -> None:
    seen: list[tuple[str, str, str]] = []

    async def prepare(box: Appliance, params: Nothing, call: Call) -> Any:
        prepared = await fake.write(box, fake.WriteNote("a", "one"), call)

        async def commit() -> Any:
            seen.extend(records(fake.make_box(box.places.user_home)))
            return await prepared.commit()

        return Prepared(prepared.changes, commit)

    operation = Operation("notes.look", "Look", Risk.CHANGE, Nothing, fake.Note, prepare=prepare)
    await dispatch(box, operation, Nothing(), person())
    assert seen == [("intent", "notes.look", "")]


async def test_a_read_is_not_recorded_and_touches_nothing(box: Appliance) -> None:
    with pytest.raises(NotFound):
        await dispatch(box, fake.SHOW, fake.WhichNote("a"), person())
    assert fake.tree(box.places.user_home) == {}


async def test_no_change_leaves_no_record(box: Appliance) -> None:
    await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), person())
    before = fake.tree(box.places.user_home)
    await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), person())
    assert fake.tree(box.places.user_home) == before


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        (fake.WRITE, fake.WriteNote("a", "two", key=Secret(KEY))),
        (fake.BURN, fake.WhichNote("a")),
        (fake.ACT, fake.Act("bug")),
        (LAST, Nothing()),
    ],
)
async def test_a_dry_run_names_the_change_and_touches_nothing(
    box: Appliance, operation: Operation[Any, Any], params: Any
) -> None:
    await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), person())
    before = fake.tree(box.places.user_home)
    fresh = fake.make_box(box.places.user_home)
    assert (await plan(fresh, operation, params, person())).changes
    assert fake.tree(box.places.user_home) == before


async def test_a_dry_run_in_an_empty_home_leaves_it_empty(box: Appliance) -> None:
    planned = await plan(box, fake.WRITE, fake.WriteNote("a", "LOUD"), person())
    assert planned.warnings == ("This note is loud.",)
    with pytest.raises(Invalid):
        await plan(box, fake.WRITE, fake.WriteNote("a", "invalid"), person())
    with pytest.raises(Refused):
        await plan(box, fake.BURN, fake.WhichNote("a"), Call(actor="agent:luna", via="mcp"))
    assert (await plan(box, fake.SHOW, fake.WhichNote("a"), person())).changes == ()
    assert fake.tree(box.places.user_home) == {}


async def test_a_failed_preparation_is_no_change_and_leaves_no_intent(box: Appliance) -> None:
    with pytest.raises(Invalid):
        await dispatch(box, fake.WRITE, fake.WriteNote("a", "invalid"), person())
    assert records(box) == []


async def test_a_danger_asks_with_its_consequence_and_a_no_is_recorded(box: Appliance) -> None:
    await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), person())
    consent = fake.Consent(answer=False)
    with pytest.raises(Refused) as caught:
        await dispatch(box, fake.BURN, fake.WhichNote("a"), person(consent=consent))
    assert caught.value.code == "no-consent"
    assert consent.asked == ["Burns the note a for ever."]
    assert records(box)[-1] == ("refusal", "notes.burn", "no-consent")
    assert fake.note_path(box, "a").exists()


async def test_a_danger_that_is_confirmed_happens(box: Appliance) -> None:
    await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), person())
    await dispatch(box, fake.BURN, fake.WhichNote("a"), person(consent=fake.Consent()))
    assert not fake.note_path(box, "a").exists()
    assert records(box)[-2:] == [("intent", "notes.burn", ""), ("outcome", "notes.burn", "done")]


async def test_what_only_the_preparation_finds_out_is_asked_before_the_intent(box: Appliance) -> None:
    await dispatch(box, fake.WRITE, fake.WriteNote("a", "last"), person())

    async def only_the_first(sentence: str) -> bool:
        return sentence.startswith("Burns")

    with pytest.raises(Refused):
        await dispatch(box, fake.BURN, fake.WhichNote("a"), person(consent=only_the_first))
    assert records(box)[-1] == ("refusal", "notes.burn", "no-consent")
    assert fake.note_path(box, "a").exists()


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        (fake.WRITE, fake.WriteNote("a", "one"), "needs-a-person"),
        (fake.BURN, fake.WhichNote("a"), "danger-needs-a-person"),
    ],
)
async def test_an_agent_never_confirms_its_own_request(
    box: Appliance, operation: Operation[Any, Any], params: Any, code: str
) -> None:
    consent = fake.Consent()
    with pytest.raises(Refused) as caught:
        await dispatch(box, operation, params, Call(actor="agent:luna", via="mcp", consent=consent))
    assert caught.value.code == code
    assert consent.asked == []
    assert records(box) == [("refusal", operation.name, code)]


@pytest.mark.parametrize("by_call", [True, False])
async def test_a_session_that_only_looks_refuses_changes_and_writes_nothing(
    box: Appliance, by_call: bool
) -> None:
    looking = fake.make_box(box.places.user_home, read_only=not by_call)
    with pytest.raises(Refused) as caught:
        await dispatch(looking, fake.WRITE, fake.WriteNote("a", "one"), person(read_only=by_call))
    assert caught.value.code == "read-only"
    assert fake.tree(box.places.user_home) == {}


@pytest.mark.parametrize(
    ("what", "raised", "outcome"),
    [
        ("Conflict", Conflict, {"result": "failed", "code": "conflict"}),
        ("bug", ZeroDivisionError, {"result": "bug", "message": "ZeroDivisionError"}),
        ("interrupt", KeyboardInterrupt, {"result": "interrupted"}),
    ],
)
def test_a_commit_that_raises_leaves_the_right_outcome(
    box: Appliance, what: str, raised: type[BaseException], outcome: dict[str, str]
) -> None:
    work = dispatch(box, fake.ACT, fake.Act(what, detail=f"with {KEY}"), person())
    with pytest.raises(raised):
        work.send(None)
    last = list(box.audit.records())[-1]
    assert {key: last[key] for key in outcome} == outcome
    assert last["phase"] == "outcome"
    assert box.history.entries() == []
    assert open_intents(box.audit) == ()
    assert_nowhere(box.places.user_home, KEY)


async def test_a_cancelled_commit_leaves_interrupted(box: Appliance) -> None:
    task = asyncio.create_task(dispatch(box, fake.WAIT, Nothing(), person()))
    await asyncio.wait_for(fake.begun(box), LIMIT_S)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert records(box)[-1] == ("outcome", "notes.wait", "interrupted")


async def test_warnings_reach_the_caller(box: Appliance) -> None:
    heard: list[Event] = []
    await dispatch(box, fake.WRITE, fake.WriteNote("a", "LOUD"), person(emit=heard.append))
    assert [event.text for event in heard] == ["This note is loud."]


@pytest.mark.parametrize("part", ["audit", "audit/segment-000001.jsonl", "audit/append.lock"])
async def test_nothing_runs_when_the_record_cannot_be_written(box: Appliance, part: str) -> None:
    blocked = box.places.home / part
    blocked.parent.mkdir(parents=True)
    if part == "audit":
        blocked.write_text("no folder")
    else:
        blocked.mkdir()
    with pytest.raises(LunaError) as caught:
        await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), person())
    assert caught.value.code == "audit-unavailable"
    assert not fake.note_path(box, "a").exists()


async def test_nothing_runs_when_the_record_fails_after_the_start(box: Appliance) -> None:
    await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), person())
    folder = box.places.home / "audit"
    folder.rename(box.places.home / "elsewhere")
    folder.write_text("no folder")
    with pytest.raises(LunaError) as caught:
        await dispatch(box, fake.WRITE, fake.WriteNote("a", "two"), person())
    assert caught.value.code == "audit-unavailable"
    assert fake.note_path(box, "a").read_text() == "one"


async def test_what_was_done_but_not_noted_is_said_to_be_done(box: Appliance) -> None:
    box.places.home.mkdir(parents=True)
    box.places.history_dir.write_text("no folder")
    with pytest.raises(LunaError, match="was done, but it could not be noted") as caught:
        await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), person())
    assert caught.value.code == "home-unreadable"
    assert fake.note_path(box, "a").read_text() == "one"
    assert records(box)[-1] == ("outcome", "notes.write", "done")


async def test_what_was_done_but_not_noted_is_not_run_again_with_its_key(box: Appliance) -> None:
    call = person(idempotency_key="order-1")
    box.places.home.mkdir(parents=True)
    box.places.history_dir.write_text("no folder")
    with pytest.raises(LunaError, match="was done, but it could not be noted"):
        await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), call)
    fake.note_path(box, "a").unlink()
    assert await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), call) == fake.Note("a", "one")
    assert not fake.note_path(box, "a").exists()


async def test_a_receipt_that_cannot_be_kept_is_said_too(
    box: Appliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise LunaError("The disk is full.", code="home-unwritable")

    monkeypatch.setattr(box.receipts, "keep", full)
    with pytest.raises(LunaError, match=r"was done, but it could not be noted\. The disk is full"):
        await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), person(idempotency_key="order-1"))
    assert records(box)[-1] == ("outcome", "notes.write", "done")


async def test_a_failure_is_told_even_when_its_outcome_cannot_be_written(box: Appliance) -> None:
    async def prepare(box: Appliance, _params: Nothing, _call: Call) -> Any:
        async def commit() -> Any:
            (box.places.audit_dir / "append.lock").unlink()
            (box.places.audit_dir / "append.lock").mkdir()
            raise Conflict("The oven is in use.")

        return Prepared((Change("oven", "heat"),), commit)

    operation = Operation("notes.heat", "Heat", Risk.CHANGE, Nothing, fake.Note, prepare=prepare)
    with pytest.raises(Conflict, match="The oven is in use") as caught:
        await dispatch(box, operation, Nothing(), person())
    assert any("could not be written" in note for note in caught.value.__notes__)
    assert [intent.op for intent in open_intents(box.audit)] == ["notes.heat"]


async def test_the_same_key_and_request_is_answered_and_not_run_again(box: Appliance) -> None:
    call = person(idempotency_key="order-1")
    first = await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), call)
    fake.note_path(box, "a").unlink()
    fresh = fake.make_box(box.places.user_home)
    assert await dispatch(fresh, fake.WRITE, fake.WriteNote("a", "one"), call) == first
    assert not fake.note_path(box, "a").exists()
    assert len(records(box)) == 2


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        (fake.WRITE, fake.WriteNote("a", "two")),
        (fake.WRITE, fake.WriteNote("a", "one", key=Secret(KEY))),
        (fake.ACT, fake.Act("bug")),
    ],
)
async def test_the_same_key_for_another_request_is_a_conflict(
    box: Appliance, operation: Operation[Any, Any], params: Any
) -> None:
    call = person(idempotency_key="order-1")
    await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), call)
    with pytest.raises(Conflict) as caught:
        await dispatch(box, operation, params, call)
    assert caught.value.code == "idempotency-key-reused"
    assert fake.note_path(box, "a").read_text() == "one"


async def test_a_failed_request_may_be_asked_again_with_its_key(box: Appliance) -> None:
    call = person(idempotency_key="order-1")
    for _ in range(2):
        with pytest.raises(Conflict, match="it did not work"):
            await dispatch(box, fake.ACT, fake.Act("Conflict"), call)


async def test_no_key_is_found_in_anything_that_is_kept(box: Appliance) -> None:
    call = person(idempotency_key="order-1")
    await dispatch(box, fake.WRITE, fake.WriteNote("a", "one", key=Secret(KEY)), call)
    intent = next(box.audit.records())
    assert intent["params"]["key"].startswith("fp:")
    for name, text in (("b", f"the key is {KEY}"), ("c", "password: hunter2hunter2")):
        await dispatch(box, fake.WRITE, fake.WriteNote(name, text), person(idempotency_key=name))
    await dispatch(box, fake.ACT, fake.Act("undo-secret", detail=KEY), person())
    fake.note_path(box, "b").unlink()
    fake.note_path(box, "c").unlink()
    assert_nowhere(box.places.user_home, KEY)
    assert_nowhere(box.places.user_home, "hunter2hunter2")
    assert box.history.entries()[-1].undo is None


async def test_undo_takes_back_the_last_change_and_then_the_one_before(box: Appliance) -> None:
    for text in ("one", "two"):
        await dispatch(box, fake.WRITE, fake.WriteNote("a", text), person())
    for expected in ("one", ""):
        undone = await dispatch(box, LAST, Nothing(), person())
        assert undone.operation == "notes.write"
        assert fake.note_path(box, "a").read_text() == expected
    with pytest.raises(NotFound) as caught:
        await dispatch(box, LAST, Nothing(), person())
    assert caught.value.code == "nothing-to-undo"
    assert [entry.undone_by for entry in box.history.entries()] == ["undo.last", "undo.last", "", ""]


async def test_undo_of_what_was_taken_back_by_hand_says_so_and_moves_on(box: Appliance) -> None:
    await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), person())
    fake.note_path(box, "a").unlink()
    planned = await plan(box, LAST, Nothing(), person())
    assert [change.summary for change in planned.changes] == ["already taken back"]
    await dispatch(box, LAST, Nothing(), person())
    assert box.history.newest_undoable() is None


async def test_undo_by_a_danger_is_asked_for_like_that_danger(box: Appliance) -> None:
    await dispatch(box, fake.WRITE, fake.WriteNote("a", "one"), person())
    undo = {"operation": "notes.burn", "params": {"name": "a"}}
    box.history.add(actor="human:rosa", operation="notes.write", changes=("a",), undo=undo)
    no = fake.Consent(answer=False)
    with pytest.raises(Refused):
        await dispatch(box, LAST, Nothing(), person(consent=no))
    assert no.asked == ["Burns the note a for ever."]
    assert fake.note_path(box, "a").exists()
    await dispatch(box, LAST, Nothing(), person(consent=fake.Consent()))
    assert not fake.note_path(box, "a").exists()


def test_an_operation_must_either_read_or_prepare() -> None:
    for risk, given in (
        (Risk.CHANGE, {"run": fake.show}),
        (Risk.READ, {"prepare": fake.write}),
        (Risk.READ, {}),
        (Risk.DANGER, {"prepare": fake.write, "run": fake.show}),
    ):
        with pytest.raises(TypeError, match=r"notes\.odd"):
            Operation("notes.odd", "Odd", risk, Nothing, fake.Note, **given)


def assert_nowhere(root: Path, planted: str) -> None:
    for path in root.rglob("*"):
        if path.is_file():
            assert planted.encode() not in path.read_bytes(), path
