"""A key goes into the store, its copies go; earlier versions still work; a kill anywhere loses nothing."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from appliance.errors import LunaError, Refused
from appliance.ops.core import Call, Nothing
from appliance.ops.dispatch import dispatch, plan
from appliance.ops.secrets_move import MOVE, KeysMoved, MoveKeys
from appliance.ops.secrets_provider import USE, UseVault
from appliance.ops.secrets_scan import SCAN
from appliance.store.document import Document
from appliance.store.edits import Edit, lookup
from appliance.vault.vault import Vault
from tests.fakes.box import Consent, make_box, tree
from tests.fakes.gateway import WireError
from tests.fakes.keys import shapeless
from tests.safety import kills
from tests.safety.scale import scale
from tests.unit.appliance.hygiene.boxes import write
from tests.unit.appliance.hygiene.stores import KeyStore, key_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.api import Appliance

KEY = shapeless(11)
SETTING = ("models", "providers", "office", "apiKey")
NAME = "LUNATUI_OFFICE_KEY"
REFERENCE = {"source": "store", "provider": "default", "id": NAME}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyStore]:
    with key_store(tmp_path, KEY, monkeypatch) as found:
        yield found


def moved(home: Path, **wish: object) -> KeysMoved:
    """The whole operation, confirmed."""
    call = Call("human:rosa", "cli", consent=Consent())
    found: KeysMoved = asyncio.run(dispatch(make_box(home), MOVE, MoveKeys(**wish), call))  # type: ignore[arg-type]
    return found


def used(home: Path) -> Appliance:
    """A box that has been saved before, so that copies lie about."""
    box = make_box(home)
    for number in range(2):
        prepared = box.config.prepare([Edit(("env", "vars", "NUMBER"), str(number))])
        box.config.save(prepared, operation="config.set")
    state = box.places.state_dir
    write(state / "openclaw.json.bak", box.places.config_path.read_text())
    write(state / "openclaw.json.bak.1", f"// {KEY}\n{{ broken: '{KEY}'")
    write(state / ".env", f"A=1\nexport OFFICE_API_KEY='{KEY}' \nB=2\n")
    return box


def holders(home: Path) -> list[str]:
    """Files that hold the key in clear."""
    return sorted(
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and KEY in path.read_text("latin-1")
    )


def test_it_lists_every_file_first_and_asks(tmp_path: Path, store: KeyStore) -> None:
    box = used(tmp_path)
    before, held = tree(tmp_path), holders(tmp_path)
    planned = asyncio.run(plan(box, MOVE, MoveKeys(), Call("human:rosa", "cli")))
    told = {change.target for change in planned.changes}
    assert "models.providers.office.apiKey" in told
    assert {str(tmp_path / name) for name in held if not name.endswith("openclaw.json")} <= told
    assert tree(tmp_path) == before
    with pytest.raises(Refused, match="not confirmed"):
        asyncio.run(dispatch(box, MOVE, MoveKeys(), Call("human:rosa", "cli")))
    consent = Consent(answer=False)
    with pytest.raises(Refused):
        asyncio.run(dispatch(box, MOVE, MoveKeys(), Call("human:rosa", "cli", consent=consent)))
    assert all(target in consent.asked[0] for target in told if target.startswith("/"))
    assert KEY not in consent.asked[0]
    assert holders(tmp_path) == held
    assert store.kept == {}


def test_the_key_is_in_the_store_and_in_no_file(tmp_path: Path, store: KeyStore) -> None:
    box = used(tmp_path)
    remark = box.places.config_path.read_text().replace("{", "{ // it was " + KEY, 1)
    write(box.places.config_path, remark)
    done = moved(tmp_path)
    assert store.kept == {NAME: KEY}
    assert holders(tmp_path) == []
    assert lookup(box.config.read().value, SETTING) == REFERENCE
    assert "// it was [hidden]" in box.places.config_path.read_text()
    assert (done.state, done.left) == ("saved and in use", ())
    assert {key.name for key in done.keys} == {NAME}
    env = (box.places.state_dir / ".env").read_text()
    assert env.splitlines()[0::2] == ["A=1", "B=2"]
    assert env.splitlines()[1].startswith("# OFFICE_API_KEY")
    for backup in box.config.backups.list():
        assert lookup(Document.parse(box.config.backups.read(backup.id)).value, SETTING) == REFERENCE
    assert KEY not in repr(done)
    scan = asyncio.run(dispatch(box, SCAN, Nothing(), Call("human:rosa", "cli")))
    assert [key for key in scan.keys if key.path.startswith(str(tmp_path))] == []
    before = tree(tmp_path)
    again = moved(tmp_path)
    assert (again.keys, again.cleaned, again.state) == ((), (), "unchanged")
    assert {path for path, what in tree(tmp_path).items() if before.get(path) != what} == set()


def test_an_earlier_version_can_be_restored_and_works(tmp_path: Path, store: KeyStore) -> None:
    box = used(tmp_path)
    moved(tmp_path)
    oldest = box.config.backups.list()[-1]
    value = Document.parse(box.config.backups.read(oldest.id)).value
    edits = [Edit((name,), value[name]) for name in ("models",)]
    box.config.save(box.config.prepare(edits, may_remove=()), operation="config.revert")
    assert lookup(box.config.read().value, SETTING) == REFERENCE
    assert store.kept[NAME] == KEY


def test_what_the_store_cannot_hand_out_is_put_back(tmp_path: Path, store: KeyStore) -> None:
    box = used(tmp_path)
    held = holders(tmp_path)
    store.warnings = 1
    with pytest.raises(LunaError, match="is as it was") as raised:
        moved(tmp_path)
    assert raised.value.code == "key-unresolved"
    assert lookup(box.config.read().value, SETTING) == KEY
    assert set(held) <= set(holders(tmp_path))


def test_a_variable_that_is_still_in_use_stays(tmp_path: Path, store: KeyStore) -> None:
    box = used(tmp_path)
    value = json.loads(box.places.config_path.read_text())
    value["models"]["providers"]["branch"] = value["models"]["providers"]["office"] | {
        "apiKey": "${OFFICE_API_KEY}"
    }
    write(box.places.config_path, json.dumps(value))
    done = moved(tmp_path)
    assert any("OFFICE_API_KEY" in line for line in done.left)
    assert holders(tmp_path) == [".openclaw/.env"]


def test_without_a_gateway_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with key_store(tmp_path, KEY, monkeypatch):
        box = used(tmp_path)
    monkeypatch.undo()
    held = holders(tmp_path)
    with pytest.raises(LunaError) as raised:
        moved(tmp_path)
    assert raised.value.code == "unreachable"
    assert holders(tmp_path) == held
    assert box.config.validate().valid


def test_a_setting_that_holds_none(tmp_path: Path, store: KeyStore) -> None:
    used(tmp_path)
    with pytest.raises(LunaError) as raised:
        moved(tmp_path, setting=("gateway.port",))
    assert raised.value.code == "no-key-there"
    assert store.kept == {}


@pytest.mark.parametrize("to", ["vault", "openclaw"])
@pytest.mark.parametrize("setting", ["gateway.auth.token", "gateway.auth.password", "gateway.remote.token"])
def test_the_gateways_own_key_stays_where_every_client_reads_it(
    tmp_path: Path, store: KeyStore, to: str, setting: str
) -> None:
    box = used(tmp_path)
    before = box.places.config_path.read_bytes()
    with pytest.raises(Refused) as raised:
        moved(tmp_path, setting=(setting,), to=to)
    assert raised.value.code == "gateway-key-stays"
    assert setting in raised.value.message
    assert box.places.config_path.read_bytes() == before
    assert store.kept == {}


@pytest.mark.no_cover
def test_killed_anywhere_and_run_again_it_is_done(tmp_path: Path, store: KeyStore) -> None:
    """SIGKILL before every step of saves and rewrites; nothing is lost and the next run completes it."""
    used(tmp_path)
    first = tree_bytes(tmp_path)
    whole = kills.run_to_end(work(tmp_path))
    assert whole.error == ""
    steps = whole.steps
    assert {"11-rename", "rewrite-rename", "rewrite-backup", "rewrite-manifest"} <= set(steps)
    for number in range(0, len(steps), scale(8, 3, 1)):
        put_back(tmp_path, first)
        store.kept.clear()
        ending = kills.kill_at_step(work(tmp_path), number)
        assert ending.killed, ending.error
        value = lookup(make_box(tmp_path).config.read().value, SETTING)
        assert value == KEY or (value == REFERENCE and store.kept[NAME] == KEY), steps[number]
        for backup in make_box(tmp_path).config.backups.list():
            assert make_box(tmp_path).config.backups.read(backup.id)
        moved(tmp_path)
        assert (holders(tmp_path), store.kept) == ([], {NAME: KEY}), steps[number]
        assert make_box(tmp_path).config.validate().valid


def work(home: Path) -> kills.Work:
    def run(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        box = make_box(home)
        box.config._hook = hook
        call = Call("human:rosa", "cli", consent=Consent())
        asyncio.run(dispatch(box, MOVE, MoveKeys(), call))
        acknowledge("moved")

    return run


def tree_bytes(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}


def put_back(home: Path, files: dict[Path, bytes]) -> None:
    for path in [path for path in home.rglob("*") if path.is_file()]:
        if path not in files:
            path.unlink()
    for path, data in files.items():
        path.write_bytes(data)


def test_our_vault_takes_it_too(tmp_path: Path, store: KeyStore) -> None:
    """Without a word to OpenClaw's store; the reference leads to our program."""
    box = used(tmp_path)
    done = moved(tmp_path, to="vault")
    (key,) = done.keys
    reference = lookup(box.config.read().value, SETTING)
    assert reference == {"source": "exec", "provider": "lunatui", "id": key.name}
    with Vault.open(box.places).get(key.name).expose() as text:
        assert text == KEY
    assert (holders(tmp_path), store.kept) == ([], {})
    oldest = box.config.backups.list()[-1]
    assert lookup(Document.parse(box.config.backups.read(oldest.id)).value, SETTING) == reference


