"""Keeps every answer at once, and what is typed within a second: a dropped line loses neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.widget import Widget

from appliance.ops.setup_draft import ANSWER, TYPE, AnswerSetup, TypeSetup
from screens.wizard import pages
from screens.wizard.frame import WizardFrame
from screens.wizard.questions import Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.timer import Timer

    from appliance.profile.draft import Draft
    from appliance.secret import Secret
    from screens.desk import Desk
    from screens.wizard.pages import Page

TYPED_S = 0.5
"""What is typed within this time is kept together."""
_NOTHING_TO_KEEP = (pages.APPLY, pages.SHEET, pages.PLAN)


class WizardKeeping(WizardFrame):
    """One writer at a time: an answer waits for typed text on its way, and no text overtakes an answer."""

    can_go_back = False
    """Whether it was opened from a place, which is before the first question then."""

    @dataclass
    class Left(Message):
        """Whoever sits here goes on with it another time; all that was typed is kept."""

    def __init__(self, desk: Desk, *, key: Secret | None = None) -> None:
        super().__init__(desk, key=key)
        self._leaving = False
        self._writing = False
        """Typed text is on its way to the disk."""
        self._waits: tuple[Page, Mapping[str, str]] | None = None
        """An answer that waits for it."""
        self._due: Timer | None = None
        self._kept_text = ""

    @on(Question.Typed)
    def note_typing(self) -> None:
        """Keep it in a moment; what comes until then is kept with it."""
        if self._due is None and not self._leaving:
            self._due = self.set_timer(TYPED_S, self._keep_typed)

    def _keep_typed(self) -> None:
        self._due = None
        question, page = self._question, self.page
        if question is None or page is None or page in _NOTHING_TO_KEEP:
            return
        if self._busy:
            if page.field == pages.KEY.field:
                return
            self.note_typing()
            return
        text = question.unsaved()
        if self._writing:
            self.note_typing()
        elif text != self._kept_text:
            self._writing, self._kept_text = True, text
            self.start(TYPE, TypeSetup(page.stage, page.field, text), quiet=True)

    def _typed_kept(self) -> None:
        """The text is on disk, or could not be put there; whoever waited goes on."""
        self._writing = False
        if self._waits is not None:
            waits, self._waits = self._waits, None
            self._write(*waits)
        elif self._leaving:
            self._keep_typed()
            if not self._writing:
                self.post_message(self.Left())

    def _keep(self, follows: Page, answers: Mapping[str, str]) -> None:
        self._busy = True
        if self._writing:
            self._waits = (follows, answers)
        else:
            self._write(follows, answers)

    def _write(self, follows: Page, answers: Mapping[str, str]) -> None:
        self._kept_text = ""
        pairs = tuple(f"{name}={text}" for name, text in answers.items())
        self.start(ANSWER, AnswerSetup(follows.stage, follows.field, pairs), quiet=True)

    def action_leave(self) -> None:
        """Leave for now; what was typed on this page is kept too."""
        way = [node for node in (self.focused or self).ancestors_with_self if isinstance(node, Widget)]
        self._follow_keys([each for node in way for each in (node, node)])

    def _follow_keys(self, way: Sequence[Widget]) -> None:
        """Go the way that the news of the last keys goes, twice through each: a part may pass on its own."""
        if way:
            way[0].call_later(self._follow_keys, way[1:])
        else:
            self._leave()

    def _leave(self) -> None:
        self._leaving = True
        if self._due is not None:
            self._due.stop()
            self._keep_typed()
        if not self._writing and self._waits is None:
            self.post_message(self.Left())

    def _opened_with(self, draft: Draft) -> None:
        self._kept_text = draft.typed
