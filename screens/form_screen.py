"""A form in a screen of its own: ask, check, show what will change, save, say what did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from textual import on
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from appliance.ops.core import Plan, Risk
from appliance.ops.models_estimate import ESTIMATE
from appliance.providers.causes import CAUSES
from appliance.text import safe, safe_line
from screens.ages import waiting_for
from screens.deeds import doing, title_of, will
from screens.grace import Grace
from screens.list_place import WIDGETS_CSS
from screens.lookout import Looked
from screens.modals.failure import technical
from screens.operation_screen import OperationScreen
from screens.prices import costs, priced
from screens.problems import problem_of
from screens.result_text import outcome, result_text
from screens.widgets.field import Field
from screens.widgets.form import Form
from screens.widgets.hanging import Hanging, rows_of
from screens.widgets.key_line import KeyLine
from screens.widgets.questions import Wish, questions
from screens.widgets.record_rows import RecordRows
from screens.widgets.review import Review
from screens.widgets.top_line import TopLine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.ops.core import Operation
    from screens.desk import Desk

ANYWAY = frozenset(f"provider-{code}" for code in CAUSES)
"""What a test of a brain can end with: some operations keep it all the same."""
Stage = Literal["asking", "checking", "review", "saving", "done"]


class FormScreen(OperationScreen):
    """Runs one operation from the answers of a person."""

    CSS_PATH: ClassVar[Any] = [WIDGETS_CSS]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "forward", "Next", id="form.next"),
        Binding("enter,ctrl+s", "save", "Save", id="form.save", key_display="enter"),
        Binding("ctrl+s", "hand_over", "Save", id="form.submit", key_display="ctrl+s"),
        Binding("f8", "insist", "Keep it anyway", id="form.anyway"),
        Binding("escape", "back", "Back", id="form.back"),
        Binding("d", "technical", "Details", id="detail.technical"),
        Binding("f1", "app.help", "Help", id="app.help"),
    ]

    def __init__(
        self,
        desk: Desk,
        operation: Operation[Any, Any],
        wishes: Sequence[Wish] = (),
        *,
        fixed: Mapping[str, Any] | None = None,
        title: str = "",
        last: Wish | None = None,
        blame: Mapping[str, str] | None = None,
        said: str = "",
        done: str = "",
    ) -> None:
        """`last`: asked together with the review. `blame`: which field an error code is about.

        `said`: what it comes to, where whoever opens the form knows that; `done`: the same once it is done.
        """
        super().__init__(desk)
        self.operation = operation
        self._form = Form(desk.words, operation, wishes, fixed)
        self._title = title or title_of(desk.words, operation.name, operation.summary)
        self._last = Field(questions(operation, desk.words, (last,))[0], saves=True) if last else None
        self._blame = dict(blame or {})
        self._params: Any = None
        self._stage: Stage = "asking"
        self._said = said
        self._done = done
        self._failed_test = False
        """What was asked for was tested and failed: somebody may insist on it."""
        self.saved: Any = None
        """What the operation brought; None until it did."""
        self._doing = ""
        self._status = Content()
        self.grace = Grace()
        """Of the review: the key that ended the questions does not save what it shows."""

    def compose(self) -> ComposeResult:
        yield TopLine(self.desk)
        with Container(id="body"):
            yield Static(Content.styled(safe_line(self._title), "bold"), id="form-title")
            yield self._form
            yield Review(self.words, self._last, technical=self.desk.advanced)
            yield Hanging(id="form-status")
        yield KeyLine(self.words)

    def on_mount(self) -> None:
        self.set_interval(1.0, self._count_wait)
        self._enter("asking")
        if not self._form.asks:
            self._form.submit()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`d` is a letter while something is typed; what is being saved is not left."""
        if action == "back":
            return not self._saves
        if action == "technical":
            return self._stage == "review"
        if action == "forward":
            return self._stage == "asking"
        if action == "hand_over":
            return self._stage == "asking" and not self._form.stepwise
        if action == "save":
            return self._stage == "review"
        if action == "insist":
            return self._stage == "asking" and self._failed_test
        return super().check_action(action, parameters)

    def action_forward(self) -> None:
        """To the next question."""
        self._form.forward()

    def action_hand_over(self) -> None:
        """From any question to the review."""
        self._form.submit()

    def action_insist(self) -> None:
        """What failed its test shall be kept all the same."""
        self._params = replace(self._params, anyway=True)
        self._enter("checking")
        self.look_ahead(self.operation, self._params)

    def action_save(self) -> None:
        """What was reviewed shall be."""
        self._save()

    def action_technical(self) -> None:
        """Show the whole names of what changes."""
        self.query_one(Review).turn()

    def action_back(self) -> None:
        """One step back; from the first question out."""
        self.workers.cancel_node(self)
        if self._stage == "done" or (self._stage == "asking" and not self._form.back()):
            self._form.forget_secrets()
            self.dismiss()
        elif not self._form.asks:
            self.dismiss()
        else:
            self._enter("asking")

    @property
    def _saves(self) -> bool:
        return self._stage == "saving" and self.operation.risk is not Risk.READ

    @on(Form.Submitted)
    def check(self, message: Form.Submitted) -> None:
        """A read runs at once; of a change it is found out first what it would do."""
        self._params = message.params
        self._failed_test = False
        if self.operation.risk is Risk.READ:
            self.start(self.operation, self._params, quiet=True)
            self._enter("saving")
        else:
            self._enter("checking")
            self.look_ahead(self.operation, self._params)

    @on(RecordRows.Opened)
    def save_with_last(self, message: RecordRows.Opened) -> None:
        """Enter on the answer to the last question saves."""
        message.stop()
        if self._stage == "review":
            self._save()

    @on(Form.Moved)
    def say_where(self, message: Form.Moved) -> None:
        """Heading with the number of the question."""
        title = Content.styled(safe_line(self._title), "bold")
        if self._form.stepwise and message.count > 1:
            step = self.words("form.step", number=message.number, count=message.count)
            title = Content.assemble(title, "   ", (step, "$muted"))
        self.query_one("#form-title", Static).update(title)

    @on(Looked)
    def see(self) -> None:
        """The shop is not as it was."""
        self.query_one(TopLine).outlook = self.desk.lookout.sight.outlook

    @on(OperationScreen.Planned)
    def review(self, message: OperationScreen.Planned) -> None:
        """Show what would change."""
        self._show_plan(message.plan)

    @on(OperationScreen.Progressed)
    def say_progress(self, message: OperationScreen.Progressed) -> None:
        """What it is at."""
        if message.event.kind in ("progress", "step", "status"):
            said = safe_line(message.event.text).rstrip("… ") if self.desk.advanced else ""
            self._doing = said or doing(self.words, self.operation.name, message.event)
            self._count_wait()

    @on(OperationScreen.Succeeded)
    def finish(self, message: OperationScreen.Succeeded) -> None:
        """A change is reported where it was asked for; what was read is shown here."""
        if message.operation != self.operation.name:
            if self._stage == "review":
                self._say(Content.styled(costs(message.result.model, message.result, self.words), "$muted"))
            return
        self._form.forget_secrets()
        self.saved = message.result
        if self.operation.risk is Risk.READ:
            self._enter("done")
            self._say(Content(safe(result_text(self.words, self.operation, message.result))))
            return
        self.notice(" ".join(filter(None, (self._done, outcome(self.words, message.result)))))
        self.dismiss()

    @on(OperationScreen.Failed)
    def explain(self, message: OperationScreen.Failed) -> None:
        """Under its field, in words."""
        if message.operation != self.operation.name:  # what it costs stays unsaid
            return
        error = message.error
        self._enter("asking")
        if error.code == "no-consent":
            return
        told = problem_of(self.words, error)
        text = f"{told.text}\n  {told.next}" if told.next else told.text
        self._failed_test = hasattr(self._params, "anyway") and error.code in ANYWAY
        if self._failed_test:
            text = f"{text}\n  {self.words('form.anyway')}"
        if self.desk.advanced:
            text = f"{text}\n{technical(self.words, error)}"
        if self._form.asks:
            self._form.complain(text, self._blame.get(error.code, ""))
        else:
            self._enter("done")
            self._say(Content.assemble(("✗ ", "$bad"), text))

    def _save(self) -> None:
        if not self.grace.takes():
            return
        if self._last is not None:
            self._params = replace(self._params, **{self._last.question.name: self._last.given})
        self.start(self.operation, self._params, quiet=True)
        self._enter("saving")

    def _show_plan(self, found: Plan) -> None:
        self._enter("review")
        self.grace = Grace()
        self.call_after_refresh(self.grace.begin)
        self.query_one(Review).show(found, self._said or will(self.words, self.operation.name, self._params))
        reckoned = priced(self.operation.name, self._params)
        if reckoned is not None:
            self.start(ESTIMATE, reckoned, quiet=True)

    def _enter(self, stage: Stage) -> None:
        self._stage = stage
        self._doing = ""
        self._form.display = stage == "asking"
        self.query_one(Review).display = stage == "review"
        self._say(Content())
        if stage != "asking":
            self.query_one("#form-title", Static).update(Content.styled(safe_line(self._title), "bold"))
        if stage == "asking":
            self._form.resume()
        self._count_wait()
        self.refresh_bindings()

    def _count_wait(self) -> None:
        is_asked = self.app.screen is not self  # nothing is waited for but the answer
        if self._stage not in ("checking", "saving") or is_asked:
            return
        seconds = self.waited(self.operation.name)
        what = self._doing or doing(self.words, self.operation.name) or self.words(f"form.{self._stage}")
        self._say(Content.styled(waiting_for(self.words, what, seconds), "$moon"))

    def _say(self, status: Content) -> None:
        if not status.is_same(self._status):
            self._status = status
            self.query_one("#form-status", Hanging).show(rows_of(status))
