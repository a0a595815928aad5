"""The verbs of the vault: values go in, are handed to OpenClaw alone, and can be had back for a day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError, Refused
from appliance.ops.dispatch import plan
from appliance.ops.registry import find
from appliance.secret import Secret
from appliance.vault import ciphers
from appliance.vault.files import VaultFiles
from appliance.vault.layout import Kdf
from appliance.vault.vault import Vault
from tests.unit.appliance.ops.vaults import (
    CALL,
    LATER,
    VALUE,
    box_in,
    referring,
    run,
    undo,
    value_of,
    write_config,
)

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    return box_in(tmp_path)


async def test_a_box_without_a_vault_is_left_without(box: Appliance) -> None:
    files = VaultFiles.of(box.places)
    assert (await run(box, "list")).secrets == ()
    assert (await run(box, "status")).vault == "none yet"
    operation = find("secrets.set")
    planned = await plan(box, operation, operation.params("openai", Secret(VALUE)), CALL)
    assert [change.target for change in planned.changes] == ["vault", "secret openai"]
    assert not any(path.exists() for path in (files.vault.parent, files.key_file, files.ring, files.seen))


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
    key = Secret(added.recovery_key.lower())
    assert (await run(box, "rotate-master", passphrase=key)).ways == ("key-file", "recovery")
    VaultFiles.of(box.places).key_file.rename(box.places.home / "away")
    assert len((await run(box, "list", passphrase=key)).secrets) == 1
    (box.places.home / "away").rename(VaultFiles.of(box.places).key_file)
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


async def test_a_way_that_openclaw_needs_is_not_taken_away_unsaid(box: Appliance) -> None:
    """Its next start would find the vault closed; a warning would come after the yes."""
    await run(box, "set", name="openai", value=Secret(VALUE))
    await run(box, "add-way", way=way("recovery"))
    operation = find("secrets.remove-way")
    params = operation.params(way("key-file"))
    assert (await plan(box, operation, params, CALL)).changes
    referring(box, "openai")
    with pytest.raises(Refused, match="openai") as caught:
        await run(box, "remove-way", way=way("key-file"))
    assert caught.value.code == "vault-needs-key-file"
    assert (await run(box, "remove-way", way=way("recovery"))).ways == ("key-file",)


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
    config = json.loads(box.places.config_path.read_text())
    entry = {"baseUrl": "http://127.0.0.1:9/v1", "api": "openai-completions", "apiKey": "x", "models": []}
    write_config(box.places.user_home, {**config, "models": {"providers": {"office": entry}}})
    with pytest.raises(LunaError) as caught:
        await run(box, "use", provider="office", passphrase=phrase)
    assert caught.value.code == "vault-needs-key-file"
    locked = await run(box, "status")
    assert (locked.opened_by, locked.ways) == ("", status.ways)
    assert locked.problems[0].startswith("The vault is locked")
    for code in ("vault-wrong-key", "vault-wait"):
        with pytest.raises(LunaError) as caught:
            await run(box, "list", passphrase=Secret("four other words here"))
        assert caught.value.code == code
    # The edit above is noticed as somebody else's when it is old enough, which may be now.
    newest = [record for record in box.audit.records() if record["op"] != "outside.change"][-1]
    assert (newest["op"], newest["phase"]) == ("secrets.unlock", "refusal")
