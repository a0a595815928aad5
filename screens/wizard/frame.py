"""The page of the wizard: its lines above and below, and which question stands between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container
from textual.widgets import Static

from appliance.ops.core import Nothing
from appliance.ops.setup_brain import BRAINS, TRY
from appliance.ops.setup_draft import DRAFT
from appliance.ops.setup_sheet import SUMMARY
from appliance.ops.templates import LIST
from screens.ages import SLOW
from screens.chat.talking import TalkingScreen
from screens.place import WIDE
from screens.widgets.key_line import KeyLine
from screens.wizard import asking, pages
from screens.wizard.behind import behind
from screens.wizard.finish import ApplyPage
from screens.wizard.flow import Flow
from screens.wizard.key_question import KeyQuestion
from screens.wizard.questions import Question
from screens.wizard.saved import saved_so_far
from screens.wizard.stage_line import StageLine

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from appliance.secret import Secret
    from screens.desk import Desk
    from screens.wizard.pages import Page


class WizardFrame(TalkingScreen):
    """Shows the question that the flow stands at; what is answered is the sub-class's."""

    CSS_PATH: ClassVar[Any] = ["../chat/conversation.tcss", "screen.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - Textual declares it so

    def __init__(self, desk: Desk, *, key: Secret | None = None) -> None:
        """`key`: a key that is there already, as in a demo."""
        super().__init__(desk)
        self._flow = Flow(key)
        self._busy = False

    def compose(self) -> ComposeResult:
        yield StageLine(self.words, self.desk.brand)
        with Container(id="page"):
            yield Static(self.words("wizard.opening"), classes="muted", markup=False)
        yield Static("", id="saved", markup=False)
        yield KeyLine(self.words)

    def on_mount(self) -> None:
        self.start(DRAFT, Nothing(), quiet=True)
        self.start(BRAINS, Nothing(), quiet=True)
        self.set_interval(1.0, self._tick)

    @property
    def page(self) -> Page | None:
        """The question that is shown; None while the answers are read."""
        return self._flow.page

    @property
    def _question(self) -> Question | None:
        """The question on the page; None while one gives way to the next."""
        return next((each for each in self.query(Question) if each.is_whole), None)

    async def _show(self, page: Page) -> None:
        flow = self._flow
        flow.page = page
        self.told = None
        self.query_one(StageLine).stage = page.stage
        self._show_saved()
        self.refresh_bindings()
        match page.field:
            case "kind" | "key" | "model" if not flow.brains:
                await self._mount_text("wizard.looking")
                if not self.under_way(BRAINS.name):
                    self.start(BRAINS, Nothing(), quiet=True)
            case "kind":
                await self._mount(asking.kind_question(self.words, flow.draft, flow.brains))
            case "key" | "model" if flow.brain is None:
                await self._show(pages.KIND)
            case "key" if flow.brain is not None:
                await self._mount(asking.key_question(self.words, flow.draft, flow.brain, flow.key))
            case "model" if not flow.has_models:  # they are known when the brain has been tried
                await self._show(pages.KEY)
            case "model" if flow.brain is not None:
                question = asking.model_question(self.words, flow.draft, flow.brain, flow.found_models)
                await self._mount(question)
            case "staff":
                await self._mount_text("wizard.looking")
                self.start(LIST, Nothing(), quiet=True)
            case "sheet":
                await self._mount_text("wizard.looking")
                self.start(SUMMARY, Nothing(), quiet=True)
            case _:
                await self._mount(asking.plain_question(self.words, page, flow.draft))

    def _show_saved(self) -> None:
        """What is saved so far; of supporters, what this page comes to as a command."""
        page, draft = self._flow.page, self._flow.draft
        if page is None:
            return
        text = "" if page in (pages.TALK, pages.SHEET) else saved_so_far(self.words, draft)
        if self.desk.advanced:
            text = behind(page, draft, self._flow.key)
        self.query_one("#saved", Static).update(text)

    def sit(self, desk: Desk) -> None:
        """Whoever sits here sees more from now on, or less; what was typed and what runs stay."""
        self.desk = desk
        self._show_saved()

    async def _mount(self, question: Question) -> None:
        holder = self.query_one("#page")
        async with holder.batch():
            await holder.remove_children()
            await holder.mount(question)
            question.focus_field()

    async def _mount_text(self, key: str) -> None:
        holder = self.query_one("#page")
        await holder.remove_children()
        await holder.mount(Static(self.words(key), classes="muted", markup=False))

    def _tick(self) -> None:
        """Once a second, and only what waits changes."""
        question = self._question
        if isinstance(question, ApplyPage):
            question.tick()
        elif isinstance(question, KeyQuestion):
            question.waiting(self._trying() if self._busy else "")

    def _trying(self) -> str:
        seconds = int(self.waited(TRY.name))
        title = self.words(f"wizard.brain.{self._flow.draft.kind}.title")
        key = "slow" if seconds >= SLOW else "asking"
        return self.words(f"wizard.key.{key}", brain=title, seconds=seconds)
