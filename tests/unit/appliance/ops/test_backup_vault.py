"""An archive and the vault: a restore takes the vault back in time and says so; nobody else may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.audit.events import VAULT_STATE
from appliance.backup import swap
from appliance.errors import Note
from appliance.ops.backup_create import CREATE, CreateBackup
from appliance.ops.backup_restore import RESTORE, RestoreBackup
from appliance.ops.dispatch import dispatch, plan
from appliance.recovery import begin
from appliance.secret import Secret
from appliance.vault.faults import RolledBack
from appliance.vault.files import VaultFiles
from tests.fakes.box import make_box
from tests.unit.appliance.ops.vaults import CALL, LATER, VALUE, run, undo, value_of

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    """One without an engine, so that an archive holds what is ours."""
    made = make_box(tmp_path)
    made.places.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (made.places.home / "settings.toml").write_text("x = 1\n")
    return made


async def archived(box: Appliance) -> RestoreBackup:
    return RestoreBackup((await dispatch(box, CREATE, CreateBackup(), CALL)).archive.id)


async def changed_after_an_archive(box: Appliance) -> RestoreBackup:
    await run(box, "set", name="openai", value=Secret(VALUE))
    await run(box, "set", name="old", value=Secret(VALUE))
    archive = await archived(box)
    await run(box, "set", name="openai", value=Secret(LATER))
    await run(box, "set", name="mail", value=Secret(LATER))
    return archive


async def names(box: Appliance) -> list[str]:
    return [secret.name for secret in (await run(box, "list")).secrets]


async def notes(box: Appliance, archive: RestoreBackup) -> dict[str, dict[str, str]]:
    found = (await plan(box, RESTORE, archive, CALL)).warnings
    return {note.code: dict(note.facts) for note in found if isinstance(note, Note)}


async def test_the_preview_names_what_the_vault_loses(box: Appliance) -> None:
    archive = await changed_after_an_archive(box)
    told = await notes(box, archive)
    assert told["restore-keys-go"] == {"names": "mail"}
    assert told["restore-keys-older"] == {"names": "openai"}
    await dispatch(box, RESTORE, archive, CALL)
    assert not {"restore-keys-go", "restore-keys-older"} & set(await notes(box, archive))


async def test_where_the_vault_is_locked_the_preview_says_that_it_cannot_tell(box: Appliance) -> None:
    archive = await changed_after_an_archive(box)
    VaultFiles.of(box.places).key_file.unlink()
    assert "restore-keys-unknown" in await notes(box, archive)


async def test_the_vault_of_the_archive_opens_after_the_restore(box: Appliance) -> None:
    archive = await changed_after_an_archive(box)
    await dispatch(box, RESTORE, archive, CALL)
    assert await names(box) == ["old", "openai"]
    assert value_of(box, "openai") == VALUE
    (state,) = [record for record in box.audit.newest(3) if record["op"] == VAULT_STATE]
    assert (state["generation"], state["result"]) == (3, "save 3, put there by backup.restore")
    await run(box, "set", name="new", value=Secret(VALUE))
    assert await names(box) == ["new", "old", "openai"]


async def test_taking_the_restore_back_brings_the_keys_back(box: Appliance) -> None:
    await dispatch(box, RESTORE, await changed_after_an_archive(box), CALL)
    await undo(box)
    assert await names(box) == ["mail", "old", "openai"]
    assert value_of(box, "openai") == LATER


async def test_one_who_swaps_the_file_after_a_restore_is_noticed(box: Appliance) -> None:
    vault = VaultFiles.of(box.places).vault
    await run(box, "set", name="first", value=Secret(VALUE))
    earliest = vault.read_bytes()
    await dispatch(box, RESTORE, await changed_after_an_archive(box), CALL)
    restored = vault.read_bytes()
    vault.write_bytes(earliest)
    with pytest.raises(RolledBack):
        await run(box, "list")
    vault.write_bytes(restored)
    await run(box, "set", name="new", value=Secret(VALUE))
    vault.write_bytes(restored)
    with pytest.raises(RolledBack):
        await run(box, "list")


async def test_a_restore_that_the_next_start_ends_leaves_a_vault_that_opens(
    box: Appliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = await changed_after_an_archive(box)

    def cut_off(_self: swap.Swaps, _plan: swap.SwapPlan) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(swap.Swaps, "_move_all", cut_off)
        with pytest.raises(KeyboardInterrupt):
            await dispatch(box, RESTORE, archive, CALL)
    begin(box, "cli")
    assert await names(box) == ["old", "openai"]


async def test_an_archive_from_before_the_vault_leaves_it_as_it_is(box: Appliance) -> None:
    box.places.identity_dir.mkdir(parents=True, mode=0o700)
    (box.places.identity_dir / "note").write_text("x")
    archive = await archived(box)
    await run(box, "set", name="openai", value=Secret(VALUE))
    assert not [code for code in await notes(box, archive) if code.startswith("restore-keys")]
    await dispatch(box, RESTORE, archive, CALL)
    assert value_of(box, "openai") == VALUE
    assert await names(box) == ["openai"]
    await undo(box)
    assert value_of(box, "openai") == VALUE
