"""Throw-away boxes for the tests of agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.places import Places
from tests.unit.appliance.agents.boxes import Box, box_with

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """An empty home with nothing in it yet."""
    return Places.from_environment({"HOME": str(tmp_path), "LUNATUI_HOME": str(tmp_path / "ours")})


@pytest.fixture
def box(places: Places) -> Box:
    """A box whose config has a Gateway and nothing else."""
    return box_with(places, {"gateway": {"mode": "local"}})
