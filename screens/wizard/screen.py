"""The wizard: one question a page, every answer kept at once, the box set up and talked to in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.message import Message

from appliance.ops.core import Nothing
from appliance.ops.setup_brain import BRAINS, TRY, TryBrain
from appliance.ops.setup_draft import ANSWER, APPLY, DRAFT, OVER, PLAN, TYPE, ApplySetup
from appliance.ops.setup_sheet import SHEET, SUMMARY, SetupSummary, WriteSheet
from appliance.ops.templates import LIST
from appliance.profile.draft import PEOPLE
from screens.chat.talking import OF_TALK
from screens.operation_screen import OperationScreen
from screens.problems import problem_of
from screens.wizard import asking, pages
from screens.wizard.again_page import AgainPage
from screens.wizard.finish import ApplyPage, PlanPage
from screens.wizard.flow import as_kept
from screens.wizard.keeping import WizardKeeping
from screens.wizard.key_question import KeyQuestion
from screens.wizard.languages import LANGUAGES
from screens.wizard.pages import Page
from screens.wizard.questions import Question
from screens.wizard.sheet import SheetPage, page_of
from screens.words import FALLBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.binding import BindingType

    from appliance.errors import LunaError
    from appliance.profile.draft import Draft

_OF_BRAINS = ("kind", "key", "model")
_WORDS_OF = dict(LANGUAGES)


class WizardScreen(WizardKeeping):
    """From an empty box to a first conversation; left at any time, it opens again at the same question."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next", "Next", id="wizard.next", show=False),
        Binding("escape", "back", "Back", id="wizard.back", key_display="esc"),
        Binding("f1", "help", "Help", id="wizard.help", key_display="F1"),
        Binding(
            "ctrl+q",
            "leave",
            "Leave for now",
            id="wizard.leave",
            key_display="ctrl+q",
            priority=True,
        ),
        Binding("f3,d", "behind", "Details", id="wizard.behind", key_display="F3"),
        Binding("f4,A", "advanced", "Advanced", id="wizard.advanced", key_display="F4", show=False),
    ]

    _found: SetupSummary | None = None

    @dataclass
    class Finished(Message):
        """The box is set up; the dashboard comes next."""

    @dataclass
    class LanguageChosen(Message):
        """From here on the program speaks another language."""

        code: str

    @dataclass
    class SeatTaken(Message):
        """Who sits here reads the pages of supporters from now on, or no longer."""

        advanced: bool

    # what the questions say

    @on(Question.Answered)
    def take_answer(self, message: Question.Answered) -> None:
        """Keep the answer and go on to the next question."""
        page = self.page
        if page is None or self._busy:
            return
        if page == pages.SHEET:
            self._keep(Page(OVER, ""), {})
        elif "no" in (message.answers.get("consent"), message.answers.get("weak")):
            self.action_back()
        elif page == pages.KIND:
            self._go_on(self._flow.choose_brain(message.answers["kind"]))
        elif page == pages.MODEL and self._flow.wants_trial(message.answers["model"]):
            self._try(message.answers["model"])
        else:
            self._go_on(as_kept(page, message.answers))

    def _go_on(self, answers: Mapping[str, str]) -> None:
        self._keep(self._flow.follows(answers), answers)

    @on(KeyQuestion.Try)
    def try_brain(self, message: KeyQuestion.Try) -> None:
        """Ask the brain to answer and to use a tool."""
        if self._busy:
            return
        self._flow.key = message.key
        draft = self._flow.draft
        self._try(draft.model if draft.kind in (pages.PRACTICE, "custom") else "")

    def _try(self, model: str) -> None:
        self._busy = True
        if question := self._question:
            question.trouble("")
        draft = self._flow.draft
        self.start(TRY, TryBrain(draft.kind, draft.base_url, model, self._flow.key), quiet=True)
        self._tick()

    @on(PlanPage.Ask)
    def look_ahead_at_all(self) -> None:
        """What setting up would do."""
        self.start(PLAN, Nothing(), quiet=True)

    @on(ApplyPage.Begin)
    def apply(self) -> None:
        """Bring the box to what was answered."""
        self.start(APPLY, ApplySetup(self._flow.key), quiet=True)

    @on(AgainPage.Again)
    async def show_again(self) -> None:
        """What a page is about may be readable by now."""
        if self.page is not None:
            await self._show(self.page)

    # what the operations say

    @on(OperationScreen.Succeeded)
    async def take_result(self, message: OperationScreen.Succeeded) -> None:
        """Go on with what came."""
        result = message.result
        match message.operation:
            case DRAFT.name:
                self._opened_with(result)
                await self._show(self._flow.opened(result))
            case TYPE.name:
                self._typed_kept()
            case BRAINS.name:
                self._flow.brains = result.brains
                if self.page is not None and self.page.field in _OF_BRAINS:
                    await self._show(self.page)
            case ANSWER.name:
                await self._kept(result)
            case TRY.name:
                self._busy = False
                self._go_on(self._flow.tried(result))
            case APPLY.name:
                self._flow.key = None  # the engine's own safe has it
                self._keep(pages.TALK, {})
            case LIST.name:
                await self._mount(asking.staff_question(self.words, self._flow.draft, result.templates))
            case PLAN.name | SHEET.name | SUMMARY.name:
                await self._show_more(message.operation, result)

    async def _show_more(self, operation: str, result: Any) -> None:
        """The plan on its page, the last page, and where its print lies."""
        question = self._question
        if operation == SUMMARY.name:
            self._found = result
            await self._mount(SheetPage(self.words, result))
        elif operation == PLAN.name and isinstance(question, PlanPage):
            question.show_plan(result)
        elif operation == SHEET.name and isinstance(question, SheetPage):
            question.printed(result)

    async def _kept(self, draft: Draft) -> None:
        self._busy = False
        before, who = self.page, self._flow.draft.who
        if self._leaving:
            self.post_message(self.Left())
        elif before == pages.SHEET:
            self.post_message(self.Finished())
        else:
            page = self._flow.kept(draft)
            code = _WORDS_OF.get(draft.language, FALLBACK)
            if before == pages.FIRST and code != self.words.language:
                self.post_message(self.LanguageChosen(code))
            elif draft.who != who and self.desk.advanced is not (helps := draft.who != PEOPLE[0]):
                self.post_message(self.SeatTaken(advanced=helps))
                await self._show(page)
            else:
                await self._show(page)

    @on(OperationScreen.Failed)
    async def take_failure(self, message: OperationScreen.Failed) -> None:
        """Say it at the question, in words."""
        if message.operation == TYPE.name:
            self._typed_kept()
            return
        if message.operation in OF_TALK:
            return  # said in the conversation
        if message.operation == BRAINS.name and self.page is not None and self.page.field not in _OF_BRAINS:
            return  # looked for again where they are asked about
        self._busy = False
        if self._leaving:
            self.post_message(self.Left())
            return
        question = self._question
        if message.operation == DRAFT.name:
            await self._show(pages.FIRST)
            if question := self._question:
                question.trouble(self._sentence(message.error))
        elif message.operation == APPLY.name and message.error.code == "key-missing":
            self._flow.way_back = pages.APPLY
            await self._show(pages.KEY)
            if question := self._question:
                question.trouble(self.words("wizard.key.again"))
        elif isinstance(question, ApplyPage | PlanPage):
            question.failed(self._sentence(message.error))
        elif question is not None:
            question.trouble(self._sentence(message.error))
            self._tick()
        else:
            await self._mount(AgainPage(self.words, self._sentence(message.error)))

    def _sentence(self, error: LunaError) -> str:
        """What failed and what to do, in the owner's words; what is behind it has a key from here on."""
        self.told = error
        self.refresh_bindings()
        return str(problem_of(self.words, error, "wizard"))

    @on(OperationScreen.Progressed)
    def follow(self, message: OperationScreen.Progressed) -> None:
        """Steps that are taken."""
        question = self._question
        if isinstance(question, ApplyPage) and message.operation == APPLY.name:
            question.progressed(message.event)

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No way back while steps are taken and once the box is set up; from the first question, out."""
        if action == "behind":
            return self.told is not None
        if action != "back":
            return super().check_action(action, parameters)
        question = self._question
        works = isinstance(question, ApplyPage) and question.works
        return (self._flow.previous is not None and not works) or self._leads_out

    def action_next(self) -> None:
        """Back to where the answer goes."""
        if question := self._question:
            question.focus_field()

    def action_back(self) -> None:
        """One question back, or out of the first; a trial that runs is given up."""
        if self._leads_out:
            self.action_leave()
            return
        self.workers.cancel_group(self, TRY.name)
        self._busy = False
        if (target := self._flow.previous) is not None:
            self._flow.way_back = None
            self._keep(target, {})

    @property
    def _leads_out(self) -> bool:
        return self.can_go_back and self.page == pages.FIRST

    def action_advanced(self) -> None:
        """What a supporter needs to see here, from now on or no longer."""
        self.post_message(self.SeatTaken(advanced=not self.desk.advanced))

    def action_print_sheet(self) -> None:
        """Write the last page as a file to print."""
        if self._found is not None:
            self.start(SHEET, WriteSheet(line=page_of(self.words, self._found)), quiet=True)

    def action_help(self) -> None:
        """More about this question."""
        if question := self._question:
            question.toggle_help()
