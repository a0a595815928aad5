"""Plans for making, changing and archiving agents: pure, as steps for the journal or edits for the store.

Folders and texts come first and the config entry last, so that an agent never exists without its texts;
archiving runs the other way round.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from appliance.agents.entry import build_entry, checked_spec, entry_edits
from appliance.agents.folders import folder_steps, marker_steps, new_workspace, removal_steps, text_steps
from appliance.agents.ids import refuse_taken
from appliance.agents.marker import marker_path, read_marker
from appliance.agents.moves import move_notes
from appliance.agents.roster import entry_of, model_of, refuse_old_layout, roster
from appliance.agents.roster_edits import BINDINGS, adding_edits, removing_edits, timezone_edits
from appliance.agents.rule_edits import check_heir
from appliance.errors import Note, Refused
from appliance.store.steps import EditConfig, Step
from appliance.values import dataclass

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from appliance.agents.business import BusinessProfile
    from appliance.agents.models import AgentChanges, AgentSpec
    from appliance.agents.roster import Config
    from appliance.places import Places
    from appliance.store.edits import Edit


@dataclass(frozen=True)
class Plan:
    """What would be done, in order, and what a person should know about it."""

    steps: tuple[Step, ...]
    kept: tuple[Path, ...] = ()
    """Texts that existed before and stay as they are."""
    notes: tuple[str, ...] = ()
    """Sentences for the person who asked."""


def missing(config_value: Config, wanted: Sequence[AgentSpec], places: Places) -> tuple[AgentSpec, ...]:
    """Those of `wanted` whose id no agent has yet."""
    there = {agent_id.casefold() for agent_id in roster(config_value, places)}
    return tuple(spec for spec in wanted if spec.id.casefold() not in there)


def create_steps(
    config_value: Config,
    spec: AgentSpec,
    business: BusinessProfile,
    places: Places,
    *,
    today: datetime.date | None = None,
) -> Plan:
    """How one agent comes to be; see `create_many_steps`."""
    return create_many_steps(config_value, (spec,), business, places, today=today)


def create_many_steps(
    config_value: Config,
    specs: Sequence[AgentSpec],
    business: BusinessProfile,
    places: Places,
    *,
    today: datetime.date | None = None,
) -> Plan:
    """How several agents come to be in one go: folders, texts, our notes, and one edit of the config last.

    Raises:
        Usage: `agent-id`, `agent-name`, `business-too-long` and the like.
        Conflict: `agent-exists`, `workspace-nested`, `workspace-odd`.
        NotFound: `template-unknown`.
        Refused: `agents-old-layout`.
    """
    if not specs:
        return Plan(())
    refuse_old_layout(config_value)
    taken = list(roster(config_value, places))
    new_entries: dict[str, Config] = {}
    made: set[Path] = set()
    steps: list[Step] = []
    kept: list[Path] = []
    specs = tuple(map(checked_spec, specs))
    for spec in specs:
        refuse_taken(spec.id, (*taken, *new_entries))
        workspace = new_workspace(config_value, spec.id, places)
        writes, there = text_steps(spec, workspace, business, today)
        steps += [*folder_steps(workspace, made), *writes]
        steps += [*folder_steps(marker_path(places, spec.id).parent, made), *marker_steps(spec, places)]
        kept += there
        new_entries[spec.id] = build_entry(spec, workspace)
    edits, notes = adding_edits(config_value, specs, new_entries, places)
    notes += move_notes(config_value, edits)
    edits += timezone_edits(config_value, business.cleaned().timezone)
    return Plan((*steps, EditConfig(tuple(edits))), tuple(kept), tuple(notes))


def update_edits(
    config_value: Config, agent_id: str, changes: AgentChanges, places: Places
) -> tuple[Edit, ...]:
    """The edits that make an agent what `changes` says; empty when it already is.

    Raises:
        NotFound: `agent-unknown`.
        Usage: `agent-name`, `agent-description`, `agent-emoji`, `agent-fallbacks`, `agent-no-model`.
        Refused: `agents-old-layout`.
    """
    refuse_old_layout(config_value)
    common, _ = model_of(config_value, {})
    return entry_edits(agent_id, entry_of(config_value, agent_id, places), changes, common)


def archive_steps(config_value: Config, agent_id: str, places: Places, heir: str = "") -> Plan:
    """How an agent goes: its entry, with all that named it given to others, then its folder to the trash.

    `heir`: who takes over; see `removing_edits` for who does when nobody is named.

    Raises:
        NotFound: `agent-unknown`.
        Usage: `heir-same`.
        Refused: `agent-protected`, `agent-last`, `agents-old-layout`.
    """
    refuse_old_layout(config_value)
    entry_of(config_value, agent_id, places)
    _refuse_archive(config_value, agent_id, places)
    check_heir(config_value, agent_id, heir, places)
    edits, notes = removing_edits(config_value, agent_id, places, heir)
    notes += move_notes(config_value, edits)
    moves, stays = removal_steps(config_value, agent_id, places)
    may_remove = ("bindings",) if any(edit.path == BINDINGS for edit in edits) else ()
    notes += [
        *stays,
        Note(
            "talks-stay",
            f"Its conversations stay in OpenClaw's own database (agents/{agent_id}); "
            "a new agent with the same id would find them again.",
        ),
    ]
    return Plan((EditConfig(tuple(edits), may_remove), *moves), notes=tuple(notes))


def _refuse_archive(config_value: Config, agent_id: str, places: Places) -> None:
    if read_marker(places, agent_id).protected:
        raise Refused(
            f"“{agent_id}” is protected and cannot be archived.",
            hint="It is the agent that always answers; change its name or its texts instead.",
            code="agent-protected",
        )
    if len(roster(config_value, places)) == 1:
        raise Refused(
            f"“{agent_id}” is the only agent and cannot be archived.",
            hint="Create another one first.",
            code="agent-last",
        )
