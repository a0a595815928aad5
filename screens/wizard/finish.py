"""The pages before the first conversation: what will be done, and doing it step by step."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.message import Message
from textual.widgets import Static

from appliance.text import safe
from screens.wizard.questions import Question
from screens.wizard.step_list import StepList, plan_text

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.ops.core import Event
    from appliance.ops.setup_draft import SetupPlan
    from screens.words import Words


class PlanPage(Question, can_focus=True):
    """What will be installed, changed and started, before anything is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "Next", id="wizard.next"),
        Binding("d", "details", "Details", id="wizard.details"),
    ]

    @dataclass
    class Ask(Message):
        """Find out what would be done."""

    def __init__(self, words: Words) -> None:
        super().__init__(words, "plan")
        self._plan: SetupPlan | None = None
        self._looking = True

    def fields(self) -> ComposeResult:
        yield Static(self._say("looking"), classes="steps", markup=False)
        yield Static("", classes="technical muted gap", markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(".technical").display = False
        self.post_message(self.Ask())

    def show_plan(self, plan: SetupPlan) -> None:
        """Its steps in the owner's words, and as they are behind `d`."""
        self._plan = plan
        self._ready()
        self.query_one(".steps", Static).update(plan_text(self.words, plan))
        rows = [f"{step.operation}  {step.target}: {step.summary}" for step in plan.steps]
        self.query_one(".technical", Static).update(safe("\n".join(rows)))

    def failed(self, text: str) -> None:
        """It could not be found out; enter tries again."""
        self._ready()
        self.trouble(text)

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to go on with before there is a plan."""
        return not self._looking if action == "go" else True

    def action_go(self) -> None:
        """It was read; where it could not be made, it is asked for once more."""
        self.trouble("")
        if self._plan is None:
            self._looking = True
            self.refresh_bindings()
        self.post_message(self.Ask() if self._plan is None else self.Answered())

    def _ready(self) -> None:
        self._looking = False
        self.refresh_bindings()

    def action_details(self) -> None:
        """Show or hide the operations and settings behind it."""
        view = self.query_one(".technical")
        view.display = not view.display


class ApplyPage(Question, can_focus=True):
    """Sets the box up; after a failure one key goes on from there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,r", "again", "Try again", id="wizard.next", key_display="enter"),
    ]

    @dataclass
    class Begin(Message):
        """Bring the box to the draft."""

    def __init__(self, words: Words) -> None:
        super().__init__(words, "apply")
        self._began = time.monotonic()
        self.works = False
        """Steps are being taken."""

    def fields(self) -> ComposeResult:
        yield StepList(self.words)
        yield Static("", classes="waiting muted", markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self.action_again()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Try again only where something failed."""
        return not self.works if action == "again" else True

    def action_again(self) -> None:
        """Begin, or go on where it stopped."""
        self.works, self._began = True, time.monotonic()
        self.trouble("")
        self.tick()
        self.refresh_bindings()
        self.post_message(self.Begin())

    def progressed(self, event: Event) -> None:
        """A plan, a step, or how far a step is."""
        steps = self.query_one(StepList)
        if event.kind == "plan":
            steps.plan(event.data["steps"])
            self.query_one(".waiting").display = False
        elif event.kind == "step":
            steps.step(event.data)
        elif event.kind == "progress" and event.data.get("total"):
            steps.share(float(event.data["done"]), float(event.data["total"]))

    def failed(self, text: str) -> None:
        """Say why it stopped and which key goes on."""
        self.works = False
        self.query_one(".waiting").display = False
        self.trouble(f"{text}\n{self.words('wizard.apply.again')}")
        self.refresh_bindings()

    def tick(self) -> None:
        """A second went by."""
        for steps in self.query(StepList):
            steps.tick()
        if self.works:
            seconds = f"{time.monotonic() - self._began:.0f}"
            self._wait(self.words("wizard.apply.looking", seconds=seconds))
