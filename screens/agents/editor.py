"""One agent to change, page by page: who it is, its brain, texts, skills, tools, lines, and a try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from appliance.ops.agents import SHOW, OneAgent
from appliance.ops.agents_edit import HELPERS, SANDBOX, SKILLS_SET, UPDATE
from appliance.ops.agents_skills import SKILLS
from appliance.ops.agents_tools import TOOLS, TOOLS_SET
from appliance.ops.core import Nothing
from appliance.text import safe_line
from screens.agents import wishes
from screens.agents.choosing import ChoosingPage, SkillsPage, ToolsPage
from screens.agents.edited import Edited
from screens.agents.looks import keep, look_for
from screens.agents.pages import AboutPage, BrainPage, LinesPage, Page, SettingsPage
from screens.agents.tab_line import TabLine
from screens.agents.texts_page import TextsPage
from screens.agents.try_page import SESSION, TryPage
from screens.chat.talk import Talk
from screens.chat.talking import TalkingScreen
from screens.deeds import deed
from screens.form_screen import FormScreen
from screens.list_place import WIDGETS_CSS
from screens.lookout import Looked
from screens.operation_screen import OperationScreen
from screens.place import UNDO
from screens.widgets.key_line import KeyLine
from screens.widgets.top_line import TopLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.ops.agents import AgentRow
    from appliance.ops.core import Operation
    from screens.desk import Desk
    from screens.widgets.questions import Wish

PAGES: tuple[type[Page], ...] = (
    AboutPage,
    BrainPage,
    TextsPage,
    SkillsPage,
    ToolsPage,
    LinesPage,
    TryPage,
)
BRAINS = "providers.list"
"""What the brain page asks for first; its area is loaded with the form."""


class Paged(TalkingScreen):
    """The keys that lead from page to page; those of the page in sight stand before them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "turn(1)", "Next page", id="editor.next", key_display="tab"),
        Binding("shift+tab", "turn(-1)", "Page before", id="editor.before", show=False),
        Binding("escape", "back", "Back", id="editor.back", key_display="esc"),
        Binding("z", "undo", "Undo", id="undo.last", show=False),
        Binding("f3", "behind", "Details", id="chat.behind", key_display="F3"),
        Binding("f1", "app.help", "Help", id="app.help"),
    ]


