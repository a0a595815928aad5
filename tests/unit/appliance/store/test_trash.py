"""The trash keeps what was moved away for 30 days, and touches nothing that is not its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.errors import LunaError
from appliance.store.plans import entry_name
from appliance.store.trash import expired, remove

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
    assert expired(tmp_path, NOW.timestamp()) == (over,)
    assert expired(tmp_path / "none") == ()
    assert fresh.exists() is last.exists() is ahead.exists() is True


def test_the_names_are_those_of_the_journal(tmp_path: Path) -> None:
    path = tmp_path / entry_name()
    path.mkdir()
    assert expired(tmp_path) == ()
    later = datetime.now(UTC).timestamp() + 31 * 24 * 3600
    assert expired(tmp_path, later) == (path,)


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
