"""What was said on this screen, and what the box is doing about it; no widget, no clock of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from appliance.ops.approvals import accepted, arguments_of, hidden_in
from appliance.text import safe, safe_line
from screens.ages import SLOW, STUCK
from screens.problems import problem_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.errors import LunaError
    from appliance.ops.chat_history import TalkSoFar
    from appliance.ops.core import Event
    from screens.words import Words

Kind = Literal["you", "agent", "need", "error", "note"]
LINES = 500
"""So many of the newest are kept; the engine has all of them."""


@dataclass
class Line:
    """One thing said, by whoever."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Ask:
    """Something the agent may not do before a person said so."""

    id: str
    command: str
    arguments: tuple[str, ...]
    """As they came, unsafe: whoever shows them has to know what of them was cut."""
    hidden: int
    warning: str
    answers: tuple[str, ...]
    """What the engine accepts, the harmless one first."""
    expires_at: float
    """Seconds since 1970; 0 when nobody said."""


@dataclass
class Run:
    """The answer that is under way."""

    id: str = ""
    """What the engine calls it."""
    message: str = ""
    """What it answers; empty where this screen did not ask."""
    accepted: bool = False
    """The engine has the message: it goes on without us."""
    stopping: Literal["", "asked", "failed"] = ""
    """Whether it is to end, or could not be ended."""
    phase: Literal["thinking", "writing", "tool", "waiting", "reconnecting"] = "thinking"
    tool: str = ""
    cause: str = ""
    heard: float = 0.0
    """When something was last heard of it, on the clock of the caller."""
    answer: Line | None = None
    asked: set[str] = field(default_factory=set)
    """Ids of the decisions that were shown."""
    asks: list[Ask] = field(default_factory=list)
    """Those that nobody answered yet."""

    @property
    def can_stop(self) -> bool:
        """Whether nobody has tried to end it."""
        return not self.stopping

    def resolve(self, approval: str) -> None:
        """One decision was taken, by whomever; all of them where the engine does not say which."""
        self.asks = [ask for ask in self.asks if approval and ask.id != approval]


