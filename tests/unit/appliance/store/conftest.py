"""Throw-away boxes for the tests of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.places import Places
from appliance.store.config import ConfigStore

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = b"""// the shop's own file
{
  // where it listens
  gateway: { mode: 'local', port: 18789 }, // loopback
  "agents": {
    "ownership": "explicit",
    "entries": {
      "luna": { "name": "Luna" },
      "desk": { "name": "Desk" }
    }
  },
  bindings: [
    { agentId: "luna", match: { channel: "telegram" } },
  ],
  channels: { telegram: { dmPolicy: "pairing" } },
  messages: {
    responsePrefix: "hi", // greeting
  },
}
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A home with nothing in it yet."""
    return Places.from_environment({"HOME": str(tmp_path), "LUNATUI_HOME": str(tmp_path / "ours")})


@pytest.fixture
def store(places: Places) -> ConfigStore:
    """The configuration of a box that has a commented file."""
    places.state_dir.mkdir(mode=0o700)
    places.config_path.touch(mode=0o600)
    places.config_path.write_bytes(CONFIG)
    return ConfigStore(places, env={})
