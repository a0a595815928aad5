"""When a backup is due, which stay, and what is known of each."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from appliance.backup.drill import QUIET, refuse_short_memory, scratch_config
from appliance.backup.schedule import (
    Schedule,
    backup_due,
    last_slot,
    overdue,
    proof_due,
    read_schedule,
    schedule_path,
    write_schedule,
)
from appliance.backup.shelf import Kept, Shelf, archives_dir, at_work, surplus
from appliance.errors import Conflict, Invalid, LunaError, NotFound, Usage
from appliance.places import Places
from tests.unit.appliance.backup.conftest import MakeArchive

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def kept(days: float, *, proven: bool = False, number: int = 0) -> Kept:
    made = (NOON - timedelta(days=days)).isoformat(timespec="seconds")
    name = f"{int(days * 100):05d}{number}"
    return Kept(name, f"/x/{name}", made, key="key-file", verified=made, proven=made if proven else "")


def test_a_backup_is_due_when_its_hour_has_passed_without_one() -> None:
    plan = Schedule(at="03:30")
    assert last_slot(plan, NOON) == NOON.replace(hour=3, minute=30)
    assert last_slot(plan, NOON.replace(hour=2)) == (NOON - timedelta(days=1)).replace(hour=3, minute=30)
    assert backup_due(plan, [], NOON)
    assert backup_due(plan, [kept(1)], NOON)
    assert not backup_due(plan, [kept(0.1)], NOON)
    assert not backup_due(Schedule(daily=False), [], NOON)


def test_a_clock_put_back_makes_none_due() -> None:
    assert not backup_due(Schedule(), [kept(-400)], NOON)
    assert not overdue(Schedule(), [kept(-400)], NOON)


def test_overdue_is_later_than_due() -> None:
    assert not overdue(Schedule(), [kept(1)], NOON)
    assert overdue(Schedule(), [kept(1.1)], NOON)
    assert not overdue(Schedule(), [], NOON)  # a new box has none; the box line says so


def test_a_proof_is_due_after_its_days() -> None:
    assert not proof_due(Schedule(), [], NOON)
    assert proof_due(Schedule(), [kept(1)], NOON)
    assert not proof_due(Schedule(), [kept(1), kept(3, proven=True)], NOON)
    assert proof_due(Schedule(), [kept(1), kept(8, proven=True)], NOON)
    assert not proof_due(Schedule(prove_days=0), [kept(1)], NOON)


def test_the_newest_and_one_of_each_week_stay_and_the_newest_proven() -> None:
    every = [kept(day, proven=day == 90) for day in range(100)]
    gone = {item.id for item in surplus(every, 7, 4)}
    stays = [item for item in every if item.id not in gone]
    assert every[:7] == stays[:7]
    assert len(stays) <= 7 + 4 + 1
    assert any(item.proven for item in stays)
    assert not surplus(every[:7], 7, 0)


@pytest.mark.parametrize(
    "fields", [{"at": "25:00"}, {"at": "3:30"}, {"last": 0}, {"weekly": -1}, {"folder": "x"}]
)
def test_a_schedule_that_makes_no_sense_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(Usage):
        Schedule(**fields)  # type: ignore[arg-type]


def test_a_schedule_is_kept_and_a_damaged_one_said(places: Places) -> None:
    assert read_schedule(places) == Schedule()
    write_schedule(places, Schedule(at="04:00", folder="/Volumes/Säfe"))
    assert read_schedule(places) == Schedule(at="04:00", folder="/Volumes/Säfe")
    for text in ("at = ", "wrong = 1", 'at = "x"'):
        schedule_path(places).write_text(text)
        with pytest.raises(Invalid) as caught:
            read_schedule(places)
        assert caught.value.code == "backup-settings"


def test_the_shelf_knows_what_it_made_and_finds_what_lies_there(
    make_archive: MakeArchive, places: Places
) -> None:
    shelf = Shelf(places)
    assert [item.id for item in shelf.list()] == ["?old.lunabackup"]
    (archives_dir(places) / "old.lunabackup").unlink()
    with pytest.raises(NotFound):
        shelf.find("newest")
    written = make_archive()
    shelf.note_written(written)
    assert shelf.find(written.id[:8]).path == str(written.path)
    assert shelf.find(str(written.path)).verified
    other = archives_dir(places) / "copy.lunabackup"
    other.write_bytes(written.path.read_bytes())
    assert {item.path for item in shelf.list()} == {str(written.path), str(other)}
    written.path.unlink()
    assert not next(item for item in shelf.list() if item.path == str(written.path)).there
    (places.backups_dir / "archives.json").write_text("{")
    assert [item.path for item in shelf.list()] == [str(other)]


def test_what_dead_processes_left_is_swept_and_nothing_else(places: Places) -> None:
    folder = archives_dir(places)
    dead = folder / ".a.lunabackup.lunatui.999999999.0123456789ab"
    alive = folder / f".a.lunabackup.lunatui.{os.getpid()}.0123456789ab"
    for path in (dead, alive):
        path.write_text("")
    Shelf(places).sweep()
    assert not dead.exists()
    assert alive.exists()
    assert (folder / "old.lunabackup").exists()


def test_one_backup_at_a_time(places: Places) -> None:
    with at_work(places), pytest.raises(Conflict), at_work(places):
        pass
    with at_work(places):
        pass


def test_a_scratch_shop_holds_nothing_that_reaches_out() -> None:
    restored = {
        "channels": {"whatsapp": {"enabled": True}},
        "models": {"providers": {"openai": {"apiKey": "k", "baseUrl": "https://api.openai.com"}}},
        "env": {"vars": {"OPENAI_API_KEY": "k"}},
        "mcp": {"servers": {"x": {"command": "curl"}}},
        "hooks": {"enabled": True},
        "secrets": {"providers": {"v": {"command": "/bin/x"}}},
        "plugins": {"entries": {"slack": {"enabled": True}}},
        "tools": {"exec": {"security": "full"}},
        "gateway": {"bind": "lan", "remote": {"url": "wss://example.org"}},
        "agents": {
            "ownership": "explicit",
            "defaults": {
                "model": {"primary": "openai/gpt-5"},
                "workspace": "/s/ws",
                "heartbeat": {"every": "1m"},
                "sandbox": {"mode": "all"},
                "systemAgent": {"agentId": "luna"},
            },
            "entries": {
                "luna": {"name": "Luna", "model": "openai/gpt-5", "workspace": "/s/luna", "runtime": {}}
            },
        },
    }
    text = scratch_config(restored, 4000, "t" * 48, "http://127.0.0.1:5000/v1")
    words = text.decode()
    for word in (
        "openai.com",
        "whatsapp",
        "curl",
        "example.org",
        "heartbeat",
        "sandbox",
        "slack",
        "gpt-5",
        "exec",
    ):
        assert word not in words
    for word in ('"luna"', "/s/luna", "/s/ws", "systemAgent", '"deny"'):
        assert word in words
    assert QUIET["OPENCLAW_SKIP_CHANNELS"] == QUIET["OPENCLAW_SKIP_CRON"] == "1"
    assert QUIET["OPENCLAW_DISABLE_BONJOUR"] == "1"


def test_a_scratch_shop_takes_over_a_list_of_staff() -> None:
    text = scratch_config({"agents": {"list": [{"id": "luna", "model": "x"}, 5]}}, 1, "t", "u").decode()
    assert '"luna"' in text
    assert '"x"' not in text
    assert scratch_config({"agents": None}, 1, "t", "u")


def test_a_proof_is_refused_where_memory_is_short() -> None:
    refuse_short_memory(4 << 30)
    with pytest.raises(LunaError) as caught:
        refuse_short_memory(1 << 30)
    assert caught.value.code == "memory-short"
    assert caught.value.facts == {"free": "1024", "needed": "1792"}
