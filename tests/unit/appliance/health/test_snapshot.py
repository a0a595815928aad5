"""What was known of the open shop stays known when it is closed, with its age."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.errors import LunaError
from appliance.health.models import Glance, Staff, Today, Trouble
from appliance.health.snapshot import keep, recall, remembering, snapshot_path
from appliance.places import Places

if TYPE_CHECKING:
    from pathlib import Path

OPEN = Glance(
    "open", 100.0, "Café Rosa", (Staff("luna", "Luna"),), ("whatsapp",), "2026.9.6", 100.0, "openai/gpt",
    "OpenAI", 90.0, 80.0, None, Today("2026-11-20", 3), 200.0, 200.0,
)  # fmt: skip
CLOSED = Glance(
    "closed", 300.0, "", (), (), "2026.9.6", None, "", "", None, None,
    Trouble("config-syntax", "It is damaged.", "Repair it."), None, 400.0,
)  # fmt: skip


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.from_environment({"HOME": str(tmp_path), "LUNATUI_HOME": str(tmp_path / "ours")})


def test_nothing_is_known_at_first(places: Places) -> None:
    assert recall(places) is None
    assert remembering(CLOSED, None) == CLOSED


def test_the_last_open_shop_comes_back_whole_and_private(places: Places) -> None:
    keep(places, OPEN)
    assert snapshot_path(places).stat().st_mode & 0o777 == 0o600
    known = recall(places)
    assert known
    assert replace(known, last_open=200.0) == OPEN


def test_the_same_facts_are_not_written_again_but_their_age_is_known(places: Places) -> None:
    keep(places, OPEN)
    path = snapshot_path(places)
    first = path.stat()
    keep(places, replace(OPEN, checked_at=500.0, last_open=500.0, up_since=101.0))
    assert path.stat().st_ino == first.st_ino
    known = recall(places)
    assert known
    assert known.last_open == 500.0
    keep(places, replace(OPEN, model="openai/other"))
    assert path.stat().st_ino != first.st_ino


def test_a_closed_shop_shows_what_was_known_and_says_so(places: Places) -> None:
    keep(places, OPEN)
    os.utime(snapshot_path(places), (250.0, 250.0))
    shown = remembering(CLOSED, recall(places))
    assert (shown.state, shown.last_open) == ("closed", 250.0)
    assert (shown.business, shown.model, shown.today) == ("Café Rosa", "openai/gpt", OPEN.today)
    assert set(shown.remembered) == {"business", "agents", "channels", "model", "provider", "today"}
    assert shown.trouble == CLOSED.trouble


@pytest.mark.parametrize("text", ["", "[]", "{", '{"agents": 3}', '{"agents": [], "today": null}'])
def test_a_file_that_is_not_ours_is_no_memory(places: Places, text: str) -> None:
    places.home.mkdir()
    snapshot_path(places).write_text(text)
    assert recall(places) is None
    keep(places, OPEN)
    assert recall(places) is not None


def test_a_home_that_cannot_be_written_is_said(places: Places) -> None:
    places.home.write_text("in the way")
    with pytest.raises(LunaError):
        keep(places, OPEN)
