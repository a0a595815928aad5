"""A provider between its save and OpenClaw's own test: whoever is killed there leaves a note of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError
from appliance.gateway import probe
from appliance.ops.core import Call, Event
from appliance.ops.dispatch import dispatch
from appliance.ops.provider_add import AddProvider
from appliance.ops.providers import ADD
from appliance.practice.server import PracticeServer
from appliance.providers.trials import note, untested
from appliance.secret import Secret
from tests.fakes.box import make_box
from tests.fakes.gateway import TOKEN, FakeGateway, WireError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from appliance.api import Appliance

CALL = Call("human:rosa", "cli")


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    with PracticeServer() as server:
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
    }
    yield gateway
    await gateway.stop()


async def added(home: Path, fake: FakeGateway, practice: PracticeServer, seen: list[Any]) -> Appliance:
    """The practice provider added; what stands on the disk while OpenClaw tests it is put into `seen`."""
    async with fake.listening() as port:
        box = box_at(home, port)
        answer = fake.handlers["models.probe"]

        def asked(params: dict[str, Any]) -> Any:
            seen.append((untested(box.places), "office" in box.config.read().value["models"]["providers"]))  # type: ignore[index]
            return answer(params)

        fake.handlers["models.probe"] = asked
        wish = AddProvider("custom", "office", practice.base_url, ("practice",), Secret("any-key-at-all"))
        await dispatch(box, ADD, wish, CALL)
    return box


def box_at(home: Path, port: int) -> Appliance:
    config = {"gateway": {"port": port, "auth": {"mode": "token", "token": TOKEN}}}
    path = home / ".openclaw" / "openclaw.json"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps(config))
    return make_box(home)


async def test_it_counts_as_untested_from_before_the_save_until_openclaw_agrees(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    seen: list[Any] = []
    box = await added(tmp_path, fake, practice, seen)
    assert seen == [({"office"}, True)]
    assert untested(box.places) == frozenset()


async def test_when_openclaw_disagrees_neither_provider_nor_note_is_left(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    fake.handlers["models.probe"] = lambda _: {"status": "auth"}
    with pytest.raises(LunaError, match="refused"):
        await added(tmp_path, fake, practice, [])
    box = make_box(tmp_path)
    assert "models" not in box.config.read().value
    assert untested(box.places) == frozenset()


async def test_what_somebody_changed_during_the_test_outlives_the_way_back(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    """Another brain was added while OpenClaw tried ours."""
    path = tmp_path / ".openclaw" / "openclaw.json"

    def disagree(_: Any) -> dict[str, str]:
        value = json.loads(path.read_text())
        value["models"]["providers"]["branch"] = value["models"]["providers"]["office"]
        path.write_text(json.dumps(value))
        return {"status": "auth"}

    fake.handlers["models.probe"] = disagree
    with pytest.raises(LunaError, match="refused"):
        await added(tmp_path, fake, practice, [])
    assert list(json.loads(path.read_text())["models"]["providers"]) == ["branch"]


async def test_a_key_that_cannot_be_cleared_away_hides_no_reason(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    def refuse(_: Any) -> Any:
        raise WireError("UNAVAILABLE", "the store is closed")

    fake.handlers["models.probe"] = lambda _: {"status": "auth"}
    fake.handlers["secrets.store.delete"] = refuse
    with pytest.raises(LunaError, match="the key was refused"):
        await added(tmp_path, fake, practice, [])


async def test_a_note_of_an_earlier_run_outlives_a_test_that_fails_again(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    note(make_box(tmp_path).places, "office")
    fake.handlers["models.probe"] = lambda _: {"status": "auth"}
    with pytest.raises(LunaError, match="refused"):
        await added(tmp_path, fake, practice, [])
    assert untested(make_box(tmp_path).places) == {"office"}


async def test_a_new_key_has_no_way_back_because_the_old_one_is_gone(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    async with fake.listening() as port:
        box = box_at(tmp_path, port)
        wish = AddProvider("custom", "office", practice.base_url, ("practice",), Secret("any-key-at-all"))
        await dispatch(box, ADD, wish, CALL)
        assert box.history.newest().undo is not None  # type: ignore[union-attr]
        await dispatch(box, ADD, wish, CALL)
    calls = [call for seen in fake.connections for call in seen.calls]
    assert [params["name"] for method, params in calls if method == "secrets.store.delete"] == [
        "LUNATUI_OFFICE_KEY"
    ]
    assert box.history.newest().undo is None  # type: ignore[union-attr]


async def test_an_old_key_that_stays_behind_does_not_unsay_the_new_one(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    def refuse(_: Any) -> Any:
        raise WireError("UNAVAILABLE", "the store is busy")

    told: list[Event] = []
    async with fake.listening() as port:
        box = box_at(tmp_path, port)
        wish = AddProvider("custom", "office", practice.base_url, ("practice",), Secret("any-key-at-all"))
        await dispatch(box, ADD, wish, CALL)
        fake.handlers["secrets.store.delete"] = refuse
        again = await dispatch(box, ADD, wish, replace(CALL, emit=told.append))
    assert again.provider == "office"
    assert any("LUNATUI_OFFICE_KEY" in event.text for event in told if event.kind == "note")
