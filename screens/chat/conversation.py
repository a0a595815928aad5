"""What was said and the answer under way: sent, followed and stopped through the screen that it stands on."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from appliance.errors import LunaError
from appliance.ops.chat import SEND, SendMessage
from appliance.ops.chat_history import FOLLOW, HISTORY, STOP, StopTalk, WhichRun, WhichTalk
from screens.chat.widgets import LineView, Transcript

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from appliance.ops.chat_history import TalkSoFar
    from screens.chat.talk import Line, Run, Talk
    from screens.operation_screen import OperationScreen
    from screens.words import Words

ANSWERS = (SEND.name, FOLLOW.name)
"""Operations that tell of an answer."""
PATIENCE_S = 1800.0
"""An approval may take its half hour; esc is there for everything else."""
BUSY_S = 5.0
"""How long it stands that one thing goes at a time."""


class Conversation(Vertical):
    """One talk on whatever screen shows it; the screen hands on what its operations say of it."""

    @dataclass
    class Turned(Message):
        """An answer began, was begun by the engine, waits for something else, or ended: other keys matter."""

    @dataclass
    class Recalled(Message):
        """What was said before is there."""

    @dataclass
    class Unanswered(Message):
        """No answer came."""

        error: LunaError
        said: str
        """What can be sent again; empty where the engine has it."""

    def __init__(
        self,
        words: Words,
        talk: Talk,
        agent: str,
        *,
        empty: str = "",
        approvals: Literal["wait", "deny"] = "wait",
        patience: float = PATIENCE_S,
        session: str = "main",
    ) -> None:
        """`empty`: what stands there before anything was said. `patience`: seconds an answer may take.

        `session`: which conversation of the agent this is.
        """
        super().__init__()
        self.talk = talk
        self._words = words
        self._agent = agent
        self._empty = empty
        self._approvals = approvals
        self._patience = patience
        self._session = session
        self._busy_until = 0.0

    def compose(self) -> ComposeResult:
        with Transcript(self._who, id="transcript", can_focus=False):
            yield Static(Content(self._empty), id="empty")
            for line in self.talk.lines:
                yield LineView(line, self._who(line))
        yield Static(id="status", markup=False)

    def on_mount(self) -> None:
        self._show_empty()
        self._clock = self.set_interval(1.0, self.show_status, pause=True)
        self.show_status()
        self._transcript.anchor()
        self.talk.run = None  # an answer that was left goes on in the engine; its history tells
        self._host.start(HISTORY, WhichTalk(self._agent, self._session), quiet=True)

    @property
    def _host(self) -> OperationScreen:
        return cast("OperationScreen", self.screen)

    @property
    def _transcript(self) -> Transcript:
        return self.query_one(Transcript)

    # what the person does

    def say(self, text: str) -> bool:
        """Say it; False while an answer is under way, for there is one at a time."""
        if (under_way := self.talk.run) is not None:
            if under_way.can_stop:
                self._busy_until = time.monotonic() + BUSY_S
                self.show_status()
            return False
        run = str(uuid.uuid4())
        self.talk.say(text, time.monotonic(), run)
        self._grown(self.talk.lines[-1])
        self._transcript.anchor()
        message = SendMessage(
            self._agent,
            text,
            self._session,
            timeout=self._patience,
            approvals=self._approvals,
            keep=True,
            run=run,
        )
        self._host.start(SEND, message, quiet=True)
        self._begun()
        return True

    def stop(self) -> None:
        """End this answer, in the engine too; it is followed until that has happened."""
        run = self.talk.run
        if run is None or not run.can_stop:
            return
        run.stopping = "asked"
        if not run.accepted:
            self._give_up()
        which = StopTalk(self._agent, self._session, run.id)
        self._host.start(STOP, which, quiet=True, group=f"{STOP.name} {run.id}")
        self._turned()

    def page(self, by: int) -> None:
        """Read up or down without leaving the field."""
        if by < 0:
            self._transcript.release_anchor()
            self._transcript.scroll_page_up(animate=False)
        else:
            self._transcript.scroll_page_down(animate=False)

    # what the operations say

    def hear(self, message: OperationScreen.Progressed) -> None:
        """More of the answer, or what is going on instead."""
        if message.operation not in ANSWERS:
            return
        line = self.talk.take(message.event, self._words, time.monotonic())
        if line is not None:
            self._grown(line)
        if message.event.kind in ("started", "status", "tool", "approval"):
            self._turned()

    async def end(self, message: OperationScreen.Succeeded) -> None:
        """The answer is complete, was stopped, or what was said before is there."""
        if message.operation in ANSWERS and self.talk.run is not None:
            self._finished(self.talk.end(message.result.text, self._words))
        elif message.operation == STOP.name:
            self._stopped(message.params, was_running=message.result.stopped)
        elif message.operation == HISTORY.name:
            await self._recall(message.result)

    def fail(self, message: OperationScreen.Failed) -> None:
        """No answer, no history, or an answer that could not be stopped."""
        if message.operation == HISTORY.name and self.talk.run is None:
            self.query_one("#status", Static).update(self._words("chat.no-history"))
        elif message.operation == STOP.name:
            self._not_stopped(message.params)
        elif message.operation in ANSWERS and (run := self.talk.run) is not None:
            if run.stopping and message.error.code == "chat-stopped":
                self._finished(self.talk.stop(self._words))
                return
            is_sent = message.operation == SEND.name
            self._finished(self.talk.fail(message.error, self._words, again=is_sent))
            self.post_message(self.Unanswered(message.error, run.message if is_sent else ""))

    def _stopped(self, which: StopTalk, *, was_running: bool) -> None:
        run = self._being_stopped(which)
        if run is None:
            return
        if was_running or not run.accepted:
            self._give_up()
            self._finished(self.talk.stop(self._words))
        else:  # its end is on its way, or it is part of another answer
            self._not_stopped(which)

    def _not_stopped(self, which: StopTalk) -> None:
        run = self._being_stopped(which)
        if run is None:
            return
        line = self.talk.not_stopped(self._words)
        if run.accepted:
            self._grown(line)
            self._turned()
        else:  # nobody follows it any more
            self.talk.run = None
            self._finished(line)

    def _being_stopped(self, which: StopTalk) -> Run | None:
        run = self.talk.run
        return run if run is not None and run.stopping == "asked" and run.id == which.run else None

    def _give_up(self) -> None:
        for operation in ANSWERS:
            self._host.workers.cancel_group(self._host, operation)

    async def _recall(self, known: TalkSoFar) -> None:
        """Show what was said before, and follow the answer that is under way."""
        if self.talk.run is not None:
            return
        self.talk.load(known, self._words)
        if known.run_id:
            self.talk.take_up(known.run_id, known.text_so_far, time.monotonic())
        async with self.batch():
            await self._transcript.query(LineView).remove()
            await self._transcript.mount_all([LineView(line, self._who(line)) for line in self.talk.lines])
        self._show_empty()
        self._transcript.anchor()
        self.post_message(self.Recalled())
        if known.run_id:
            which = WhichRun(self._agent, known.run_id, self._session, self._patience, self._approvals)
            self._host.start(FOLLOW, which, quiet=True)
            self._begun()

    # what is seen of it

    def _begun(self) -> None:
        self._clock.resume()
        self._turned()

    def _finished(self, line: Line) -> None:
        self._clock.pause()
        self._grown(line)
        self._turned()

    def _turned(self) -> None:
        self.show_status()
        self.post_message(self.Turned())

    def show_status(self) -> None:
        """What is going on and for how long; painted where that is another text than before."""
        now = time.monotonic()
        is_busy = self.talk.run is not None and now < self._busy_until
        text = self._words("chat.busy") if is_busy else self.talk.status(self._words, now)
        status = self.query_one("#status", Static)
        if str(status.content) != text:
            status.update(text)

    def _grown(self, line: Line) -> None:
        self._show_empty()
        self._transcript.grown(line)

    def _show_empty(self) -> None:
        self.query_one("#empty").display = bool(self._empty) and not self.talk.lines

    def _who(self, line: Line) -> str:
        return self._words("chat.you") if line.kind == "you" else self.talk.name
