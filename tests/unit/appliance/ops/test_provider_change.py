"""A provider changed and taken away: tested, never left dangling, its key never shown and gone with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError, NotFound, Refused, Usage
from appliance.gateway import probe
from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch, plan
from appliance.ops.provider_remove import REMOVE, ProviderRemoved, RemoveProvider
from appliance.ops.provider_show import SHOW, OneProvider
from appliance.ops.provider_update import UPDATE, UpdateProvider
from appliance.ops.undo import OPERATIONS as UNDO
from appliance.practice.server import PracticeServer
from appliance.providers.listing import references
from appliance.providers.trials import Trial, keep, last_trial, untested
from appliance.secret import Secret
from tests.fakes.box import make_box
from tests.fakes.gateway import TOKEN, FakeGateway, WireError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from appliance.api import Appliance

OLD, NEW = "sk-change-old-112233", "sk-change-new-445566"


async def yes(_question: str) -> bool:
    return True


CALL = Call("human:rosa", "cli", consent=yes)


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    with PracticeServer(pace=0) as server:
        yield server


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeGateway]:
    # The fake speaks WebSocket only; whether it is ready is asked over HTTP/1.0.
    monkeypatch.setattr(probe, "probe", lambda *_, **__: probe.Probe(True, True, True))
    gateway = FakeGateway()
    revisions = iter(range(1000))

    def state(_: Any) -> dict[str, Any]:
        revision = str(next(revisions))
        return {"valid": True, "configRevisionHash": revision, "appliedConfigHash": revision, "issues": []}

    gateway.handlers |= {
        "config.get": state,
        "secrets.store.set": lambda _: {"ok": True},
        "secrets.store.delete": lambda _: {"ok": True},
        "models.probe": lambda _: {"status": "ok", "latencyMs": 3},
        "cron.list": lambda _: {"jobs": [], "hasMore": False},
        "cron.update": lambda params: {"id": params["id"]},
    }
    yield gateway
    await gateway.stop()


def box_with(home: Path, server: PracticeServer, port: int = 1, key: Any = OLD, **defaults: Any) -> Appliance:
    """Two providers, `office` and `spare`; `defaults` of all agents."""
    entry = {
        "baseUrl": server.base_url,
        "api": "openai-completions",
        "models": [{"id": "practice", "name": "Practice"}, {"id": "practice-tool", "name": "Tool"}],
    }
    config = {
        "gateway": {"port": port, "auth": {"mode": "token", "token": TOKEN}},
        "models": {"providers": {"office": {**entry, "apiKey": key}, "spare": {**entry, "apiKey": "k"}}},
        "agents": {"defaults": defaults, "entries": {"luna": {"name": "Luna"}}},
    }
    path = home / ".openclaw" / "openclaw.json"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(config))
    return make_box(home)


def stored(name: str) -> dict[str, str]:
    return {"source": "store", "provider": "default", "id": name}


def office(box: Appliance) -> Any:
    providers: Any = box.config.read().value["models"]["providers"]  # type: ignore[index]
    return providers.get("office")


def calls_of(fake: FakeGateway, method: str) -> list[dict[str, Any]]:
    return [params for seen in fake.connections for name, params in seen.calls if name == method]


async def test_another_address_and_other_models_are_tested_with_the_key_there_is(
    tmp_path: Path, practice: PracticeServer
) -> None:
    with PracticeServer(key=OLD, pace=0) as other:
        box = box_with(tmp_path, practice)
        wish = UpdateProvider("office", other.origin, ("practice-tool",))
        done = await dispatch(box, UPDATE, wish, CALL)
        assert [item.status for item in other.requests if item.path.endswith("completions")] == [200, 200]
    assert office(box)["baseUrl"] == other.base_url
    assert office(box)["models"] == [{"id": "practice-tool", "name": "Tool"}]
    assert office(box)["apiKey"] == OLD
    assert done.state == "saved, gateway down"
    await dispatch(box, UNDO[0], UNDO[0].params(), CALL)
    assert office(box)["baseUrl"] == practice.base_url
    assert len(office(box)["models"]) == 2


async def test_what_fails_its_test_is_not_saved_unless_somebody_insists(
    tmp_path: Path, practice: PracticeServer
) -> None:
    box = box_with(tmp_path, practice)
    wish = UpdateProvider("office", model=("practice-402",))
    with pytest.raises(LunaError) as refused:
        await dispatch(box, UPDATE, wish, CALL)
    assert refused.value.code == "provider-no-credit"
    assert len(office(box)["models"]) == 2
    insists = UpdateProvider("office", model=("practice-402",), anyway=True)
    found = await plan(box, UPDATE, insists, CALL)
    assert any(getattr(note, "code", "") == "saved-untested" for note in found.warnings)
    await dispatch(box, UPDATE, insists, CALL)
    assert [row["id"] for row in office(box)["models"]] == ["practice-402"]
    assert untested(box.places) == {"office"}


async def test_a_model_that_answers_somewhere_is_not_left_out(
    tmp_path: Path, practice: PracticeServer
) -> None:
    box = box_with(tmp_path, practice, utilityModel="office/practice")
    with pytest.raises(Refused) as refused:
        await dispatch(box, UPDATE, UpdateProvider("office", model=("practice-tool",)), CALL)
    assert refused.value.code == "model-in-use"


async def test_a_new_key_lies_beside_the_old_one_until_openclaw_agrees(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    async with fake.listening() as port:
        box = box_with(tmp_path, practice, port, stored("LUNATUI_OFFICE_KEY"))
        done = await dispatch(box, UPDATE, UpdateProvider("office", key=Secret(NEW)), CALL)
    assert office(box)["apiKey"] == stored("LUNATUI_OFFICE_KEY_2")
    assert calls_of(fake, "secrets.store.delete") == [{"name": "LUNATUI_OFFICE_KEY"}]
    assert NEW not in repr(done)
    assert box.history.newest().undo is None  # type: ignore[union-attr]
    trial = last_trial(box.places, "office")
    assert trial is not None
    assert trial.ok


async def test_a_new_key_that_openclaw_refuses_leaves_the_old_one(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    fake.handlers["models.probe"] = lambda _: {"status": "auth"}
    async with fake.listening() as port:
        box = box_with(tmp_path, practice, port, stored("LUNATUI_OFFICE_KEY"))
        with pytest.raises(LunaError, match="refused"):
            await dispatch(box, UPDATE, UpdateProvider("office", key=Secret(NEW)), CALL)
    assert office(box)["apiKey"] == stored("LUNATUI_OFFICE_KEY")
    assert calls_of(fake, "secrets.store.delete") == [{"name": "LUNATUI_OFFICE_KEY_2"}]


USES: list[tuple[str, dict[str, Any]]] = [
    ("default", {"model": {"primary": "office/practice"}}),
    ("default as one word", {"model": "office/practice"}),
    (
        "fallback",
        {"model": {"primary": "spare/practice", "fallbacks": ["spare/practice", "office/practice"]}},
    ),
    ("utility", {"utilityModel": "office/practice"}),
    ("heartbeat", {"heartbeat": {"every": "1h", "model": "office/practice"}}),
    ("picture", {"imageModel": {"primary": "office/practice"}}),
    (
        "another name",
        {"models": {"office/practice": {"alias": "shop"}}, "model": {"primary": "shop"}},
    ),
]


@pytest.mark.parametrize("use", [row[1] for row in USES], ids=[row[0] for row in USES])
async def test_one_in_use_stays_or_another_answers_in_the_same_step(
    tmp_path: Path, practice: PracticeServer, use: dict[str, Any]
) -> None:
    box = box_with(tmp_path, practice, **use)
    before = box.places.config_path.read_bytes()
    with pytest.raises(Refused) as refused:
        await dispatch(box, REMOVE, RemoveProvider("office"), CALL)
    assert refused.value.code == "provider-in-use"
    assert box.places.config_path.read_bytes() == before
    done = await dispatch(box, REMOVE, RemoveProvider("office", "spare/practice"), CALL)
    value = box.config.read().value
    assert office(box) is None
    assert references(value, "office") == ()
    assert done.repointed
    assert references(value, "spare")
    await dispatch(box, UNDO[0], UNDO[0].params(), CALL)
    assert json.loads(box.places.config_path.read_bytes()) == json.loads(before)


async def test_a_list_of_fallbacks_names_nobody_twice(tmp_path: Path, practice: PracticeServer) -> None:
    chain = {"primary": "office/practice", "fallbacks": ["office/practice-tool", "spare/practice-tool"]}
    box = box_with(tmp_path, practice, model=chain)
    await dispatch(box, REMOVE, RemoveProvider("office", "spare/practice"), CALL)
    value: Any = box.config.read().value
    model = value["agents"]["defaults"]["model"]
    assert model == {"primary": "spare/practice", "fallbacks": ["spare/practice-tool"]}


async def test_what_answers_instead_must_be_there_and_stay(tmp_path: Path, practice: PracticeServer) -> None:
    box = box_with(tmp_path, practice, utilityModel="office/practice")
    with pytest.raises(Usage):
        await dispatch(box, REMOVE, RemoveProvider("office", "office/practice-tool"), CALL)
    with pytest.raises(NotFound):
        await dispatch(box, REMOVE, RemoveProvider("office", "spare/nothing"), CALL)
    with pytest.raises(NotFound):
        await dispatch(box, REMOVE, RemoveProvider("nobody"), CALL)


def schedule(name: str, model: str) -> dict[str, Any]:
    payload = {"kind": "agentTurn", "message": "x", "model": model}
    return {"id": f"id-{name}", "name": name, "payload": payload, "configRevision": 7}


async def test_a_schedule_that_asks_it_is_found_and_moved(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    jobs = [schedule("morning", "office/practice"), schedule("evening", "spare/practice"), schedule("x", "")]

    def page(params: dict[str, Any]) -> dict[str, Any]:
        at = params["offset"]
        return {"jobs": jobs[at : at + 1], "hasMore": at + 1 < len(jobs)}

    fake.handlers["cron.list"] = page
    keep(make_box(tmp_path).places, "office", Trial("2026-11-30T08:00:00+00:00", ok=True))
    async with fake.listening() as port:
        box = box_with(tmp_path, practice, port, stored("LUNATUI_OFFICE_KEY"))
        with pytest.raises(Refused, match="morning"):
            await dispatch(box, REMOVE, RemoveProvider("office"), CALL)
        done: ProviderRemoved = await dispatch(box, REMOVE, RemoveProvider("office", "spare/practice"), CALL)
    assert done.schedules == ("morning",)
    assert calls_of(fake, "cron.update") == [
        {
            "id": "id-morning",
            "patch": {"payload": {"kind": "agentTurn", "model": "spare/practice"}},
            "expectedConfigRevision": 7,
        }
    ]
    assert calls_of(fake, "secrets.store.delete") == [{"name": "LUNATUI_OFFICE_KEY"}]
    assert last_trial(box.places, "office") is None


async def test_a_schedule_that_cannot_be_moved_keeps_the_brain(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    def refuse(_: Any) -> Any:
        raise WireError("INVALID_REQUEST", "changed", details={"code": "CRON_JOB_CHANGED"})

    fake.handlers["cron.list"] = lambda _: {"jobs": [schedule("morning", "office/practice")]}
    fake.handlers["cron.update"] = refuse
    async with fake.listening() as port:
        box = box_with(tmp_path, practice, port, stored("LUNATUI_OFFICE_KEY"))
        with pytest.raises(LunaError):
            await dispatch(box, REMOVE, RemoveProvider("office", "spare/practice"), CALL)
    assert office(box) is not None
    assert calls_of(fake, "secrets.store.delete") == []


async def test_without_a_gateway_it_says_what_nobody_could_look_at(
    tmp_path: Path, practice: PracticeServer
) -> None:
    box = box_with(tmp_path, practice, key=stored("LUNATUI_OFFICE_KEY"))
    found = await plan(box, REMOVE, RemoveProvider("office"), CALL)
    assert [getattr(note, "code", "") for note in found.warnings] == ["brain-schedules-unseen"]
    assert "LUNATUI_OFFICE_KEY" in found.warnings[0]
    await dispatch(box, REMOVE, RemoveProvider("office"), CALL)
    assert office(box) is None
    await dispatch(box, UNDO[0], UNDO[0].params(), CALL)
    assert office(box)["apiKey"] == stored("LUNATUI_OFFICE_KEY")


async def test_one_in_full_says_who_uses_it(tmp_path: Path, practice: PracticeServer) -> None:
    box = box_with(tmp_path, practice, model={"primary": "office/practice"})
    await dispatch(box, UPDATE, UpdateProvider("office", model=("practice", "practice-tool")), CALL)
    found = await dispatch(box, SHOW, OneProvider("office"), CALL)
    assert [row.id for row in found.models] == ["practice", "practice-tool"]
    assert [(use.setting, use.model) for use in found.used_by] == [
        ("agents.defaults.model.primary", "office/practice")
    ]
    assert found.default_model == "office/practice"
    assert OLD not in repr(found)


async def test_a_person_has_to_agree(tmp_path: Path, practice: PracticeServer) -> None:
    box = box_with(tmp_path, practice)
    with pytest.raises(Refused):
        await dispatch(box, REMOVE, RemoveProvider("office"), Call("human:rosa", "cli"))
    assert office(box) is not None
