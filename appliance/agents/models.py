"""What an agent is to us: the wish, the template behind it, and what is found on the box."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from appliance.values import dataclass

ToolsProfile = Literal["minimal", "coding", "messaging", "full"]
"""OpenClaw's four tool profiles (`tools.catalog`)."""
TEXT_NAMES = ("IDENTITY.md", "SOUL.md", "AGENTS.md", "USER.md")
"""The files every agent has, by OpenClaw's names (docs/concepts/agent-workspace)."""


@dataclass(frozen=True)
class ToolsPolicy:
    """Which tools an agent may use, as `agents.entries.<id>.tools` says it."""

    profile: ToolsProfile = "minimal"
    also_allow: tuple[str, ...] = ()
    """Tool ids on top of the profile's own."""
    deny: tuple[str, ...] = ()
    """Tool ids that stay off whatever else allows them."""
    own_folder_only: bool = True
    """File tools see the agent's own workspace (and skill texts), nothing else of the machine."""
    may_task: tuple[str, ...] = ()
    """Agent ids it may list and give tasks to; `*` is all, empty only itself."""


@dataclass(frozen=True)
class Schedule:
    """A recurring task that suits an agent; offered, never set without being asked for."""

    id: str
    cron: str
    """Five fields, in the time zone of the business."""
    words: str
    """The same time as people say it."""
    message: str
    """What the agent is told when it is due."""


@dataclass(frozen=True)
class Trial:
    """A question that shows whether an agent works, and what a good answer looks like."""

    question: str
    expect: tuple[str, ...] = ()
    """Words that must all stand in the answer, in any case."""
    max_words: int = 150
    shape: str = ""
    """What a person should look for."""


@dataclass(frozen=True)
class Template:
    """A role that a shop can put to work at once."""

    id: str
    name: str
    role: str
    """One sentence for lists."""
    emoji: str
    answers_customers: bool
    """Strangers may write to it; channels are given to such an agent first."""
    tools: ToolsPolicy
    skills: tuple[str, ...]
    """The only skills it may use; none when empty."""
    schedules: tuple[Schedule, ...]
    trial: Trial
    extra_files: tuple[str, ...] = ()
    """Files beside the four that every agent has."""


@dataclass(frozen=True)
class AgentSpec:
    """An agent as somebody wants it."""

    id: str
    name: str
    template: str | None = None
    """Template id; without one the agent starts from its description."""
    description: str = ""
    """Its role in one sentence; the template's when empty."""
    emoji: str = ""
    """The template's when empty."""
    model: str | None = None
    """`provider/model`; the default model when None."""
    tools: ToolsPolicy | None = None
    """The template's when None."""
    skills: tuple[str, ...] | None = None
    """The template's when None."""
    protected: bool = False
    """It cannot be archived."""
    texts: tuple[tuple[str, str], ...] = ()
    """File name and text of each, in place of the template's."""
    settings: dict[str, object] | None = None
    """Keys of its entry in place of the template's tools and skills."""


@dataclass(frozen=True)
class AgentChanges:
    """What to change about an agent; None leaves a thing as it is, empty takes it away."""

    name: str | None = None
    """Never empty."""
    description: str | None = None
    emoji: str | None = None
    model: str | None = None
    """`provider/model`; empty means the default model again."""
    fallbacks: tuple[str, ...] | None = None
    """What is tried in order when the model fails; none when empty."""
    thinking: str | None = None
    """One of OpenClaw's levels; empty means its default again."""


@dataclass(frozen=True)
class AgentFile:
    """One of the texts in an agent's workspace."""

    name: str
    present: bool
    size: int = 0
    """Bytes."""


@dataclass(frozen=True)
class Agent:
    """An agent as the files on the box describe it."""

    id: str
    name: str
    role: str
    emoji: str
    model: str
    """`provider/model` it would use; empty when none is configured."""
    model_inherited: bool
    """The model is the default one, not its own."""
    workspace: Path
    protected: bool
    default: bool
    """Answers where no agent is named."""
    template: str
    """Template id, empty when unknown or none."""
    channels: tuple[str, ...]
    """Channels with a rule that leads to it."""
    files: tuple[AgentFile, ...]
    source: Literal["file", "gateway"] = "file"


@dataclass(frozen=True)
class AgentText:
    """A workspace text, as it stands: untrusted, to be made safe before it is shown."""

    name: str
    state: Literal["present", "missing", "unreadable"]
    text: str = ""
    size: int = 0
    """Bytes in the file."""
    cut: bool = False
    """The file is longer than what was read."""
    problem: str = ""
    """Why it could not be read."""


@dataclass(frozen=True)
class AgentDetail:
    """One agent with its texts and what its entry says about tools and skills."""

    agent: Agent
    tools: ToolsPolicy | None
    """None when its entry sets none: OpenClaw's defaults hold."""
    skills: tuple[str, ...] | None
    """None means every skill."""
    texts: tuple[AgentText, ...]
