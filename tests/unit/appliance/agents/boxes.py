"""A real config file and journal on which plans for agents are carried out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from appliance.places import Places, private_dir
from appliance.store.config import ConfigStore
from appliance.store.journal import Journal, JournalResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.agents.service import Plan
    from appliance.store.edits import Edit


@dataclass
class Box:
    """One throw-away box; every plan goes through the journal and the store."""

    places: Places

    @property
    def store(self) -> ConfigStore:
        return ConfigStore(self.places, env={})

    @property
    def config(self) -> dict[str, Any]:
        """The config as it stands in the file, a copy of one's own."""
        return cast("dict[str, Any]", json.loads(json.dumps(self.store.read().value)))

    def edit(self, edits: Sequence[Edit]) -> None:
        self.store.save(self.store.prepare(edits), operation="test")

    def carry_out(self, plan: Plan) -> JournalResult:
        result = Journal(self.places, self.store).run("test", plan.steps, actor="test")
        assert result.kept == ()
        return result

    def in_trash(self, name: str) -> Path:
        """The one thing of that name that was thrown away."""
        (found,) = self.places.trash_dir.glob(f"*/*-{name}")
        return found


def box_with(places: Places, config: dict[str, Any]) -> Box:
    """A box with that config."""
    private_dir(places.state_dir)
    places.config_path.write_text(json.dumps(config, indent=2))
    places.config_path.chmod(0o600)
    return Box(places)
