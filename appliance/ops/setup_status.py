"""`setup.status`: how far the box is; asked at every start, so it loads little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Invalid
from appliance.ops.core import Call, Nothing, Operation, Risk
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.places import Places


@dataclass(frozen=True)
class SetupState:
    """How far the box is, from files alone."""

    finished: bool
    """Setup was completed once and there is a default model, or was before another program took it out."""
    engine: str
    """Release of the engine; empty when there is none."""
    default_model: str
    agents: tuple[str, ...]
    last_run: str
    """When setup was last completed, UTC; empty when never."""
    left_at: str = ""
    """Stage and question at which the wizard was left (`brain/key`); empty when nothing waits there."""


async def status(box: Appliance, _params: Nothing, _call: Call) -> SetupState:
    """Look at the files; nothing is asked over the network."""
    from appliance.agents.roster import roster
    from appliance.providers.listing import default_model
    from appliance.store.edits import MISSING, lookup

    value = box.config.read().value
    engine, model = box.find_engine(), default_model(value)
    last_run = lookup(value, ("wizard", "lastRunAt"))
    when = "" if last_run is MISSING else str(last_run)
    version = engine.version if engine else ""
    staff = tuple(roster(value, box.places))
    finished = bool(when and model) or bool(box.history.open_losses())
    return SetupState(finished, version, model, staff, when, left_at(box.places))


def left_at(places: Places) -> str:
    """The stage and question at which the wizard was left; empty when nothing waits there."""
    from appliance.profile.draft import STAGES, read_draft

    try:
        draft = read_draft(places)
    except Invalid:
        return STAGES[0]  # the wizard opens there and says itself that the answers are lost
    return f"{draft.stage}/{draft.field}".rstrip("/") if draft else ""


STATUS = Operation(
    "setup.status", "How far the box is", Risk.READ, Nothing, SetupState, run=status, local=True
)
