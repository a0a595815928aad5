"""What the calls of a conversation answer (gateway-ops §1, §6)."""

from __future__ import annotations

from dataclasses import field

from appliance.gateway.chat_text import text_of
from appliance.gateway.told import Told
from appliance.values import dataclass


@dataclass(frozen=True)
class ChatSent(Told):
    """`chat.send`: accepted, not done."""

    run_id: str
    status: str = ""
    """`started`, or `ok` when this idempotency key already ran."""


@dataclass(frozen=True)
class ChatAbort(Told):
    """`chat.abort`."""

    ok: bool = False
    aborted: bool = False
    run_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class MessageMark(Told):
    """What OpenClaw notes beside a stored message."""

    id: str = ""
    run_id: str = ""
    kind: str = ""
    idempotency_key: str = ""
    """`<idempotencyKey>:user` on the row of a sent message."""


@dataclass(frozen=True)
class ChatMessage(Told):
    """One stored row of a conversation."""

    role: str
    text: str = field(default="", metadata={"wire": "content", "read": text_of})
    """All text blocks together."""
    timestamp: int | None = None
    stop_reason: str = ""
    error_message: str = ""
    mark: MessageMark = field(default=MessageMark(), metadata={"wire": "__openclaw"})


@dataclass(frozen=True)
class RunInFlight(Told):
    """A run that is answering now."""

    run_id: str
    text: str = ""


@dataclass(frozen=True)
class SessionNow(Told):
    """The state of the conversation itself."""

    key: str = ""
    agent_id: str = ""
    has_active_run: bool = False


@dataclass(frozen=True)
class PendingInput(Told):
    """A message that waits until a running run takes it in."""

    run_id: str = ""
    state: str = ""


@dataclass(frozen=True)
class PendingInputs(Told):
    """All of them."""

    items: tuple[PendingInput, ...] = ()


@dataclass(frozen=True)
class ChatHistory(Told):
    """`chat.history`, oldest row first."""

    session_key: str = ""
    messages: tuple[ChatMessage, ...] = ()
    in_flight_run: RunInFlight | None = None
    pending_inputs: PendingInputs = PendingInputs()
    session_info: SessionNow = SessionNow()
    has_more: bool = False


@dataclass(frozen=True)
class Subscribed(Told):
    """`sessions.messages.subscribe`."""

    subscribed: bool = False
    key: str = ""


@dataclass(frozen=True)
class ApprovalRequest(Told):
    """What an approval is about; fields of the kinds `exec`, `plugin` and `system-agent` together."""

    command: str = ""
    cwd: str | None = None
    warning_text: str | None = None
    title: str = ""
    description: str = ""
    tool_name: str | None = None
    allowed_decisions: tuple[str, ...] = ()
    agent_id: str | None = None
    session_key: str | None = None
    run_id: str | None = None


@dataclass(frozen=True)
class PendingApproval(Told):
    """One waiting approval, of a list or an event."""

    id: str
    approval_kind: str = "exec"
    request: ApprovalRequest = ApprovalRequest()
    created_at_ms: int = 0
    expires_at_ms: int = 0


@dataclass(frozen=True)
class ApprovalState(Told):
    """An approval as recorded."""

    id: str
    status: str = ""
    """`pending allowed denied cancelled expired`."""
    decision: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ApprovalResolved(Told):
    """`approval.resolve`."""

    approval: ApprovalState
    applied: bool = False
    """False when somebody answered first."""