def test_what_openclaw_cannot_read_from_the_vault_is_put_back(tmp_path: Path, store: KeyStore) -> None:
    """A Gateway that says no is not one that does not run: the copies are the only ones it can read."""
    box = used(tmp_path)
    held = holders(tmp_path)

    def refuse(_: object) -> None:
        raise WireError("UNAVAILABLE", "secrets.reload failed")

    store.handlers["secrets.reload"] = refuse
    with pytest.raises(LunaError, match="is as it was") as raised:
        moved(tmp_path, to="vault")
    assert raised.value.code == "key-unresolved"
    assert lookup(box.config.read().value, SETTING) == KEY
    assert set(held) <= set(holders(tmp_path))


def test_copies_of_a_key_that_went_into_the_vault_another_way_are_cleaned(
    tmp_path: Path, store: KeyStore
) -> None:
    """`secrets use` moves one key and leaves a note by which its copies are known again."""
    store.handlers["models.probe"] = lambda _: {"status": "ok", "latencyMs": 3}
    box = used(tmp_path)
    asyncio.run(dispatch(box, USE, UseVault("office"), Call("human:rosa", "cli")))
    assert isinstance(lookup(box.config.read().value, SETTING), dict)
    assert holders(tmp_path) != []
    done = moved(tmp_path)
    assert (done.keys, holders(tmp_path)) == ((), [])


def test_our_vault_takes_it_while_nobody_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next start reads the key from there."""
    with key_store(tmp_path, KEY, monkeypatch):
        box = used(tmp_path)
    done = moved(tmp_path, to="vault")
    assert done.state == "saved, gateway down"
    assert holders(tmp_path) == []
    assert isinstance(lookup(box.config.read().value, SETTING), dict)
