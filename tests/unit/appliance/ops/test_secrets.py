"""The verbs of the vault: values go in, are handed to OpenClaw alone, and can be had back for a day."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError
from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch, plan
from appliance.ops.registry import find
from appliance.secret import Secret
from appliance.vault import ciphers, references, shim
from appliance.vault.files import VaultFiles
from appliance.vault.layout import Kdf
from appliance.vault.vault import Vault
from tests.fakes.box import make_box, tree

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance

VALUE, LATER = "a planted value, one", "a planted value, two"


async def yes(_question: str) -> bool:
    return True


CALL = Call("human:rosa", "cli", consent=yes)


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    write_config(tmp_path, {"gateway": {"port": 1, "auth": {"mode": "token", "token": "not-a-key"}}})
    return make_box(tmp_path)


def write_config(home: Path, value: dict[str, Any]) -> None:
    path = home / ".openclaw" / "openclaw.json"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(value))


async def run(box: Appliance, verb: str, **given: Any) -> Any:
    operation = find(f"secrets.{verb}")
    return await dispatch(box, operation, operation.params(**given), CALL)


async def undo(box: Appliance) -> Any:
    return await dispatch(box, find("undo.last"), find("undo.last").params(), CALL)


def value_of(box: Appliance, name: str) -> str:
    with Vault.open(box.places).get(name).expose() as text:
        return text


def referring(box: Appliance, *names: str) -> None:
    """The configuration refers to these through our file."""
    config = {
        "gateway": {"port": 1},
        "secrets": {"providers": {"lunatui": references.provider_entry(shim.path_of(box.places))}},
        "models": {"providers": {name: {"apiKey": references.reference(name)} for name in names}},
    }
    write_config(box.places.user_home, config)


async def test_a_box_without_a_vault_is_left_without(box: Appliance) -> None:
    before = tree(box.places.user_home)
    assert (await run(box, "list")).secrets == ()
    assert (await run(box, "status")).vault == "none yet"
    operation = find("secrets.set")
    planned = await plan(box, operation, operation.params("openai", Secret(VALUE)), CALL)
    assert [change.target for change in planned.changes] == ["vault", "secret openai"]
    assert tree(box.places.user_home) == before


async def test_a_secret_is_kept_replaced_taken_out_and_brought_back(box: Appliance) -> None:
    first = await run(box, "set", name="openai", value=Secret(VALUE))
    assert (first.version, first.state) == (1, "not used by OpenClaw")
    assert (await run(box, "set", name="openai", value=Secret(LATER))).version == 2
    assert value_of(box, "openai") == LATER
    assert (await undo(box)).operation == "secrets.set"
    assert value_of(box, "openai") == VALUE
    await run(box, "delete", name="openai")
    assert Vault.open(box.places).names() == ()
    assert (await undo(box)).operation == "secrets.delete"
    assert value_of(box, "openai") == VALUE
    (row,) = (await run(box, "list")).secrets
    assert (row.name, row.used, row.used_by) == ("openai", "", ())
    text = json.dumps(list(box.audit.records()))
    assert VALUE not in text
    assert LATER not in text
    assert '"op": "secrets.state"' in text


async def test_a_new_secret_is_taken_back_by_taking_it_out(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    await undo(box)
    assert Vault.open(box.places).names() == ()


async def test_an_undo_leaves_a_newer_value_alone(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    await run(box, "set", name="openai", value=Secret(LATER))
    Vault.open(box.places).put("openai", Secret("somebody else's"))
    with pytest.raises(LunaError) as caught:
        await undo(box)
    assert caught.value.code == "undo-moved"
    assert value_of(box, "openai") == "somebody else's"


async def test_what_is_used_is_not_taken_out(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    referring(box, "openai")
    with pytest.raises(LunaError) as caught:
        await run(box, "delete", name="openai")
    assert caught.value.code == "secret-in-use"
    assert "models.providers.openai.apiKey" in caught.value.message
    assert value_of(box, "openai") == VALUE


@pytest.mark.parametrize("name", ["", "-x", "x-", "a b", "../x", "a/../b", "a//b", "ä", "a" * 200, "a\n"])
async def test_a_name_that_openclaw_would_not_take_is_refused(box: Appliance, name: str) -> None:
    with pytest.raises(LunaError) as caught:
        await run(box, "set", name=name, value=Secret(VALUE))
    assert caught.value.code == "secret-name"
    assert not Vault.exists(box.places)


class Pipes:
    """A question on one pipe, and what comes out of the other."""

    def __init__(self, question: object) -> None:
        self.request, writer = os.pipe()
        os.write(writer, question if isinstance(question, bytes) else json.dumps(question).encode())
        os.close(writer)
        self._reader, self.answer_to = os.pipe()

    def said(self) -> bytes:
        os.close(self.answer_to)
        os.close(self.request)
        said = os.read(self._reader, 65536)
        os.close(self._reader)
        return said


def question(*ids: object, provider: str = "lunatui", version: int = 1) -> dict[str, Any]:
    return {"protocolVersion": version, "provider": provider, "ids": list(ids)}


async def asked(box: Appliance, content: object, call: Call = CALL) -> tuple[bytes, LunaError | None]:
    pipes, operation = Pipes(content), find("secrets.resolve")
    try:
        params = operation.params(pipes.answer_to, pipes.request)
        await dispatch(box, operation, params, call)
    except LunaError as error:
        return pipes.said(), error
    return pipes.said(), None


async def test_openclaw_gets_what_its_configuration_refers_to_and_nothing_else(box: Appliance) -> None:
    for name in ("openai", "other"):
        await run(box, "set", name=name, value=Secret(f"{VALUE} {name}"))
    referring(box, "openai", "gone")
    said, error = await asked(box, question("openai", "other", "gone", "openai"))
    assert error is None
    assert json.loads(said) == {
        "protocolVersion": 1,
        "values": {"openai": f"{VALUE} openai"},
        "errors": {"other": {"code": "NOT_ALLOWED"}, "gone": {"code": "NOT_FOUND"}},
    }
    newest = list(box.audit.records())[-1]
    assert (newest["op"], newest["phase"], newest["result"]) == ("secrets.resolve", "note", "answered")
    assert newest["changes"] == ["openai: handed to OpenClaw", "other: refused", "gone: refused"]
    used = {row.name: row.used for row in (await run(box, "list")).secrets}
    assert used["openai"]
    assert not used["other"]
    said, _ = await asked(box, question("openai", provider="another"))
    assert json.loads(said)["values"] == {}


async def test_another_program_under_our_name_gets_nothing(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    referring(box, "openai")
    config = json.loads(box.places.config_path.read_text())
    config["secrets"]["providers"]["lunatui"]["command"] = "/somebody/elses"
    write_config(box.places.user_home, config)
    said, error = await asked(box, question("openai"))
    assert error is None
    assert json.loads(said)["values"] == {}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", question(version=2), question(1), question(provider=7),  # type: ignore[arg-type]
     {"protocolVersion": 1, "provider": "lunatui", "ids": "openai"},
     {"protocolVersion": 1, "provider": "lunatui", "ids": ["x"] * 3000}],
)  # fmt: skip
async def test_what_is_no_question_gets_no_answer(box: Appliance, content: object) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    said, error = await asked(box, content)
    assert (said, getattr(error, "code", "")) == (b"", "secrets-question")


@pytest.mark.parametrize(
    "call", [Call("agent:luna", "cli"), Call("human:rosa", "tui"), Call("human:x", "mcp")]
)
async def test_nobody_but_openclaw_is_answered(box: Appliance, call: Call) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    referring(box, "openai")
    said, error = await asked(box, question("openai"), call)
    assert (said, getattr(error, "code", "")) == (b"", "secrets-for-openclaw")


async def test_a_use_that_cannot_be_recorded_does_not_happen(
    box: Appliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    referring(box, "openai")

    def full(_path: object, _data: bytes) -> None:
        raise OSError(5, "broken")

    monkeypatch.setattr(box.audit, "_disk_write", full)
    said, error = await asked(box, question("openai"))
    assert (said, getattr(error, "code", "")) == (b"", "audit-unavailable")


async def test_nothing_goes_to_a_terminal_or_nowhere(box: Appliance) -> None:
    main, terminal = os.openpty()
    operation = find("secrets.resolve")
    try:
        with pytest.raises(LunaError) as caught:
            await dispatch(box, operation, operation.params(terminal, 0), CALL)
        assert caught.value.code == "secrets-to-terminal"
    finally:
        os.close(terminal)
        os.close(main)
    with pytest.raises(LunaError, match="not open"):
        await dispatch(box, operation, operation.params(terminal, 0), CALL)


async def test_an_earlier_vault_is_noticed_by_the_record_and_accepted_by_a_person(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    files = VaultFiles.of(box.places)
    earlier = files.vault.read_bytes(), files.seen.read_bytes()
    await run(box, "set", name="openai", value=Secret(LATER))
    files.vault.write_bytes(earlier[0])
    files.seen.write_bytes(earlier[1])
    with pytest.raises(LunaError) as caught:
        await run(box, "list")
    assert caught.value.code == "vault-rolled-back"
    status = await run(box, "status")
    assert status.problems == (caught.value.message,)
    assert (await run(box, "accept")).save == 2
    assert value_of(box, "openai") == VALUE
    assert (await run(box, "status")).problems == ()
    assert (await run(box, "accept")).save == 2


async def test_ways_come_and_go_and_one_always_stays(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    added = await run(box, "add-way", way=way("recovery"))
    assert added.ways == ("key-file", "recovery")
    assert len(added.recovery_key) == 34
    assert added.recovery_key not in json.dumps(list(box.audit.records()))
    assert (await run(box, "rotate-master", drop=True)).dropped == ("recovery",)
    with pytest.raises(LunaError) as caught:
        await run(box, "remove-way", way=way("key-file"))
    assert caught.value.code == "vault-last-way"
    assert value_of(box, "openai") == VALUE
    with pytest.raises(LunaError) as caught:
        await run(box, "add-way", way=way("passphrase"))
    assert caught.value.code == "passphrase-needed"
    with pytest.raises(LunaError) as caught:
        await run(box, "add-way", way=way("passphrase"), new=Secret("too short"))
    assert caught.value.code == "passphrase-short"


async def test_a_rotation_says_which_way_it_has_no_secret_of(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    await run(box, "add-way", way=way("recovery"))
    with pytest.raises(LunaError) as caught:
        await run(box, "rotate-master")
    assert caught.value.code == "vault-way-missing"
    assert "recovery" in caught.value.message


def way(name: str) -> Any:
    from appliance.ops.secrets_ways import Way

    return Way(name)


async def test_a_way_to_the_vault_that_is_broken_is_found_and_mended(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    assert (await run(box, "status")).program == "not needed"
    referring(box, "openai", "gone")
    found = await run(box, "status")
    assert found.program == "it is missing"
    assert any("“gone”" in problem for problem in found.problems)
    assert (await run(box, "connect")).written
    shim.path_of(box.places).chmod(0o755)
    assert (await run(box, "status")).program == "its mode is 0755, not 0700"
    assert (await run(box, "connect")).written
    assert not (await run(box, "connect")).written


async def test_a_damaged_vault_is_put_back_from_a_copy(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    await run(box, "set", name="openai", value=Secret(LATER))
    file = VaultFiles.of(box.places).vault
    damaged = file.read_bytes()[:-1]
    file.write_bytes(damaged)
    with pytest.raises(LunaError) as caught:
        await run(box, "list")
    assert caught.value.code == "vault-tampered"
    rows = (await run(box, "copies")).copies
    assert [(row.save, row.secrets) for row in rows] == [(2, "1"), (1, "0")]
    restored = await run(box, "restore", copy=rows[0].id)
    assert (restored.save, restored.names) == (2, ("openai",))
    assert value_of(box, "openai") == VALUE
    assert (await run(box, "status")).problems == ()
    await run(box, "set", name="openai", value=Secret(LATER))
    kept = [path for path in VaultFiles.of(box.places).ring.iterdir() if path.name.startswith("damaged-")]
    assert [path.read_bytes() for path in kept] == [damaged]
    with pytest.raises(LunaError) as caught:
        await run(box, "restore", copy="nothing")
    assert caught.value.code == "vault-copy-unknown"
    ring = VaultFiles.of(box.places).ring
    (ring / f"{rows[1].id}.lunatui").write_bytes(b"no vault")
    with pytest.raises(LunaError) as caught:
        await run(box, "restore", copy=rows[1].id)
    assert caught.value.code == "vault-copy-closed"


async def test_a_box_without_a_key_file_asks_for_its_passphrase(
    box: Appliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    phrase = Secret("four plain words here")
    monkeypatch.setattr(ciphers, "USUAL", (Kdf.ARGON2ID, (64 * 1024, 3, 4)))
    monkeypatch.setattr(ciphers, "_seconds", lambda *_: 0.5)
    await run(box, "set", name="openai", value=Secret(VALUE), passphrase=phrase)
    await run(box, "remove-way", way=way("key-file"))
    with pytest.raises(LunaError) as caught:
        await run(box, "list")
    assert caught.value.code == "vault-locked"
    (row,) = (await run(box, "list", passphrase=phrase)).secrets
    assert row.name == "openai"
    status = await run(box, "status", passphrase=phrase)
    assert status.opened_by == "passphrase"
    assert "keeps out everybody who does not know it" in status.ways[0]
    for code in ("vault-wrong-key", "vault-wait"):
        with pytest.raises(LunaError) as caught:
            await run(box, "list", passphrase=Secret("four other words here"))
        assert caught.value.code == code
    newest = list(box.audit.records())[-1]
    assert (newest["op"], newest["phase"]) == ("secrets.unlock", "refusal")
