"""One run as a state machine without I/O: events and histories in, parts out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.gateway.chat_parts import (
    ChatAborted,
    ChatApproval,
    ChatDelta,
    ChatEnd,
    ChatFailed,
    ChatFinal,
    ChatPart,
    ChatStatus,
    ChatTool,
    ToolPhase,
)
from appliance.gateway.chat_text import text_of
from appliance.gateway.faults import plain
from appliance.gateway.told import is_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.gateway.chat_results import ChatHistory
    from appliance.gateway.frames import Event

BROKEN_OFF = ("aborted", "error")
"""How a row ends that holds half an answer."""
APPROVAL_EVENTS = {"exec.approval.requested": "exec", "plugin.approval.requested": "plugin"}


class Turn:
    """What is known of one run."""

    def __init__(self, run_id: str, session_key: str) -> None:
        self.run_id = run_id
        self.session_key = session_key
        self.text = ""
        self.phase = ""
        self.done = False
        self.trouble = ""
        """The latest error the run is trying to get over."""
        self.waits_for: dict[str, str] = {}
        """Approvals that nobody answered yet: id to command."""
        self.never_arrived = False
        """The history shows for certain that the message was not taken: it may be sent again."""
        self.recovering = False
        """The gateway restarted and may take the run up again, under another id."""
        self._absorbed = False
        self._answering = run_id
        self._last_seq = 0

    def wants(self, event: Event) -> bool:
        """Whether the event can concern this run."""
        payload = event.payload
        if event.name in ("chat", "agent"):
            return payload.get("sessionKey") == self.session_key
        if event.name in APPROVAL_EVENTS:
            return _table(payload.get("request")).get("sessionKey") == self.session_key
        return False

    def take(self, event: Event) -> list[ChatPart]:
        """The parts one event yields."""
        if self.done:
            return []
        payload = event.payload
        if event.name in APPROVAL_EVENTS:
            return self._approval(payload, APPROVAL_EVENTS[event.name])
        run_id = _text(payload, "runId")
        may_change = self._absorbed or self.recovering
        if may_change and event.name == "chat" and self._answering == self.run_id:
            self._follow(run_id)
        if run_id not in (self.run_id, self._answering):
            return []
        parts = self._chat(payload, run_id) if event.name == "chat" else self._agent(payload)
        self.done = any(isinstance(part, ChatEnd) for part in parts)
        return parts

    def adopt(self, history: ChatHistory, *, restarted: bool = False) -> list[ChatPart]:
        """Catch up from `chat.history` after a gap or a new connection; `restarted`: to another process.

        A restarted gateway takes a broken-off run up again a moment later, so the first look does not end it.

        Returns:
            The missing text, or the end of the run when it ended meanwhile.
        """
        if self.done:
            return []
        flying = history.in_flight_run
        if flying is not None:
            if flying.run_id == self._answering or self._absorbed or self.recovering or restarted:
                self._follow(flying.run_id)
                return self._grown(flying.text)
            return []
        parts = self._ended_meanwhile(history, restarted=restarted)
        if restarted and any(isinstance(part, ChatFailed) and part.kind == "interrupted" for part in parts):
            self.recovering = True
            known = [part for part in parts if isinstance(part, ChatDelta)]
            return [*known, ChatStatus("recovering", "The gateway restarted and may take the run up again.")]
        self.done = any(isinstance(part, ChatEnd) for part in parts)
        return parts

    def _follow(self, run_id: str) -> None:
        if run_id != self._answering:
            self._answering, self._last_seq, self.recovering = run_id, 0, False

    def quiet_cause(self) -> str:
        """The most likely reason for silence, in plain words."""
        if self.waits_for:
            command = next(iter(self.waits_for.values()))
            return f"It waits for an approval: {plain(command)[:120]}"
        if self.trouble:
            return f"The AI provider has trouble and OpenClaw tries again: {self.trouble[:200]}"
        if self.phase in ("starting_model", "model"):
            return "The AI model was asked and has not answered yet."
        if self.phase.startswith("tool:"):
            return f"A tool is still working: {self.phase[5:]}"
        if self.recovering:
            return "The gateway restarted; OpenClaw has not taken the run up again yet."
        if self.text:
            return "The answer has stopped in the middle; the AI model says nothing."
        return "OpenClaw is still preparing the run."

    def _chat(self, payload: Mapping[str, Any], run_id: str) -> list[ChatPart]:
        seq = payload.get("seq")
        state = _text(payload, "state")
        if isinstance(seq, int) and state in ("delta", "status"):
            if seq < self._last_seq:
                return []
            self._last_seq = seq
        message = payload.get("message")
        text = text_of(_table(message).get("content"))
        if state == "delta":
            return self._grown(text)
        if state == "status":
            return self._moved(_text(payload, "phase"))
        if state == "final":
            return self._final(payload, run_id, text, has_message=message is not None)
        if state == "aborted":
            return [ChatAborted(text or self.text, _text(payload, "stopReason"))]
        if state == "error":
            detail = _text(_table(payload.get("errorDetail")), "failoverReason")
            words = plain(_text(payload, "errorMessage")) or "The run failed."
            return [ChatFailed(words, _text(payload, "errorKind"), detail, self.text)]
        return []

    def _final(
        self, payload: Mapping[str, Any], run_id: str, text: str, *, has_message: bool
    ) -> list[ChatPart]:
        if not has_message and run_id == self.run_id and self._answering == self.run_id and not self.text:
            self._absorbed = True
            self._last_seq = 0
            return [ChatStatus("absorbed", "Another run of this conversation takes the message in.")]
        return [ChatFinal(text or self.text, _text(payload, "stopReason"), run_id)]

    def _grown(self, text: str) -> list[ChatPart]:
        if text == self.text:
            return []
        known, self.text, self.trouble, self.phase = self.text, text, "", "answering"
        if text.startswith(known):
            return [ChatDelta(text, text[len(known) :])]
        return [ChatDelta(text, text, replaced=True)]

    def _moved(self, phase: str, detail: str = "") -> list[ChatPart]:
        if not phase or (phase == self.phase and not detail):
            return []
        self.phase = phase
        return [ChatStatus(phase, detail)]

    def _agent(self, payload: Mapping[str, Any]) -> list[ChatPart]:
        stream, data = _text(payload, "stream"), _table(payload.get("data"))
        if stream == "item" and _text(data, "kind") == "tool":
            return self._tool(data)
        if stream != "lifecycle":
            return []
        phase = _text(data, "phase")
        if phase == "approval-resolved":
            approval = _text(data, "approvalId")
            self.waits_for.pop(approval, None)
            return [ChatStatus(phase, approval=approval)]
        error = data.get("error")
        if phase == "finishing" and error:
            self.trouble = plain(error if isinstance(error, str) else _text(_table(error), "message"))
            return [ChatStatus("provider-error", self.trouble)]
        return []

    def _tool(self, data: Mapping[str, Any]) -> list[ChatPart]:
        try:
            phase = ToolPhase(_text(data, "phase"))
        except ValueError:
            return []
        title = plain(_text(data, "title"))
        self.phase = f"tool:{title}" if phase is not ToolPhase.END else "model"
        tool_id = _text(data, "toolCallId") or _text(data, "itemId")
        error = plain(_text(data, "error"))
        return [ChatTool(tool_id, _text(data, "name"), title, phase, _text(data, "status"), error)]

    def _approval(self, payload: Mapping[str, Any], kind: str) -> list[ChatPart]:
        request = _table(payload.get("request"))
        run_id, approval_id = _text(request, "runId"), _text(payload, "id")
        if approval_id in self.waits_for or (run_id and run_id not in (self.run_id, self._answering)):
            return []
        command = _text(request, "command") or _text(request, "title") or _text(request, "description")
        self.waits_for[approval_id] = command
        decisions, expires = request.get("allowedDecisions"), payload.get("expiresAtMs")
        return [
            ChatApproval(
                approval_id,
                kind,
                command,
                tuple(d for d in decisions if isinstance(d, str)) if isinstance(decisions, list) else (),
                int(expires) if is_whole(expires) else 0,
                plain(_text(request, "warningText")),
            )
        ]

    def _ended_meanwhile(self, history: ChatHistory, *, restarted: bool) -> list[ChatPart]:
        if history.session_info.has_active_run:
            self.recovering = self.recovering or restarted
            return []
        if self._is_queued(history):
            return []
        marks = [message.mark.idempotency_key for message in history.messages]
        asked = f"{self.run_id}:user"
        if asked not in marks:
            self.never_arrived = not history.has_more
            return [] if self.never_arrived else [self._interrupted()]
        answers = [m for m in history.messages[marks.index(asked) + 1 :] if m.role == "assistant"]
        finished = [answer for answer in answers if answer.text or answer.error_message]
        if not finished:
            return [ChatFinal("", "silent", self.run_id) if self._absorbed else self._interrupted()]
        last = finished[-1]
        if last.error_message and not last.text:
            return [ChatFailed(plain(last.error_message), "unknown", text=self.text)]
        if last.stop_reason in BROKEN_OFF:
            return [*self._grown(last.text), self._interrupted()]
        return [*self._grown(last.text), ChatFinal(last.text, last.stop_reason, self._answering)]

    def _is_queued(self, history: ChatHistory) -> bool:
        return any(
            item.run_id == self.run_id and item.state == "queued" for item in history.pending_inputs.items
        )

    def _interrupted(self) -> ChatFailed:
        return ChatFailed(
            "The gateway stopped before the answer was complete.", "interrupted", text=self.text
        )


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name)
    return value if isinstance(value, str) else ""
