"""Talk to an agent: the answer streams in, waiting is named and timed, esc stops it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import WorkerError

from appliance.ops.chat_draft import DRAFT, KEEP, KeepDraft, WhoseDraft
from appliance.text import safe_line
from screens.chat.conversation import Conversation
from screens.chat.picker import AgentPicker
from screens.chat.talk import Talk
from screens.chat.talking import TalkingScreen
from screens.chat.widgets import Say
from screens.deciding import Deciding
from screens.lookout import Looked
from screens.operation_screen import OperationScreen
from screens.place import WIDE, Place
from screens.widgets.key_line import KeyLine
from screens.widgets.top_line import TopLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.screen import Screen
    from textual.timer import Timer

    from screens.desk import Desk

KEEP_S = 0.5
"""What is written within this time is kept together."""


class ChatScreen(TalkingScreen, Deciding):
    """One conversation, beside the place it was begun on where there is room; leaving keeps what was said."""

    CSS_PATH: ClassVar[Any] = ["conversation.tcss", "screen.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - Textual declares it so
    AUTO_FOCUS = "Say"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", id="chat.stop", key_display="esc"),
        Binding("escape", "back", "Back", id="chat.back", key_display="esc"),
        Binding("f2", "decide", "Decide", id="chat.decide", key_display="F2"),
        Binding("f4", "pick", "Another agent", id="chat.pick", key_display="F4"),
        Binding("f3", "behind", "Details", id="chat.behind", key_display="F3"),
        Binding("f1", "app.help", "Help", id="app.help"),
    ]

    def __init__(self, desk: Desk, agent: str, name: str, beneath: Screen[Any] | None = None) -> None:
        """`beneath`: the screen that it is opened on."""
        super().__init__(desk)
        self._beneath = beneath
        self._agent = agent
        self._speaker = safe_line(name)
        self._talk = desk.talks.setdefault(agent, Talk(self._speaker))
        self._keeping = f"{KEEP.name} {agent}"
        """The one writer of what is written here, whichever screen began it."""
        self._recalled = 0
        """How far back the arrow went; 0 is what is being written."""
        self._due: Timer | None = None
        """When what is being written is kept."""

    def compose(self) -> ComposeResult:
        self._stand_beside()
        yield TopLine(self.desk)
        with Vertical(id="pane"):
            yield Static(Content.styled(self._speaker, "bold"), id="with")
            empty = self.words("chat.empty", name=self._speaker)
            yield Conversation(self.words, self._talk, self._agent, empty=empty)
            yield Say(placeholder=self.words("chat.say", name=self._speaker))
        yield KeyLine(self.words)

    def _stand_beside(self) -> None:
        """A place makes room at its right; it goes on being live, and has the space again when it is back."""
        if isinstance(self._beneath, Place):
            self._beneath.add_class("-beside")
            self.add_class("-pane")

    def on_mount(self) -> None:
        self._see()
        if self._talk.draft is None:
            self.start(DRAFT, WhoseDraft(self._agent), quiet=True)
        else:
            self._write(self._talk.draft)

    @on(Looked)
    def see(self) -> None:
        """The shop is not as it was."""
        self._see()

    def _see(self) -> None:
        self.query_one(TopLine).outlook = self.desk.lookout.sight.outlook

    @property
    def _conversation(self) -> Conversation:
        return self.query_one(Conversation)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Esc stops an answer under way, and goes back otherwise; also where it cannot be stopped."""
        run = self._talk.run
        stops = run is not None and run.can_stop
        asks = run is not None and bool(run.asks)
        failed = self.told is not None
        return {"stop": stops, "back": not stops, "decide": asks, "behind": failed}.get(action, True)

    @on(Input.Submitted)
    def send(self) -> None:
        """Say what is written, unless an answer is under way."""
        field = self.query_one(Say)
        text = field.value.strip()
        if text and self._conversation.say(text):
            field.clear()
            self._recalled = 0
            self.told = None

    def action_stop(self) -> None:
        """Stop the answer, in the engine too."""
        self._conversation.stop()

    def action_decide(self) -> None:
        """Show what the agent asks leave for, and take an answer."""
        run = self._talk.run
        if run is not None and run.asks:
            self.ask_for(run.asks[0], self._speaker)

    def settled(self, ask: str) -> None:
        """It is not asked here any more either."""
        super().settled(ask)
        if self._talk.run is not None:
            self._talk.run.resolve(ask)
        self.refresh_bindings()

    def action_pick(self) -> None:
        """Talk to another agent; an answer under way goes on."""
        seen = self.desk.lookout.sight.glance
        agents = seen.agents if seen else ()

        def switch(agent: str | None) -> None:
            name = next((each.name for each in agents if each.id == agent), "")
            if agent and agent != self._agent:
                self._keep_draft()
                self.app.switch_screen(ChatScreen(self.desk, agent, name, self._beneath))

        if agents:
            self.app.push_screen(AgentPicker(self.words, agents, self._agent), switch)

    def action_back(self) -> None:
        """Leave; what was said stays, and what is written."""
        self._keep_draft()
        self.dismiss()

    def on_screen_suspend(self) -> None:
        """Something stands above it, or it goes in another way than by its own keys."""
        self._keep_draft()

    def action_recall(self, by: int) -> None:
        """Bring an earlier message back into the field."""
        sent = self._talk.sent
        self._recalled = max(0, min(len(sent), self._recalled - by))
        field = self.query_one(Say)
        field.value = sent[-self._recalled] if self._recalled else ""
        field.cursor_position = len(field.value)

    def action_page(self, by: int) -> None:
        """Read up or down without leaving the field."""
        self._conversation.page(by)

    @on(OperationScreen.Succeeded)
    def recall_draft(self, message: OperationScreen.Succeeded) -> None:
        """What was written before is there."""
        if message.operation == DRAFT.name and self._talk.draft is None:
            self._talk.kept = message.result.text
            if not self.query_one(Say).value:
                self._talk.draft = message.result.text
                self._write(message.result.text)
                self.drop_said()

    @on(Conversation.Turned)
    def turn(self) -> None:
        """Other keys matter; and what the engine has by now is no draft any more."""
        self.refresh_bindings()
        self._keep_draft()

    @on(Conversation.Recalled)
    def drop_said(self) -> None:
        """What was said in the moment in which the line broke is not to be said again."""
        field = self.query_one(Say)
        if self._talk.has_said(field.value):
            field.clear()

    @on(Conversation.Unanswered)
    def give_back(self, message: Conversation.Unanswered) -> None:
        """The message is back in the field."""
        if not self.query_one(Say).value:
            self._write(message.said)

    def _write(self, text: str) -> None:
        field = self.query_one(Say)
        field.value = text
        field.cursor_position = len(text)

    @on(Input.Changed)
    def note_writing(self) -> None:
        """Keep what is written in a moment: a dropped line does not lose it."""
        if self._due is None:
            self._due = self.set_timer(KEEP_S, self._keep_draft)

    def _keep_draft(self) -> None:
        """Kept on the desk at once and on disk soon, by whoever is there then; one writer at a time."""
        if self._due is not None:
            self._due.stop()
            self._due = None
        fields = self.query(Say)
        text = self._talk.unsaid(fields.first().value) if fields else ""
        if not fields or (self._talk.draft is None and not text):
            return
        self._talk.draft = text
        if self._talk.draft != self._talk.kept and not self.under_way(self._keeping):
            self._work(self.app, self._put_draft, KEEP.name, self._keeping)

    async def put_by(self) -> None:
        """What was written in the last moment."""
        self._keep_draft()
        writers = [each for each in self.app.workers if each.group == self._keeping and not each.is_finished]
        with suppress(WorkerError):  # whoever ends the program has no answer to a bug in it
            await self.app.workers.wait_for_complete(writers)

    async def _put_draft(self) -> None:
        while (text := self._talk.draft) is not None and text != self._talk.kept:
            self._talk.kept = text
            await self._run(KEEP, KeepDraft(self._agent, text), quiet=True)
