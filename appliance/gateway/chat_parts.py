"""What one run of an agent yields, in the order it happens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Union


@dataclass(frozen=True, slots=True)
class ChatStarted:
    """The message was accepted; nothing is answered yet."""

    run_id: str


@dataclass(frozen=True, slots=True)
class ChatStatus:
    """What the run is doing."""

    phase: str
    """OpenClaw's phases (`preparing_workspace`, `starting_model`, ...) and ours: `absorbed` (another run of
    the session answers), `approval-resolved`, `provider-error` (it tries again), `reconnecting`,
    `reconnected`, `recovering` (the gateway restarted and may take the run up again)."""
    detail: str = ""
    """In plain words, where there is something to say."""
    approval: str = ""
    """Which one was resolved."""


@dataclass(frozen=True, slots=True)
class ChatDelta:
    """More of the answer."""

    text_so_far: str
    """Always the whole text: simplest to show."""
    delta: str
    """What is new at its end; the whole text when `replaced`."""
    replaced: bool = False


class ToolPhase(Enum):
    """Where a tool call is."""

    START = "start"
    UPDATE = "update"
    END = "end"


@dataclass(frozen=True, slots=True)
class ChatTool:
    """The agent uses a tool."""

    id: str
    name: str
    title: str
    """OpenClaw's own words for it, e.g. `Exec create file`."""
    phase: ToolPhase
    status: str = ""
    """`running`, `completed`, `failed`."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ChatApproval:
    """The run waits for somebody's decision (at most 30 minutes)."""

    id: str
    kind: str
    """`exec` or `plugin`; goes into `approval_resolve`."""
    command: str
    """What would be run; the title for plugin approvals."""
    allowed_decisions: tuple[str, ...]
    """Any other decision is recorded as a deny."""
    expires_at_ms: int = 0
    warning: str = ""


@dataclass(frozen=True, slots=True)
class ChatQuiet:
    """Nothing was heard of the run for a while; it goes on."""

    seconds: float
    cause: str
    """The most likely reason, in plain words."""


@dataclass(frozen=True, slots=True)
class ChatFinal:
    """The answer is complete; the last part."""

    text: str
    stop_reason: str = ""
    run_id: str = ""
    """The run that answered: another one when the message was absorbed."""


@dataclass(frozen=True, slots=True)
class ChatFailed:
    """The run failed; the last part."""

    message: str
    """Ready for humans."""
    kind: str = ""
    """`refusal timeout rate_limit context_length unknown`, ours `interrupted`, or empty."""
    detail: str = ""
    """Why the model failed: `auth`, `billing`, ... as OpenClaw classes it."""
    text: str = ""
    """What had been answered before."""


@dataclass(frozen=True, slots=True)
class ChatAborted:
    """Somebody stopped the run; the last part."""

    text: str
    reason: str = ""


ChatEnd = (ChatFinal, ChatFailed, ChatAborted)
ChatPart = Union[  # noqa: UP007 - an alias that stands at run time too
    ChatStarted, ChatStatus, ChatDelta, ChatTool, ChatApproval, ChatQuiet, ChatFinal, ChatFailed, ChatAborted
]
