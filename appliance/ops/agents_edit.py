"""`agents`: what one agent is, changed in its entry: name, brain, skills, helpers, and where tools run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from appliance.ops.config_edit import Saved, prepare_edits
from appliance.ops.core import Call, Operation, Prepared, Question, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.api import Appliance
    from appliance.store.edits import Edit

Thinking = Literal["default", "off", "minimal", "low", "medium", "high", "xhigh", "adaptive", "max", "ultra"]


@dataclass(frozen=True)
class UpdateAgent:
    """What to change; what is left out stays."""

    agent: str = param("Id of the agent.", positional=True)
    name: str | None = param("New name.", default=None)
    description: str | None = param("New role sentence.", default=None)
    emoji: str | None = param("New sign.", default=None)
    model: str | None = param("provider/model; empty for the default model.", default=None)
    fallbacks: str | None = param(
        "What is tried in order when the model fails: provider/model, with commas between; empty for none.",
        default=None,
    )
    thinking: Thinking | None = param("How long it thinks before it answers.", default=None)


@dataclass(frozen=True)
class ChooseSkills:
    """The only skills an agent may use; this replaces what was chosen before."""

    agent: str = param("Id of the agent.", positional=True)
    skills: tuple[str, ...] = param("Name of a skill; repeat the flag.", default=(), flag="skill")
    none: bool = param("It may use none.", default=False)
    inherit: bool = param("It may use those of everybody.", default=False)


@dataclass(frozen=True)
class ChooseSandbox:
    """Where the tools of an agent run; what is left out stays."""

    agent: str = param("Id of the agent.", positional=True)
    mode: Literal["default", "off", "non-main", "all"] | None = param(
        "Which of its conversations are locked in: none, all but its main one, or all.", default=None
    )
    scope: Literal["default", "session", "agent", "shared"] | None = param(
        "What shares one locked room: a conversation, the agent, or all agents.", default=None
    )
    workspace: Literal["default", "none", "ro", "rw"] | None = param(
        "What it sees of its own folder from in there: nothing, to read, to write.", default=None
    )


@dataclass(frozen=True)
class ChooseHelpers:
    """Whom an agent may give tasks to; what is left out stays."""

    agent: str = param("Id of the agent.", positional=True)
    may_task: tuple[str, ...] = param(
        "Id of an agent, or * for all; repeat the flag.", default=(), flag="allow"
    )
    nobody: bool = param("It works alone.", default=False)
    inherit: bool = param("As everybody may.", default=False)
    delegation: Literal["default", "suggest", "prefer"] | None = param(
        "Whether it is told to hand work on where it can.", default=None
    )


async def update(box: Appliance, params: UpdateAgent, call: Call) -> Prepared[Saved]:
    """Compare the wishes with the entry."""
    from appliance.agents.models import AgentChanges
    from appliance.agents.service import update_edits

    wishes = AgentChanges(
        params.name,
        params.description,
        params.emoji,
        params.model,
        None if params.fallbacks is None else _listed(params.fallbacks),
        "" if params.thinking == "default" else params.thinking,
    )
    edits = update_edits(box.config.read().value, params.agent, wishes, box.places)
    return _saved(box, edits, UPDATE.name, params.agent, call)


async def skills_set(box: Appliance, params: ChooseSkills, call: Call) -> Prepared[Saved]:
    """Compare the choice with the entry.

    Raises:
        Usage: `agent-skills`, nothing was chosen, or two things at once.
        NotFound: `agent-unknown`.
    """
    from appliance.agents.limits import skills_edits

    edits = skills_edits(
        box.config.read().value,
        params.agent,
        params.skills,
        box.places,
        none=params.none,
        inherit=params.inherit,
    )
    return _saved(box, edits, SKILLS_SET.name, params.agent, call)


async def sandbox(box: Appliance, params: ChooseSandbox, call: Call) -> Prepared[Saved]:
    """Compare the choice with the entry; fewer conversations locked in have to be confirmed.

    Raises:
        NotFound: `agent-unknown`.
    """
    from appliance.agents.limits import is_opened, sandbox_edits

    value = box.config.read().value
    choice = {"mode": params.mode, "scope": params.scope, "workspaceAccess": params.workspace}
    edits = sandbox_edits(value, params.agent, choice, box.places)
    asks = ""
    if params.mode is not None and is_opened(value, params.agent, params.mode, box.places):
        asks = Question(
            f"Tools of “{params.agent}” that were locked in will run on the box itself.", agent=params.agent
        )
    return _saved(box, edits, SANDBOX.name, params.agent, call, asks=asks)


async def helpers(box: Appliance, params: ChooseHelpers, call: Call) -> Prepared[Saved]:
    """Compare the choice with the entry.

    Raises:
        NotFound: `agent-unknown`, of the agent or of one it shall give tasks to.
        Usage: `agent-helpers`, two things at once.
    """
    from appliance.agents.limits import helper_edits

    edits = helper_edits(
        box.config.read().value,
        params.agent,
        params.may_task,
        box.places,
        nobody=params.nobody,
        inherit=params.inherit,
        delegation=params.delegation,
    )
    return _saved(box, edits, HELPERS.name, params.agent, call)


def _saved(
    box: Appliance, edits: tuple[Edit, ...], operation: str, agent: str, call: Call, *, asks: str = ""
) -> Prepared[Saved]:
    found = prepare_edits(
        box, edits, operation, call, why=f"change {agent}", may_remove=tuple(_removed(edits))
    )
    return Prepared(found.changes, found.commit, found.warnings, asks)


def _removed(edits: Iterable[Edit]) -> Iterable[str]:
    from appliance.store.edits import MISSING

    return (edit.name for edit in edits if edit.value is MISSING)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


UPDATE = Operation(
    "agents.update",
    "Change an agent's name, role, sign or brain",
    Risk.CHANGE,
    UpdateAgent,
    Saved,
    prepare=update,
    local=True,
)
SKILLS_SET = Operation(
    "agents.skills-set",
    "Choose the only skills an agent may use",
    Risk.CHANGE,
    ChooseSkills,
    Saved,
    prepare=skills_set,
    local=True,
)
SANDBOX = Operation(
    "agents.sandbox",
    "Choose where the tools of an agent run",
    Risk.CHANGE,
    ChooseSandbox,
    Saved,
    prepare=sandbox,
    local=True,
)
HELPERS = Operation(
    "agents.subagents",
    "Choose whom an agent may give tasks to",
    Risk.CHANGE,
    ChooseHelpers,
    Saved,
    prepare=helpers,
    local=True,
)

OPERATIONS = (UPDATE, SKILLS_SET, SANDBOX, HELPERS)
