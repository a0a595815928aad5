"""The wizard's operations on a real box: answers kept and taken back, bookmarks, an apply."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.api import Appliance
from appliance.errors import LunaError, NotFound, Refused, Unreachable, Usage
from appliance.ops.core import Call, Nothing, Operation
from appliance.ops.dispatch import dispatch, plan
from appliance.ops.setup import FINISH, STATUS
from appliance.ops.setup_brain import TRY, TryBrain
from appliance.ops.setup_draft import ANSWER, APPLY, DRAFT, AnswerSetup, ApplySetup
from appliance.ops.undo import LAST
from appliance.practice.server import PracticeServer
from appliance.profile.draft import Draft, draft_path, read_draft
from appliance.providers.ollama import local_models
from appliance.secret import Secret
from tests.fakes.box import make_box, tree

CALL = Call("human:test", "tui")


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    return make_box(tmp_path)


@pytest.fixture
def run(box: Appliance) -> Callable[[Operation[Any, Any], Any], Awaitable[Any]]:
    return lambda operation, params: dispatch(box, operation, params, CALL)


async def test_answers_are_kept_and_taken_back_one_by_one(box: Appliance, run: Any) -> None:
    assert await run(DRAFT, Nothing()) == Draft()
    await run(ANSWER, AnswerSetup("welcome", "what", ("name=Rosa",)))
    await run(ANSWER, AnswerSetup("brain", "kind", ("name=Café Rosa", "tone=brief")))
    assert await run(DRAFT, Nothing()) == Draft("brain", "kind", name="Café Rosa", tone="brief")
    await run(LAST, Nothing())
    assert await run(DRAFT, Nothing()) == Draft("welcome", "what", name="Rosa")
    assert (await run(STATUS, Nothing())).left_at == "welcome/what"


async def test_a_bookmark_moves_without_a_record(box: Appliance, run: Any) -> None:
    await run(ANSWER, AnswerSetup("welcome", "what", ("name=Rosa",)))
    before = tree(box.places.audit_dir)
    await run(ANSWER, AnswerSetup("brain", "key", ("name=Rosa",)))
    assert read_draft(box.places) == Draft("brain", "key", name="Rosa")
    assert tree(box.places.audit_dir) == before


@pytest.mark.parametrize(
    ("params", "error"),
    [
        (AnswerSetup("nowhere"), Usage),
        (AnswerSetup("brain", "", ("name",)), Usage),
        (AnswerSetup("brain", "", ("kind=magic",)), NotFound),
        (AnswerSetup("brain", "", ("model=sk-proj-" + "Ab3" * 14,)), Refused),
    ],
)
async def test_what_is_no_answer_changes_nothing(
    box: Appliance, run: Any, params: AnswerSetup, error: type[LunaError]
) -> None:
    with pytest.raises(error):
        await run(ANSWER, params)
    assert not draft_path(box.places).exists()


async def test_the_end_takes_the_draft_away(box: Appliance, run: Any) -> None:
    await run(ANSWER, AnswerSetup("finish", "sheet", ("name=Rosa",)))
    await run(ANSWER, AnswerSetup("done"))
    assert not draft_path(box.places).exists()
    assert (await run(STATUS, Nothing())).left_at == ""


async def test_a_damaged_draft_opens_the_wizard_and_gives_way_to_the_next_answer(
    box: Appliance, run: Any
) -> None:
    draft_path(box.places).parent.mkdir(parents=True)
    draft_path(box.places).write_text("stage = ")
    assert (await run(STATUS, Nothing())).left_at == "welcome"
    await run(ANSWER, AnswerSetup("welcome", "what", ("name=Rosa",)))
    assert read_draft(box.places) == Draft("welcome", "what", name="Rosa")


async def test_applying_needs_a_brain_a_yes_and_plans_every_step(box: Appliance, run: Any) -> None:
    with pytest.raises(NotFound) as unanswered:
        await run(APPLY, ApplySetup())
    assert unanswered.value.code == "setup-unanswered"
    await run(ANSWER, AnswerSetup("finish", "consent", ("name=Rosa", "kind=openai", "staff=hr-admin")))
    with pytest.raises(Usage) as keyless:
        await run(APPLY, ApplySetup())
    assert keyless.value.code == "key-missing"
    given = ApplySetup(Secret("sk-proj-" + "Ab3" * 14))
    with pytest.raises(Refused) as refused:
        await run(APPLY, given)
    assert refused.value.code == "no-consent"
    assert "charged for every answer" in refused.value.message
    planned = await plan(box, APPLY, given, CALL)
    targets = [change.target for change in planned.changes]
    assert [name for name in targets if name.startswith("agent ")] == ["agent luna", "agent hr-admin"]
    assert "provider openai" in targets
    assert not box.places.config_path.exists()


async def test_a_step_that_fails_says_so_and_what_was_done_stays(box: Appliance, run: Any) -> None:
    """Here no engine can be had: its folder is a file."""
    box.places.engine_dir.parent.mkdir(parents=True, exist_ok=True)
    box.places.engine_dir.write_text("in the way")
    await run(ANSWER, AnswerSetup("finish", "apply", ("name=Rosa", "kind=ollama", "model=q", "agreed=yes")))
    events: list[Any] = []
    with pytest.raises((LunaError, OSError)):
        await dispatch(box, APPLY, ApplySetup(), replace(CALL, emit=events.append))
    (planned,) = [event for event in events if event.kind == "plan"]
    steps = planned.data["steps"]
    assert steps[0]["name"] == "engine.install"
    assert {"index": 3, "name": "agents.create", "target": "agent luna", "subject": "Luna"} in steps
    assert read_draft(box.places) is not None
    states = [(event.data["index"], event.data["state"]) for event in events if event.kind == "step"]
    assert states[0] == (0, "running")
    assert (0, "done") not in states


async def test_a_brain_is_tried_before_anything_is_saved(box: Appliance, run: Any) -> None:
    with PracticeServer() as practice:
        found = await run(TRY, TryBrain("practice", practice.base_url, "practice", Secret("any-word")))
        assert (found.base_url, found.model) == (practice.base_url, "practice")
        assert [step.state for step in found.steps if step.name in ("reach", "completion", "tool")] == [
            "ok"
        ] * 3
        with pytest.raises(LunaError) as wrong:
            await run(TRY, TryBrain("practice", practice.base_url, "practice", Secret("wrong")))
        assert wrong.value.code.startswith("provider-")
        address = practice.base_url
    with pytest.raises(Unreachable):
        await run(TRY, TryBrain("practice", address, "practice", Secret("any-word")))
    with pytest.raises(Usage) as keyless:
        await run(TRY, TryBrain("openai"))
    assert keyless.value.code == "key-missing"
    with pytest.raises(Usage) as nowhere:
        await run(TRY, TryBrain("custom"))
    assert nowhere.value.code == "provider-address"
    assert not box.places.config_path.exists()


async def test_an_ollama_on_this_box_is_found_with_its_models() -> None:
    with PracticeServer() as practice:
        origin = practice.base_url.removesuffix("/v1")
        assert "practice" in " ".join(await local_models(origin) or ())
    assert await local_models(origin) is None


async def test_finished_means_noted_and_with_a_brain(box: Appliance, run: Any) -> None:
    before = await run(STATUS, Nothing())
    assert (before.finished, before.left_at) == (False, "")
    await run(FINISH, Nothing())
    assert not (await run(STATUS, Nothing())).finished
