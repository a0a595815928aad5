"""`agents`: the staff, made and changed through their files, with the Gateway up or down."""

from __future__ import annotations

from dataclasses import field, fields
from typing import TYPE_CHECKING

from appliance.errors import Usage
from appliance.ops import agents_edit, agents_routing, agents_skills, agents_texts, agents_tools
from appliance.ops.agents_journal import AgentChanged, journalled
from appliance.ops.agents_restore import ArchiveAgent, RestoreAgent, restore_params, restore_plan
from appliance.ops.core import Call, Change, Operation, Prepared, Risk, Undo, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.agents.models import Agent, AgentSpec
    from appliance.api import Appliance
    from appliance.store.journal import JournalResult


@dataclass(frozen=True)
class OneAgent:
    """Which agent."""

    agent: str = param("Id of the agent.", positional=True)


@dataclass(frozen=True)
class ListAgents:
    """How much is asked."""

    live: bool = param("Ask the Gateway too: who answers right now, who last did, and when.", default=False)


@dataclass(frozen=True)
class CreateAgent:
    """The agent as somebody wants it."""

    name: str = param("What it is called.", positional=True)
    id: str = param("Its id; made from the name when left out.", default="")
    template: str = param("A template; templates list shows them.", default="")
    copy: str = param("An agent whose texts, tools, skills and brain it gets.", default="")
    description: str = param("Its role in one sentence.", default="")
    emoji: str = param("Its sign.", default="")
    model: str = param("provider/model; the default model when left out.", default="")
    protected: bool = param("It can never be archived.", default=False)


@dataclass(frozen=True)
class AgentRow:
    """One agent of the list."""

    id: str
    name: str
    role: str
    emoji: str
    model: str
    """`provider/model`; empty when none is configured."""
    default: bool
    protected: bool
    channels: tuple[str, ...] = ()
    state: str = ""
    """`no-model`, `no-channel` or `idle` by the files; with the Gateway asked, `running` and `error` too."""
    last: float | None = None
    """When somebody last talked with it today, in seconds since 1970; only where the Gateway was asked."""


@dataclass(frozen=True)
class AgentList:
    """All agents, from the files of the box."""

    agents: tuple[AgentRow, ...]


@dataclass(frozen=True)
class AgentText:
    """One of the texts that make an agent what it is."""

    name: str
    state: str
    """`present`, `missing` or `unreadable`."""
    text: str = field(metadata={"lines": True})


@dataclass(frozen=True)
class AgentDetail:
    """One agent with its texts."""

    agent: AgentRow
    template: str
    workspace: str
    tools: str
    """OpenClaw's tools profile; empty when its defaults hold."""
    skills: tuple[str, ...] | None
    """None means every skill."""
    texts: tuple[AgentText, ...]
    model_inherited: bool = True
    """It has no model of its own: the default one answers."""
    fallbacks: tuple[str, ...] = ()
    """What is tried in order when its model fails."""
    thinking: str = ""
    """OpenClaw's level; empty for its default."""
    sandbox: str = "off"
    """Which of its conversations run locked in: `off`, `non-main`, `all`."""
    may_task: tuple[str, ...] = ()
    """Whom it may give tasks to; `*` is all."""


_OF_FILES = 8
"""So many fields of a row stand in the files; what follows is worked out."""


async def list_(box: Appliance, params: ListAgents, _call: Call) -> AgentList:
    """All agents, from the files; what only the Gateway knows is asked when it is wanted.

    Raises:
        Unreachable: the Gateway was to be asked and does not answer.
    """
    from appliance.agents.listing import list_agents
    from appliance.ops.agents_live import standing, today

    found = tuple(map(_row, list_agents(box.config.read().value, box.places)))
    seen = today(box) if params.live else None
    return AgentList(tuple(standing(row, seen) for row in found))


async def show(box: Appliance, params: OneAgent, _call: Call) -> AgentDetail:
    """One agent with its texts."""
    from appliance.agents.brain import fallbacks_of
    from appliance.agents.limits import sandbox_mode
    from appliance.agents.listing import show_agent
    from appliance.agents.roster import entry_of

    value = box.config.read().value
    detail = show_agent(value, params.agent, box.places)
    entry = entry_of(value, params.agent, box.places)
    return AgentDetail(
        _row(detail.agent),
        detail.agent.template,
        str(detail.agent.workspace),
        detail.tools.profile if detail.tools else "",
        detail.skills,
        tuple(AgentText(item.name, item.state, item.text) for item in detail.texts),
        detail.agent.model_inherited,
        fallbacks_of(value, entry),
        str(entry.get("thinkingDefault") or ""),
        sandbox_mode(value, params.agent, box.places),
        detail.tools.may_task if detail.tools else (),
    )


