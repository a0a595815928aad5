"""A brain's key into the vault and back: tested by OpenClaw, and as it was when OpenClaw disagrees."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError
from appliance.gateway import probe
from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch, plan
from appliance.ops.registry import find
from appliance.practice.server import PracticeServer
from appliance.profile.desired import provider_settings
from appliance.profile.models import ProviderPart
from appliance.providers.config import provider_edits
from appliance.secret import Secret
from appliance.vault import references, shim
from appliance.vault.vault import Vault
from tests.fakes.box import make_box
from tests.fakes.gateway import TOKEN, FakeGateway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from appliance.api import Appliance

CALL = Call("human:rosa", "cli")
KEY, NEWER = "practice-one", "practice-two"
STORE = {"source": "store", "provider": "default", "id": "LUNATUI_OFFICE_KEY"}
OURS = references.reference("providers/office")


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    with PracticeServer(key=KEY) as server:
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
        "secrets.reload": lambda _: {"ok": True, "warningCount": 0},
        "models.probe": lambda _: {"status": "ok", "latencyMs": 3},
    }
    yield gateway
    await gateway.stop()


def box_at(home: Path, port: int, key: object, address: str = "http://127.0.0.1:9/v1") -> Appliance:
    models = [
        {"id": "practice", "name": "practice", "contextWindow": 128000, "maxTokens": 4096, "input": ["text"]}
    ]
    entry = {"baseUrl": address, "api": "openai-completions", "apiKey": key, "models": models}
    config = {
        "gateway": {"port": port, "auth": {"mode": "token", "token": TOKEN}},
        "models": {"providers": {"office": entry}},
    }
    path = home / ".openclaw" / "openclaw.json"
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    path.write_text(json.dumps(config))
    return make_box(home)


async def run(box: Appliance, verb: str, **given: Any) -> Any:
    operation = find(f"secrets.{verb}")
    return await dispatch(box, operation, operation.params(**given), CALL)


def key_of(box: Appliance) -> Any:
    value: Any = box.config.read().value
    return value["models"]["providers"]["office"]["apiKey"]


def value_of(box: Appliance) -> str:
    with Vault.open(box.places).get("providers/office").expose() as text:
        return text


def called(fake: FakeGateway, method: str) -> list[Any]:
    return [params for seen in fake.connections for name, params in seen.calls if name == method]


async def test_a_key_goes_into_the_vault_and_back_and_forth(tmp_path: Path, fake: FakeGateway) -> None:
    async with fake.listening() as port:
        box = box_at(tmp_path, port, STORE)
        with pytest.raises(LunaError) as caught:
            await run(box, "use", provider="office")
        assert caught.value.code == "secret-needed"
        moved = await run(box, "use", provider="office", value=Secret(KEY))
        assert (moved.where, moved.state, key_of(box)) == ("lunatui's vault", "saved and in use", OURS)
        assert "30 days" in moved.notes[0]
        assert [row["name"] for row in called(fake, "secrets.store.delete")] == ["LUNATUI_OFFICE_KEY"]
        assert value_of(box) == KEY
        assert shim.problem(box.places) == ""
        assert (await run(box, "use", provider="office")).state == "unchanged"
        back = await run(box, "give-back", provider="office")
        assert (back.where, key_of(box)) == ("OpenClaw's own store", STORE)
        assert called(fake, "secrets.store.set")[-1]["value"] == KEY
        value: Any = box.config.read().value
        assert "lunatui" not in value.get("secrets", {}).get("providers", {})
        await dispatch(box, find("undo.last"), find("undo.last").params(), CALL)
        assert key_of(box) == OURS
    for folder in ("audit", "history", "backups"):
        for path in (box.places.home / folder).rglob("*"):
            assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


async def test_what_openclaw_cannot_use_leaves_everything_as_it_was(
    tmp_path: Path, fake: FakeGateway
) -> None:
    fake.handlers["models.probe"] = lambda _: {"status": "auth"}
    async with fake.listening() as port:
        box = box_at(tmp_path, port, STORE)
        before = box.places.config_path.read_bytes()
        with pytest.raises(LunaError) as caught:
            await run(box, "use", provider="office", value=Secret(KEY))
        assert caught.value.code == "provider-auth"
        assert "is back" in caught.value.message
        assert json.loads(box.places.config_path.read_bytes()) == json.loads(before)
        assert Vault.open(box.places).names() == ()
        assert called(fake, "secrets.store.delete") == []


async def test_a_way_back_that_openclaw_cannot_use_is_not_gone(tmp_path: Path, fake: FakeGateway) -> None:
    async with fake.listening() as port:
        box = box_at(tmp_path, port, STORE)
        await run(box, "use", provider="office", value=Secret(KEY))
        fake.handlers["models.probe"] = lambda _: {"status": "auth"}
        with pytest.raises(LunaError):
            await run(box, "give-back", provider="office")
        assert key_of(box) == OURS
        assert value_of(box) == KEY
        value: Any = box.config.read().value
        assert "lunatui" in value["secrets"]["providers"]


async def test_a_key_in_clear_is_moved_without_being_typed(tmp_path: Path) -> None:
    box = box_at(tmp_path, 1, KEY)
    moved = await run(box, "use", provider="office")
    assert (moved.state, key_of(box), value_of(box)) == ("saved, gateway down", OURS, KEY)
    assert "still hold the key" in moved.notes[0]
    assert KEY not in box.places.config_path.read_text()
    (row,) = (await dispatch(box, find("providers.list"), find("providers.list").params(), CALL)).providers
    assert (row.key, row.key_kind) == ("lunatui's vault", "vault")


async def test_a_profile_with_a_key_leaves_the_one_in_the_vault(tmp_path: Path) -> None:
    box = box_at(tmp_path, 1, KEY)
    address = "http://127.0.0.1:9/v1"
    part = ProviderPart(
        kind="custom", id="office", models=["practice"], base_url=address, key="env:OFFICE_API_KEY"
    )
    before: Any = box.config.read().value
    assert provider_settings(part, before).secret == STORE["id"]
    await run(box, "use", provider="office")
    now: Any = box.config.read().value
    assert provider_edits(now, provider_settings(part, now)) == ()


async def test_a_new_key_by_the_usual_way_says_that_it_leaves_the_vault(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    async with fake.listening() as port:
        box = box_at(tmp_path, port, STORE, practice.base_url)
        add = find("providers.add")
        wish = add.params("custom", "office", practice.base_url, ("practice",), Secret(KEY))
        assert (await plan(box, add, wish, CALL)).warnings == ()
        await run(box, "use", provider="office", value=Secret(KEY))
        (told,) = (await plan(box, add, wish, CALL)).warnings
        assert told.code == "key-leaves-vault"  # type: ignore[attr-defined]


async def test_a_new_value_is_tried_before_and_after(
    tmp_path: Path, fake: FakeGateway, practice: PracticeServer
) -> None:
    async with fake.listening() as port:
        box = box_at(tmp_path, port, STORE, practice.base_url)
        await run(box, "use", provider="office", value=Secret(KEY))
        with pytest.raises(LunaError) as caught:
            await run(box, "rotate", name="providers/office", value=Secret(NEWER))
        assert caught.value.code == "provider-wrong-key"
        practice.key = NEWER
        fake.handlers["models.probe"] = lambda _: {"status": "auth"}
        with pytest.raises(LunaError) as caught:
            await run(box, "rotate", name="providers/office", value=Secret(NEWER))
        assert caught.value.code == "provider-auth"
        assert value_of(box) == KEY
        fake.handlers["models.probe"] = lambda _: {"status": "ok"}
        rotated = await run(box, "rotate", name="providers/office", value=Secret(NEWER))
        assert rotated.state == "in use"
        assert value_of(box) == NEWER
        assert len(called(fake, "secrets.reload")) == 3


async def test_what_is_not_ours_to_move_is_said(tmp_path: Path) -> None:
    box = box_at(tmp_path, 1, STORE)
    for verb, provider, code in (
        ("use", "nobody", "provider-unknown"),
        ("give-back", "office", "not-in-vault"),
        ("rotate", "office", "vault-missing"),
    ):
        given = {"name": provider} if verb == "rotate" else {"provider": provider}
        more = {} if verb == "give-back" else {"value": Secret(KEY)}
        with pytest.raises(LunaError) as caught:
            await run(box, verb, **given, **more)
        assert caught.value.code == code
    config = json.loads(box.places.config_path.read_text())
    config["secrets"] = {"providers": {"lunatui": {"source": "exec", "command": "/opt/theirs"}}}
    box.places.config_path.write_text(json.dumps(config))
    with pytest.raises(LunaError) as caught:
        await run(box, "use", provider="office", value=Secret(KEY))
    assert caught.value.code == "vault-alias-taken"
