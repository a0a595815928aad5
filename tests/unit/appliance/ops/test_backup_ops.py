"""The verbs of `backup` on a box without an engine: made, checked, put back, kept up and taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.api import Appliance
from appliance.backup import schedule
from appliance.backup.keys import key_path
from appliance.backup.shelf import Shelf
from appliance.errors import Invalid, LunaError, NotFound, Refused, Usage
from appliance.ops import backup_drill
from appliance.ops.backup import LIST, VERIFY, OneArchive
from appliance.ops.backup_create import CREATE, CreateBackup
from appliance.ops.backup_drill import DRILL, DrillBackup
from appliance.ops.backup_restore import RESTORE, RestoreBackup
from appliance.ops.backup_upkeep import DUE, PRUNE, SETTINGS, SetBackups
from appliance.ops.core import Call, Event, Nothing, Verdict
from appliance.ops.dispatch import dispatch, plan
from appliance.ops.undo import LAST
from appliance.places import Places
from appliance.secret import Secret


async def yes(_question: str) -> bool:
    return True


ROSA = Call("human:rosa", "cli", consent=yes)
WORDS = "a café by the harbour"


def box_in(home: Path) -> Appliance:
    env = {"HOME": str(home), "LUNATUI_ENGINE_DIR": str(home / "none"), "PATH": str(home)}
    return Appliance(Places.from_environment(env), env, linger=False)


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    """A box that has settings of ours and no engine yet."""
    made = box_in(tmp_path / "home")
    made.places.home.mkdir(parents=True, mode=0o700)
    (made.places.home / "settings.toml").write_text("x = 1\n")
    return made


async def test_one_is_made_listed_checked_and_said_on_the_way(box: Appliance) -> None:
    told: list[Event] = []
    call = Call("human:rosa", "cli", told.append)
    made = await dispatch(box, CREATE, CreateBackup(), call)
    assert key_path(box.places).exists()
    assert str(key_path(box.places)) in made.key_note
    assert {event.data.get("phase") for event in told if event.kind == "progress"} >= {"write", "check"}
    found = await dispatch(box, LIST, Nothing(), call)
    assert [item.id for item in found.archives] == [made.archive.id]
    assert found.archives[0].verified
    checked = await dispatch(box, VERIFY, OneArchive(), call)
    assert str(box.places.home / "settings.toml") in checked.parts


async def test_a_dry_run_makes_nothing(box: Appliance) -> None:
    before = sorted(box.places.home.rglob("*"))
    assert (await plan(box, CREATE, CreateBackup(), ROSA)).changes
    assert sorted(box.places.home.rglob("*")) == before


async def test_an_archive_on_another_disk_makes_a_new_box(box: Appliance, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    made = await dispatch(box, CREATE, CreateBackup(str(disk), Secret(WORDS)), ROSA)
    assert not key_path(box.places).exists()
    other = box_in(tmp_path / "new-mac")
    where = RestoreBackup(made.archive.path, Secret(WORDS))
    assert (await plan(other, RESTORE, where, ROSA)).changes
    assert not other.places.home.exists()
    with pytest.raises(Usage):
        await plan(other, RESTORE, RestoreBackup(made.archive.path), ROSA)
    with pytest.raises(Invalid):
        await plan(other, RESTORE, RestoreBackup(made.archive.path, Secret("quite another one")), ROSA)
    with pytest.raises(Refused):
        await dispatch(other, RESTORE, where, Call("human:rosa", "cli"))
    with pytest.raises(Refused):
        await dispatch(other, RESTORE, where, Call("agent:luna", "mcp", consent=yes))
    done = await dispatch(other, RESTORE, where, ROSA)
    assert not done.running
    assert (other.places.home / "settings.toml").read_text() == "x = 1\n"
    await dispatch(other, LAST, Nothing(), ROSA)
    assert not (other.places.home / "settings.toml").exists()


async def test_a_folder_that_is_not_there_or_is_backed_up_itself_is_refused(box: Appliance) -> None:
    for folder, code in (("/no/such", "backup-no-folder"), (str(box.places.home), "folder-inside")):
        with pytest.raises(LunaError) as caught:
            await plan(box, CREATE, CreateBackup(folder), ROSA)
        assert caught.value.code == code


async def test_a_damaged_archive_is_marked_on_the_list(box: Appliance) -> None:
    made = await dispatch(box, CREATE, CreateBackup(), ROSA)
    _spoil(Path(made.archive.path))
    with pytest.raises(Invalid):
        await dispatch(box, VERIFY, OneArchive(made.archive.id), ROSA)
    (item,) = (await dispatch(box, LIST, Nothing(), ROSA)).archives
    assert item.problem
    assert not item.verified


async def test_what_is_due_is_made_once_and_old_ones_go(box: Appliance) -> None:
    await dispatch(box, SETTINGS, SetBackups(last=1, weekly=0, prove_days=0), ROSA)
    first = (await dispatch(box, DUE, Nothing(), ROSA)).created
    assert first is not None
    again = await dispatch(box, DUE, Nothing(), ROSA)
    assert again.created is None
    assert DUE.verdict(again) is Verdict.DONE
    _made_ago(box, first.id, days=2)
    second = await dispatch(box, DUE, Nothing(), Call("monitor", "cli"))
    assert second.created is not None
    assert second.removed == (first.path,)
    assert not _there(first.path)


async def test_a_missing_disk_costs_the_place_and_not_the_backup(box: Appliance) -> None:
    await dispatch(box, SETTINGS, SetBackups(folder="/no/such/disk", prove_days=0), ROSA)
    done = await dispatch(box, DUE, Nothing(), ROSA)
    assert done.created is not None
    assert Path(done.created.path).is_relative_to(box.places.home)
    assert "/no/such/disk" in done.problems[0]
    assert DUE.verdict(done) is Verdict.FINDINGS, "cron hears of it"


async def test_a_proof_that_cannot_be_made_costs_no_backup(box: Appliance) -> None:
    done = await dispatch(box, DUE, Nothing(), ROSA)
    assert done.created is not None
    assert done.proven == ""
    assert done.problems


async def test_pruning_asks_and_takes_only_what_the_schedule_keeps_no_longer(
    box: Appliance, tmp_path: Path
) -> None:
    (tmp_path / "disk").mkdir()
    elsewhere = await dispatch(box, CREATE, CreateBackup(str(tmp_path / "disk")), ROSA)
    made = [await dispatch(box, CREATE, CreateBackup(), ROSA) for _ in range(3)]
    for days, item in enumerate(made):
        _made_ago(box, item.archive.id, days=days / 24)
    await dispatch(box, SETTINGS, SetBackups(last=1, weekly=0), ROSA)
    with pytest.raises(Refused):
        await dispatch(box, PRUNE, Nothing(), Call("human:rosa", "cli"))
    gone = await dispatch(box, PRUNE, Nothing(), ROSA)
    assert len(gone.removed) == 2
    assert _there(made[0].archive.path)
    assert _there(elsewhere.archive.path)
    assert (await plan(box, PRUNE, Nothing(), ROSA)).changes == ()


async def test_the_schedule_is_taken_back(box: Appliance) -> None:
    await dispatch(box, SETTINGS, SetBackups(at="04:15", last=3), ROSA)
    assert schedule.read_schedule(box.places).at == "04:15"
    await dispatch(box, LAST, Nothing(), ROSA)
    assert schedule.read_schedule(box.places) == schedule.Schedule()


async def test_a_proof_is_refused_before_anything_is_unpacked(
    box: Appliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dispatch(box, CREATE, CreateBackup(), ROSA)
    with pytest.raises(NotFound):
        await plan(box, DRILL, DrillBackup(), ROSA)
    monkeypatch.setattr(Appliance, "engine", lambda _box: None)
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": 1 << 30})())
    with pytest.raises(LunaError) as caught:
        await plan(box, DRILL, DrillBackup(), ROSA)
    assert caught.value.code == "memory-short"
    assert not (box.places.home / "drill").exists()


async def test_an_archive_without_a_shop_cannot_be_proven_and_leaves_nothing(
    box: Appliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await dispatch(box, CREATE, CreateBackup(), ROSA)
    monkeypatch.setattr(Appliance, "engine", lambda _box: None)
    monkeypatch.setattr("appliance.backup.drill.MEMORY", 0)
    with pytest.raises(LunaError) as caught:
        await dispatch(box, DRILL, DrillBackup(made.archive.id), ROSA)
    assert caught.value.code == "proof-failed"
    assert list((box.places.home / "drill").iterdir()) == []
    assert Shelf(box.places).find("newest").problem


def test_a_scratch_home_of_a_dead_process_is_known_by_its_name(tmp_path: Path) -> None:
    for name in ("999999999-abc", "1-abc", "notes"):
        (tmp_path / name).mkdir()
    assert [path.name for path in backup_drill._left(tmp_path)] == ["999999999-abc"]


def _spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)


def _there(path: str) -> bool:
    return Path(path).exists()


def _made_ago(box: Appliance, archive_id: str, *, days: float) -> None:
    from dataclasses import replace

    store = Shelf(box.places)
    moment = datetime.now(UTC) - timedelta(days=days)
    store.note(replace(store.find(archive_id), created=moment.isoformat(timespec="seconds")))