class EditorScreen(Paged):
    """Everything that can be said of one agent; each change is shown before it is saved."""

    CSS_PATH: ClassVar[Any] = [WIDGETS_CSS, "../chat/conversation.tcss", "editor.tcss"]

    def __init__(self, desk: Desk, agent: AgentRow, page: int = 0) -> None:
        """`page`: the one to begin with."""
        super().__init__(desk)
        self.edited = Edited(agent)
        self._begin = page
        self._setting = ""
        """Which setting waits for the list of brains."""

    def compose(self) -> ComposeResult:
        yield TopLine(self.desk)
        with Container(id="body"):
            yield Static(self._heading(), id="form-title", markup=False)
            yield TabLine([self.words(f"editor.page-{each.page}") for each in PAGES])
            yield Container(id="page")
        yield KeyLine(self.words)

    def on_mount(self) -> None:
        self.start(SHOW, OneAgent(self.edited.agent.id), quiet=True)
        self.call_later(self._open, self._begin)

    @on(events.ScreenResume)
    def look_again(self) -> None:
        """Something was changed on a form, or by somebody else."""
        if self.query(Page):
            self.start(SHOW, OneAgent(self.edited.agent.id), quiet=True)
            self._ask_for_page()

    @on(Looked)
    def see(self) -> None:
        """The shop is not as it was."""
        self.query_one(TopLine).outlook = self.desk.lookout.sight.outlook

    @property
    def page(self) -> Page:
        """The page in sight."""
        return self.query_one(Page)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What supporters need is there with Advanced only."""
        if action in ("sandbox", "helpers"):
            return self.desk.advanced
        if action == "behind":
            return self.told is not None
        return super().check_action(action, parameters)

    async def action_turn(self, by: int) -> None:
        """To the next page or the one before, round and round."""
        await self._open((self.query_one(TabLine).present + by) % len(PAGES))

    def action_back(self) -> None:
        """To the staff; what was chosen and not saved is said."""
        if self.edited.tool_wishes or self.edited.skill_wishes:
            self.notice(self.words("editor.left"), "look")
        self.dismiss()

    def action_undo(self) -> None:
        """Take back the last change."""
        from appliance.ops.undo import LAST

        self.start(LAST, Nothing())

    def action_page(self, by: int) -> None:
        """Read up or down in the conversation."""
        if isinstance(self.page, TryPage):
            self.page.page_by(by)

    def action_recall(self, by: int) -> None:
        """Bring an earlier message back into the field."""
        if isinstance(self.page, TryPage):
            self.page.recall(by)

    def action_profile(self) -> None:
        """Another set of tools to begin with."""
        self._form(
            TOOLS_SET, (wishes.profile(self.edited, self.words),), allow=(), ask=(), never=(), inherit=()
        )

    def action_sandbox(self) -> None:
        """Which conversations run locked in."""
        self._form(SANDBOX, wishes.sandbox(self.edited, self.words))

    def action_helpers(self) -> None:
        """Whom it may give tasks to."""
        self._form(HELPERS, wishes.helpers(self.edited, self.words), nobody=False, inherit=False)

    def action_routing(self) -> None:
        """All that comes to it, to change it there; back leads here."""
        from screens.routing.screen import RoutingScreen

        self.app.push_screen(RoutingScreen(self.desk, self.edited.agent))

    def action_all_skills(self) -> None:
        """The skills of everybody, instead of a list of its own."""
        self._form(SKILLS_SET, (), skills=(), none=False, inherit=True)

    @on(TabLine.Wanted)
    async def open_clicked(self, message: TabLine.Wanted) -> None:
        """The same as the key."""
        await self._open(message.number)

    @on(SettingsPage.Wanted)
    def ask_for_setting(self, message: SettingsPage.Wanted) -> None:
        """A form with one question; of the brain, once the brains are known."""
        if message.key in ("model", "fallbacks"):
            from appliance.ops.providers import LIST as ALL

            self._setting = message.key
            self.start(ALL, Nothing())
        else:
            self._form(UPDATE, (wishes.setting(message.key, self.edited, self.words),))

    @on(TextsPage.Wanted)
    def write(self, message: TextsPage.Wanted) -> None:
        """Open a text."""
        from screens.agents.text_screen import TextScreen

        agent = self.edited.agent
        self.app.push_screen(TextScreen(self.desk, agent.id, agent.name, message.file))

    @on(ChoosingPage.Saved)
    def save(self, message: ChoosingPage.Saved) -> None:
        """Show what was chosen, and save it."""
        if message.page == ToolsPage.page:
            chosen = wishes.tools(self.edited.tool_wishes)
            said = wishes.tools_said(chosen, self.words)
            self._form(TOOLS_SET, (), said, inherit=(), profile=None, **chosen)
        else:
            skills = wishes.skills(self.edited)
            said = wishes.skills_said(self.edited, self.words)
            self._form(SKILLS_SET, (), said, skills=skills, none=not skills, inherit=False)

    @on(OperationScreen.Succeeded)
    def show_result(self, message: OperationScreen.Succeeded) -> None:
        """Fill the pages."""
        edited = self.edited
        before = edited.agent.model
        if keep(message.operation, message.result, edited):
            if message.operation == SHOW.name:
                self.query_one("#form-title", Static).update(self._heading())
                if edited.agent.model != before and self.query(Page):
                    self._ask_for_page()
        elif message.operation == UNDO:
            what = deed(self.words, message.result.operation)
            self.notice(self.words("notice.undone", what=what))
            self.look_again()
            return
        elif message.operation == BRAINS:
            wish = wishes.brain(
                self._setting, edited, self.words, message.result, advanced=self.desk.advanced
            )
            self._form(UPDATE, (wish,))
            return
        else:
            return
        self._show()

    @on(OperationScreen.Failed)
    def show_trouble(self, message: OperationScreen.Failed) -> None:
        """A look that failed is said where the rows are; somebody else let the agent go."""
        if message.operation in (TOOLS.name, SKILLS.name) and isinstance(self.page, ChoosingPage):
            self.page.fail(message.error)
        elif message.error.code == "nothing-to-undo":
            message.prevent_default()
            self.notice(self.words("notice.nothing"))
        elif message.operation == SHOW.name and message.error.code == "agent-unknown":
            self.dismiss()

    def _heading(self) -> Content:
        agent = self.edited.agent
        name = safe_line(f"{agent.emoji} {agent.name}".strip())
        return Content.assemble((name, "bold"), ("   " + safe_line(agent.role), "$muted"))

    async def _open(self, number: int) -> None:
        kind = PAGES[number]
        holder = self.query_one("#page", Container)
        async with self.batch():
            await holder.remove_children()
            await holder.mount(self._make(kind))
        self.query_one(TabLine).present = number
        self._ask_for_page()
        self._show()
        self.page.take_focus()
        self.refresh_bindings()

    def _make(self, kind: type[Page]) -> Page:
        if kind is TryPage:
            agent = self.edited.agent
            talk = self.desk.talks.setdefault(f"{agent.id}:{SESSION}", Talk(safe_line(agent.name)))
            return TryPage(self.words, self.edited, talk)
        return kind(self.words, self.edited)

    def _ask_for_page(self) -> None:
        wanted = look_for(self.page, self.edited)
        if wanted is not None:
            self.start(*wanted, quiet=True)

    def _show(self) -> None:
        if self.query(Page):
            self.page.show()

    def _form(
        self, operation: Operation[Any, Any], asked: Sequence[Wish], said: str = "", **fixed: Any
    ) -> None:
        """`said`: what was chosen already."""
        agent = self.edited.agent
        name = safe_line(agent.name)
        fixed |= {"agent": agent.id}
        title = self.words("agents.edit", name=name)
        self.app.push_screen(FormScreen(self.desk, operation, asked, fixed=fixed, title=title, said=said))