async def create(box: Appliance, params: CreateAgent, call: Call) -> Prepared[AgentChanged]:
    """Plan the folder, the texts and the entry of a new agent."""
    from appliance.agents.business import BusinessProfile
    from appliance.agents.service import create_steps
    from appliance.profile.business import read_business

    value = box.config.read().value
    spec = _spec(params, value, box)
    plan = create_steps(value, spec, read_business(box.places) or BusinessProfile(), box.places)
    change = Change(f"agent {spec.id}", f"create “{spec.name}”")
    return journalled(
        box,
        "agents.create",
        plan,
        spec.id,
        change,
        call,
        lambda _ran: Undo("agents.archive", {"agent": spec.id}),
    )


async def archive(box: Appliance, params: ArchiveAgent, call: Call) -> Prepared[AgentChanged]:
    """Check that the agent may go.

    Raises:
        Refused: it is protected, or the last one.
    """
    from appliance.agents.service import archive_steps
    from appliance.ops.agents_schedules import moving

    value = box.config.read().value
    plan = archive_steps(value, params.agent, box.places, params.heir)
    schedules = moving(box, params.agent, params.heir)
    change = Change(f"agent {params.agent}", "remove from the staff, folder to the trash")

    def undo(ran: JournalResult) -> Undo:
        back = restore_params(box, params.agent, value, plan.steps, ran)
        back |= {"schedules": [item.id for item in schedules.schedules], "heir": params.heir}
        return Undo("agents.restore", back)

    return journalled(box, "agents.archive", plan, params.agent, change, call, undo, moving=schedules)


async def restore(box: Appliance, params: RestoreAgent, call: Call) -> Prepared[AgentChanged]:
    """Check that nothing has taken its place, and that its folder still lies in the trash.

    Raises:
        Conflict: `undo-moved`, the settings it had were changed again since; `file-exists`.
        NotFound: `trash-gone`, `backup-unknown`.
    """
    from appliance.ops.agents_schedules import bring_back

    plan = restore_plan(box, params)
    box.journal.check(plan.steps)
    change = Change(f"agent {params.agent}", "back on the staff, folder back from the trash")
    return journalled(
        box,
        "agents.restore",
        plan,
        params.agent,
        change,
        call,
        lambda _ran: Undo("agents.archive", {"agent": params.agent, "heir": params.heir}),
        after=lambda: bring_back(box, params.agent, params.schedules, params.heir),
    )


def _spec(params: CreateAgent, value: dict[str, object], box: Appliance) -> AgentSpec:
    from appliance.agents.copying import copied
    from appliance.agents.ids import propose_id
    from appliance.agents.models import AgentSpec
    from appliance.agents.roster import roster

    if params.copy and params.template:
        raise Usage(
            "A new agent starts from a template or from another agent, not from both.",
            hint="Leave out --template or --copy.",
            code="agent-two-sources",
        )
    spec = AgentSpec(
        id=params.id or propose_id(params.name, roster(value, box.places)),
        name=params.name,
        template=params.template or None,
        description=params.description,
        emoji=params.emoji,
        model=params.model or None,
        protected=params.protected,
    )
    return copied(spec, value, params.copy, box.places) if params.copy else spec


def _heirs(params: ArchiveAgent) -> str:
    return f"“{params.heir}” answers" if params.heir else "others on the staff answer"


def _row(agent: Agent) -> AgentRow:
    return AgentRow(**{item.name: getattr(agent, item.name) for item in fields(AgentRow)[:_OF_FILES]})


LIST = Operation("agents.list", "All agents", Risk.READ, ListAgents, AgentList, run=list_, local=True)
SHOW = Operation(
    "agents.show", "One agent with its texts", Risk.READ, OneAgent, AgentDetail, run=show, local=True
)
CREATE = Operation(
    "agents.create", "Take on a new agent", Risk.CHANGE, CreateAgent, AgentChanged, prepare=create, local=True
)
ARCHIVE = Operation(
    "agents.archive",
    "Take an agent off the staff; its folder goes to the trash",
    Risk.DANGER,
    ArchiveAgent,
    AgentChanged,
    prepare=archive,
    local=True,
    consequence=lambda params: (
        f"“{params.agent}” stops answering; {_heirs(params)} for it. "
        "Its folder lies in the trash for 30 days; its conversations stay in OpenClaw."
    ),
)
RESTORE = Operation(
    "agents.restore",
    "Bring an archived agent back with its folder and rules",
    Risk.CHANGE,
    RestoreAgent,
    AgentChanged,
    prepare=restore,
    local=True,
)

OPERATIONS = (
    LIST,
    SHOW,
    CREATE,
    *agents_edit.OPERATIONS,
    *agents_skills.OPERATIONS,
    *agents_texts.OPERATIONS,
    *agents_tools.OPERATIONS,
    ARCHIVE,
    RESTORE,
    *agents_routing.OPERATIONS,
)
