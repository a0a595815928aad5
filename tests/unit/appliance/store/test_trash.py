"""The trash keeps what was moved away for 30 days, and touches nothing that is not its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.errors import LunaError
from appliance.store.plans import entry_name
from appliance.store.trash import expired, remove

DAY = 24 * 3600
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def entry(trash: Path, days: float) -> Path:
    """Something that was moved to the trash so many days ago."""
    path = trash / f"{NOW - timedelta(days=days):%Y%m%dT%H%M%S%fZ}-0123abcd"
    (path / "0000-cakes").mkdir(parents=True)
    (path / "0000-cakes" / "SOUL.md").write_text("gentle")
    return path


def test_only_what_is_older_than_30_days_is_over(tmp_path: Path) -> None:
    fresh, last, over, ahead = (entry(tmp_path, days) for days in (0, 29.9, 30.1, -400))
    (tmp_path / "20200101T000000000000Z-notours").mkdir()
    (tmp_path / "99999999T000000000000Z-0123abcd").mkdir()
    (tmp_path / "mine").mkdir()
    expired(tmp_path, (NOW - timedelta(days=1)).timestamp())
    assert expired(tmp_path, NOW.timestamp()) == (over,)
    assert expired(tmp_path / "none") == ()
    assert fresh.exists() is last.exists() is ahead.exists() is True


def test_the_names_are_those_of_the_journal(tmp_path: Path) -> None:
    path = tmp_path / entry_name()
    path.mkdir()
    assert expired(tmp_path) == ()
    later = datetime.now(UTC).timestamp() + 31 * DAY
    assert [expired(tmp_path, later + days * DAY) for days in (-2, 0)] == [(), (path,)]


def test_what_came_while_the_clock_was_years_behind_is_kept_for_its_days(tmp_path: Path) -> None:
    behind, usual = entry(tmp_path, 4000), entry(tmp_path, 29)
    now = NOW.timestamp()
    assert expired(tmp_path, now - 4000 * DAY) == ()
    assert [expired(tmp_path, now + days * DAY) for days in (0, 1)] == [(), ()]
    assert expired(tmp_path, now + 2 * DAY) == (usual,)
    assert remove(usual) == ""
    assert [expired(tmp_path, now + days * DAY) for days in range(3, 31)] == [()] * 28
    assert expired(tmp_path, now + 30.1 * DAY) == (behind,)
    assert remove(behind) == ""
    assert [path.name for path in tmp_path.iterdir()] == ["looked"]


def test_a_clock_that_falls_behind_at_each_start_keeps_nothing_for_ever(tmp_path: Path) -> None:
    """As on a box without a battery for its clock."""
    path = entry(tmp_path, 10_000)
    now = NOW.timestamp()
    for days in range(31):
        assert expired(tmp_path, now - (10_000 - days) * DAY) == ()
        assert expired(tmp_path, now + days * DAY) == ()
    assert expired(tmp_path, now + 31 * DAY) == (path,)


def test_where_it_cannot_be_noted_nothing_goes(tmp_path: Path) -> None:
    entry(tmp_path, 400)
    (tmp_path / "looked").symlink_to(tmp_path / "none" / "none")
    with pytest.raises(LunaError):
        expired(tmp_path, NOW.timestamp())


def test_removing_follows_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    over = entry(tmp_path / "trash", 40)
    (over / "0000-cakes" / "link").symlink_to(outside)
    assert remove(over) == ""
    assert not over.exists()
    assert (outside / "kept").exists()
    assert remove(over) == ""


def test_what_cannot_be_removed_is_said(tmp_path: Path) -> None:
    odd = tmp_path / "file"
    odd.write_text("x")
    assert "stays in the trash" in remove(odd)


def test_a_trash_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "trash").write_text("no folder")
    with pytest.raises(LunaError):
        expired(tmp_path / "trash")