@dataclass
class Talk:
    """A conversation with one agent."""

    name: str
    lines: list[Line] = field(default_factory=list)
    run: Run | None = None
    draft: str | None = None
    """What is written and not sent; None: not known yet."""
    kept: str = ""
    """As much of it as is on disk, or on its way there."""

    @property
    def sent(self) -> list[str]:
        """What the person said, oldest first."""
        return [line.text for line in self.lines if line.kind == "you"]

    @property
    def answered(self) -> bool:
        """Whether the agent has said anything."""
        return any(line.kind == "agent" for line in self.lines)

    def unsaid(self, written: str) -> str:
        """What would be lost with the field: what is `written` in it, or a message on its way."""
        run = self.run
        return written or (run.message if run is not None and not run.accepted else "")

    def has_said(self, text: str) -> bool:
        """Whether this is what was said last and is not answered: nothing to say once more."""
        answer = self.run.answer if self.run is not None else None
        last = next((line for line in reversed(self.lines) if line is not answer), None)
        return last is not None and last.kind == "you" and last.text == text

    def say(self, text: str, now: float, run_id: str = "") -> None:
        """The person says something; an answer is awaited, under the id that it was sent with."""
        self._add("you", text)
        self.run = Run(run_id, text, heard=now)

    def load(self, known: TalkSoFar, words: Words) -> None:
        """What was said before, by anybody, in place of what this screen remembers."""
        who: dict[str, Kind] = {"person": "you", "agent": "agent"}
        self.lines = [
            Line(who[said.who], safe(said.text)) if said.text else Line("error", words("chat.no-answer"))
            for said in known.lines
        ]

    def take_up(self, run_id: str, text: str, now: float) -> None:
        """An answer is under way that this screen did not ask for."""
        self.run = Run(run_id, accepted=True, heard=now)
        if text:
            self.run.phase = "writing"
            self._answer(self.run, safe(text))

    def take(self, event: Event, words: Words, now: float) -> Line | None:
        """Note what happened; the line that was added or grew, if one did."""
        run = self.run
        if run is None:
            return None
        data: Mapping[str, Any] = event.data
        if event.kind == "started":
            run.accepted, run.id = True, str(data.get("run") or run.id)
            return None
        if event.kind == "slow":
            run.cause = safe_line(str(data.get("cause", "")))
            return None
        if event.kind == "status" and data.get("phase") == "reconnecting":
            run.phase, run.heard = "reconnecting", now
            return None
        run.heard, run.cause = now, ""
        if event.kind == "delta":
            run.phase = "writing"
            return self._answer(run, safe(str(data.get("text_so_far", ""))))
        if event.kind == "tool":
            run.phase, run.tool = "tool", safe_line(event.text)
        elif event.kind == "approval":
            return self._decision(run, data, words)
        elif event.kind == "status":
            resolved = data.get("phase") == "approval-resolved"
            if resolved:
                run.resolve(str(data.get("id", "")))
            run.phase = "waiting" if run.asks else "writing" if run.answer else "thinking"
            return self._add("note", words("chat.decided")) if resolved else None
        return None

    def end(self, text: str, words: Words) -> Line:
        """The answer is complete."""
        run, self.run = self.run or Run(), None
        return self._answer(run, safe(text) or words("chat.silent"))

    def fail(self, error: LunaError, words: Words, *, again: bool = True) -> Line:
        """No answer, or half of one, which stays. `again`: the message can be sent once more."""
        self.run = None
        said = str(problem_of(words, error, "chat"))
        return self._add("error", f"{said} {words('chat.again')}" if again else said)

    def stop(self, words: Words) -> Line:
        """The person did not want to wait; what was said so far stays."""
        self.run = None
        return self._add("note", words("chat.stopped"))

    def not_stopped(self, words: Words) -> Line:
        """The engine could not be told to end the answer, or did not."""
        if self.run is not None:
            self.run.stopping = "failed"
        return self._add("error", words("chat.not-stopped", name=self.name))

    def status(self, words: Words, now: float) -> str:
        """What is going on, in words, with the seconds since something was heard."""
        run = self.run
        if run is None:
            return ""
        seconds = max(0, int(now - run.heard))
        known: dict[str, object] = {"name": self.name, "seconds": seconds}
        if run.stopping == "asked":
            return words("chat.stopping")
        if run.phase == "reconnecting":
            return words("chat.reconnecting", **known)
        if run.phase == "waiting":
            return words("chat.waiting", **known)
        if seconds >= STUCK:
            return words("chat.stuck", cause=run.cause or words("chat.stuck-cause"), **known)
        if seconds >= SLOW:
            return words("chat.slow", **known)
        return words(f"chat.{run.phase}", tool=run.tool, **known)

    def _answer(self, run: Run, text: str) -> Line:
        if run.answer is None:
            run.answer = self._add("agent", text)
        run.answer.text = text
        return run.answer

    def _decision(self, run: Run, data: Mapping[str, Any], words: Words) -> Line | None:
        run.phase = "waiting"
        if (approval := str(data.get("id", ""))) in run.asked:
            return None
        run.asked.add(approval)
        command = str(data.get("command", ""))
        run.asks.append(
            Ask(
                approval,
                safe(command),
                arguments_of(command),
                hidden_in(command),
                safe(str(data.get("warning", ""))),
                accepted(map(str, data.get("decisions", ()))),
                float(data.get("expires_at") or 0),
            )
        )
        ask = words("chat.decision", name=self.name)
        return self._add("need", f"{ask}\n  {safe(command)}\n{words('chat.decision-where')}")

    def _add(self, kind: Kind, text: str) -> Line:
        line = Line(kind, text)
        self.lines.append(line)
        del self.lines[:-LINES]
        return line
