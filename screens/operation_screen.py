"""The base of every screen: runs operations in workers and shows consent, progress, failure and bugs."""

from __future__ import annotations

import time
from asyncio import CancelledError
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import events, on
from textual.binding import Binding
from textual.message import Message
from textual.worker import Worker, WorkerState

from appliance.errors import Conflict, LunaError
from appliance.ops.core import Call, Event, Operation, Plan, Risk
from appliance.ops.dispatch import dispatch, plan
from screens.background import run_behind
from screens.deeds import deed, question
from screens.first_paint import PatientScreen
from screens.problems import unforeseen
from screens.widgets.key_line import KeyLine
from screens.widgets.notice_line import NoticeLine
from screens.widgets.too_small import TooSmall, is_too_small

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import App
    from textual.binding import BindingType

    from screens.desk import Desk

P = TypeVar("P")
R = TypeVar("R")


class OperationScreen(PatientScreen):
    """Handlers start an operation and return; its end arrives as a message."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "app.next_theme", "Other colours", id="look.theme", show=False),
    ]

    told: LunaError | None = None
    """What went wrong last and is told in place, for screens with a key to what is behind it."""

    @dataclass
    class Succeeded(Message):
        """An operation ended well."""

        operation: str
        result: Any
        params: Any = None
        """What it was asked with."""

    @dataclass
    class Failed(Message):
        """An operation could not do what was asked."""

        operation: str
        error: LunaError
        quiet: bool
        """It was a look in the background: the screen shows it in place, no dialog."""
        params: Any = None
        """What it was asked with."""

    @dataclass
    class Progressed(Message):
        """An operation said something on its way."""

        operation: str
        event: Event

    @dataclass
    class Planned(Message):
        """What an operation would do."""

        operation: str
        plan: Plan

    @dataclass
    class Crashed(Message):
        """A bug of ours in the background; the app keeps a record of it."""

        bug: BaseException

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.words = desk.words

    async def _dispatch_message(self, message: Message) -> None:
        """A screen on its way out has nothing left to show our messages on; Textual's own end it."""
        if not (self._pruning and type(message).__module__.startswith("screens.")):
            await super()._dispatch_message(message)

    def on_mount(self) -> None:
        self._deaf = self.desk.notices.listen(self._show_notice)
        self._show_notice()

    def on_unmount(self) -> None:
        self._deaf()

    def on_resize(self, event: events.Resize) -> None:
        """Below the least size a sentence covers everything; the focus stays where it was."""
        covers = self.query(TooSmall)
        if is_too_small(*event.size):
            if not covers:
                self.mount(TooSmall(self.words))
        elif covers:
            covers.remove()

    def start(self, operation: Operation[P, R], params: P, *, quiet: bool = False, group: str = "") -> bool:
        """Run an operation in the background; its end arrives in every case, a bug's as a quiet `Failed`.

        The newest look of its kind replaces an older one. A change that takes its time goes on when this
        screen is left, and is not begun a second time meanwhile: False, and a quiet `Failed` of code `busy`.
        `quiet`: a look that nobody asked for; its failure is shown in place and never as a dialog.
        """
        if quiet:
            self.await_first_look()
        group = group or operation.name
        belongs_here = operation.risk is Risk.READ or operation.local or operation.streams
        if not belongs_here and self.under_way(group):
            self.notice(self.words("notice.busy"), "look")
            refused = Conflict("It is under way already.", code="busy")
            self.post_message(self.Failed(operation.name, refused, quiet=True, params=params))
            return False
        work = partial(self._run, operation, params, quiet=quiet)
        self._work(self if belongs_here else self.app, work, operation.name, group)
        return True

    def under_way(self, group: str) -> bool:
        """Whether an operation of this group runs, whichever screen began it."""
        return any(each.group == group and not each.is_finished for each in self.app.workers)

    async def put_by(self) -> None:
        """Keep what would be lost with the program, for those who have something."""

    def look_ahead(self, operation: Operation[P, R], params: P) -> None:
        """Find out in the background what an operation would do: `Planned`, or a quiet `Failed`."""
        self._work(self, partial(self._plan, operation, params), operation.name, operation.name)

    def notice(self, text: str, meaning: str = "good") -> None:
        """Report above the key line what needs no answer; the focus stays where it is."""
        self.desk.notices.tell(text, meaning)

    def _show_notice(self) -> None:
        lines = self.query(NoticeLine)
        if lines:
            lines.first().show_newest()
        elif self.desk.notices.fresh is not None and self.query(KeyLine):
            self.mount(NoticeLine(self.desk.notices), before=self.query(KeyLine).first())

    def _work(
        self, owner: OperationScreen | App[Any], work: Callable[[], Awaitable[None]], name: str, group: str
    ) -> None:
        """Have a worker call and run it; one that is replaced before it begins does neither."""
        self.desk.begun[name] = time.monotonic()
        run_behind(owner, work, group=group, name=name, exclusive=True)

    def waited(self, operation: str) -> float:
        """Seconds since an operation of this name was started, here or on another screen."""
        return time.monotonic() - self.desk.begun.get(operation, time.monotonic())

    async def _run(self, operation: Operation[P, R], params: P, *, quiet: bool) -> None:
        def tell(event: Event) -> None:
            self.post_message(self.Progressed(operation.name, event))

        what = deed(self.words, operation.name, operation.summary)
        looks = operation.risk is Risk.READ
        try:
            result = await dispatch(self.desk.box, operation, params, self._call(operation, params, tell))
        except LunaError as error:
            if not self.post_message(self.Failed(operation.name, error, quiet, params)) and not looks:
                self.notice(self.words("notice.failed-away", what=what), "bad")
        except Exception as bug:
            self.post_message(self.Failed(operation.name, unforeseen(bug), quiet=True, params=params))
            raise
        else:
            is_news = not (looks or (quiet and operation.local))  # what a screen keeps for itself is none
            if not self.post_message(self.Succeeded(operation.name, result, params)) and is_news:
                self.notice(self.words("notice.done-away", what=what))
        self.call_later(self.show_at_last)

    def _call(self, operation: Operation[P, R], params: P, tell: Callable[[Event], None]) -> Call:
        """The caller; what is asked on the way is asked in the owner's words, of supporters as it stands."""

        async def ask(question_of_it: str) -> bool:
            if not self.desk.advanced:
                seen = self.desk.lookout.sight.glance
                names = {agent.id: agent.name for agent in seen.agents} if seen else {}
                question_of_it = question(self.words, operation.name, params, names, question_of_it)
            answer = await self._ask(question_of_it)
            self.desk.begun[operation.name] = time.monotonic()  # only from here on the box is waited for
            return answer

        return self.desk.call(ask, tell)

    async def _plan(self, operation: Operation[P, R], params: P) -> None:
        def tell(event: Event) -> None:
            self.post_message(self.Progressed(operation.name, event))

        try:
            found = await plan(self.desk.box, operation, params, self._call(operation, params, tell))
        except LunaError as error:
            self.post_message(self.Failed(operation.name, error, quiet=True, params=params))
        except Exception as bug:
            self.post_message(self.Failed(operation.name, unforeseen(bug), quiet=True, params=params))
            raise
        else:
            self.post_message(self.Planned(operation.name, found))

    async def _ask(self, question: str) -> bool:
        from screens.modals.confirm import Confirm

        dialog = Confirm(self.words, question)
        try:
            answer: bool = await self.app.push_screen_wait(dialog)
        except CancelledError:
            dialog.withdraw()
            raise
        return answer

    @on(Failed)
    def show_failure(self, message: Failed) -> None:
        """A dialog with the sentence and the next step; none for a look, nor when the owner said no."""
        if not message.quiet and message.error.code != "no-consent":
            self._fail(message.error)

    def _fail(self, error: LunaError | None, *, details: bool = False) -> None:
        from screens.modals.failure import Failure

        self.app.push_screen(Failure(self.words, error, details=details or self.desk.advanced))

    def action_behind(self) -> None:
        """What went wrong here as it was raised."""
        if self.told is not None:
            self._fail(self.told, details=True)

    @on(Worker.StateChanged)
    def show_bug(self, event: Worker.StateChanged) -> None:
        """What no operation foresaw: said plainly, kept in the log, and the program goes on."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._fail(None)
            self.post_message(self.Crashed(event.worker.error))
