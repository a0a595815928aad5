"""What agents ask leave for: looked up, shown, answered, and what came of the answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.reactive import reactive

from appliance.ops.core import Nothing
from appliance.text import safe_line
from screens.operation_screen import OperationScreen

if TYPE_CHECKING:
    from appliance.ops.approvals import Decided, Decision
    from screens.chat.talk import Ask

WAITING, DECIDED = "approvals.list", "approvals.decide"
"""Their area is loaded when somebody decides."""
GONE = ("approval-gone",)
"""Codes of failures after which a decision does not wait any more."""


class Deciding(OperationScreen):
    """A screen on which decisions are taken."""

    looks_up: reactive[bool] = reactive(default=False, init=False)
    """It is being found out what waits."""
    _asker = ""
    """The name of who asked what was answered last."""

    def look_up(self) -> None:
        """Find out what waits for a decision; the oldest is shown."""
        from appliance.ops.approvals import LIST

        self.start(LIST, Nothing())
        self.looks_up = True

    def ask_for(self, ask: Ask | Decision, name: str) -> None:
        """Show it and take an answer; over nothing that somebody opened meanwhile."""
        from screens.chat.decision import DecisionDialog, is_late

        if self.app.screen is not self:
            return
        if is_late(ask):
            self._answer(ask, name, "")
        else:
            self.app.push_screen(DecisionDialog(self.words, ask, name), partial(self._answer, ask, name))

    def settled(self, ask: str) -> None:  # noqa: ARG002 - for those who keep them
        """This one does not wait any more: see what is left."""
        self.desk.lookout.look_now()

    def _answer(self, ask: Ask | Decision, name: str, answer: str | None) -> None:
        from appliance.ops.approvals import ANSWERS, DECIDE, Decide
        from screens.chat.decision import is_late

        known = {each: each for each in ANSWERS}
        if answer in known:
            self._asker = name
            self.start(DECIDE, Decide(ask.id, known[answer]))
        elif is_late(ask):
            self.notice(self.words("decision.came.late"), "look")
            self.settled(ask.id)

    @on(OperationScreen.Succeeded)
    def go_on_deciding(self, message: OperationScreen.Succeeded) -> None:
        """What waits is known, or an answer arrived."""
        if message.operation == DECIDED:
            self._tell(message.result)
        elif message.operation == WAITING:
            self.looks_up = False
            if message.result.decisions:
                self._show_first(message.result.decisions[0])
            else:
                self.desk.lookout.look_now()

    @on(OperationScreen.Failed)
    def end_deciding(self, message: OperationScreen.Failed) -> None:
        """It could not be looked up, or does not wait any more."""
        if message.operation == WAITING:
            self.looks_up = False
        elif message.operation == DECIDED and message.error.code in GONE:
            self.settled(message.params.id)

    def _show_first(self, waits: Decision) -> None:
        seen = self.desk.lookout.sight.glance
        names = {agent.id: agent.name for agent in seen.agents} if seen else {}
        name = safe_line(waits.who or names.get(waits.agent, ""))
        self.ask_for(waits, name or self.words("operation.asks.somebody"))

    def _tell(self, came: Decided) -> None:
        """Whether it is as was said; somebody may have been faster, or it was too late."""
        ends = {"allowed": "allowed", "denied": "denied", "expired": "late"}
        end = ends.get(came.status, "gone")
        if not came.applied and end in ("allowed", "denied"):
            end = f"faster-{end}"
        text = self.words(f"decision.came.{end}", name=self._asker)
        self.notice(text, "good" if came.applied and end in ends else "look")
        self.settled(came.id)
