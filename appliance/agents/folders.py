"""An agent's folder and texts on disk, as steps for the journal; nothing that exists is ever written over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.agents.marker import Marker, marker_path, render_marker
from appliance.agents.render import render_texts
from appliance.agents.roster import roster, workspace_of
from appliance.errors import Conflict, Note
from appliance.store.steps import MakeDir, MoveToTrash, WriteFile

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

    from appliance.agents.business import BusinessProfile
    from appliance.agents.models import AgentSpec
    from appliance.agents.roster import Config
    from appliance.places import Places
    from appliance.store.steps import Step


def new_workspace(config_value: Config, agent_id: str, places: Places) -> Path:
    """The workspace a new agent gets: a folder of its own beside the others', never inside another agent's.

    Raises:
        Conflict: `workspace-nested`, `workspace-odd`.
    """
    workspace = places.state_dir / "workspaces" / agent_id
    for other in roster(config_value, places):
        theirs = workspace_of(config_value, other, places)
        if workspace.is_relative_to(theirs) or theirs.is_relative_to(workspace):
            raise Conflict(
                f"The folder for “{agent_id}” would lie inside that of “{other}” ({theirs}), or around it.",
                hint="Give that agent a folder of its own first.",
                code="workspace-nested",
            )
    if workspace.is_symlink() or (workspace.exists() and not workspace.is_dir()):
        raise Conflict(
            f"{workspace} exists and is not an ordinary folder.",
            hint="Move it away, or choose another id for the agent.",
            code="workspace-odd",
        )
    return workspace


def folder_steps(folder: Path, made: set[Path]) -> list[Step]:
    """One step for each folder on the way that is neither there nor in `made`, which is added to."""
    steps: list[Step] = []
    for place in reversed((folder, *folder.parents)):
        if place not in made and not place.exists():
            made.add(place)
            steps.append(MakeDir(place))
    return steps


def text_steps(
    spec: AgentSpec, workspace: Path, business: BusinessProfile, today: datetime.date | None
) -> tuple[list[Step], list[Path]]:
    """A step for each text that is not there yet, and the paths of those that are."""
    steps: list[Step] = []
    kept: list[Path] = []
    texts = dict(spec.texts) or render_texts(spec, business, today=today)
    for name, text in texts.items():
        target = workspace / name
        if target.exists() or target.is_symlink():
            kept.append(target)
        else:
            steps.append(WriteFile(target, text.encode()))
    return steps, kept


def marker_steps(spec: AgentSpec, places: Places) -> list[Step]:
    """Write our notes on the agent; notes left by an earlier agent of that id go to the trash."""
    target = marker_path(places, spec.id)
    content = render_marker(Marker(spec.protected, spec.template or ""), spec.id)
    if not target.exists():
        return [WriteFile(target, content)]
    if target.read_bytes() == content:
        return []
    return [MoveToTrash(target), WriteFile(target, content)]


def removal_steps(config_value: Config, agent_id: str, places: Places) -> tuple[list[Step], list[str]]:
    """Move the agent's folder and our notes to the trash, and say what stays where it is."""
    steps: list[Step] = []
    notes: list[str] = []
    workspace = workspace_of(config_value, agent_id, places)
    if workspace.is_dir() and not workspace.is_symlink():
        reason = _reason_to_leave(config_value, agent_id, workspace, places)
        if reason:
            notes.append(Note("folder-stays", f"Its folder {workspace} stays where it is: {reason}."))
        else:
            steps.append(MoveToTrash(workspace))
    elif workspace.is_symlink():
        notes.append(Note("folder-stays", f"Its folder {workspace} stays where it is: it is a link."))
    if marker_path(places, agent_id).exists():
        steps.append(MoveToTrash(marker_path(places, agent_id)))
    return steps, notes


def _reason_to_leave(config_value: Config, agent_id: str, workspace: Path, places: Places) -> str:
    if not workspace.is_relative_to(places.state_dir) or workspace == places.state_dir:
        return "it is not one of OpenClaw's own folders"
    for other in roster(config_value, places):
        if other != agent_id and workspace_of(config_value, other, places).is_relative_to(workspace):
            return f"the agent “{other}” works there too"
    return ""
