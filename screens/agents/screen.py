"""Agents: the staff, one of them in full, and the ways to take on, change, talk to and let go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding

from appliance.ops.agents import ARCHIVE, CREATE, LIST, SHOW, ListAgents, OneAgent
from appliance.ops.agents_edit import SKILLS_SET, UPDATE
from appliance.ops.agents_texts import WRITE
from appliance.ops.agents_tools import TOOLS_SET
from appliance.ops.core import Nothing
from appliance.text import safe_line
from screens.agents.sheet import record_of, sheet_of
from screens.list_place import ListPlace
from screens.lookout import Looked
from screens.operation_screen import OperationScreen
from screens.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import BindingType

    from appliance.ops.agents import AgentRow
    from appliance.ops.templates import TemplateRow
    from screens.widgets.columns import Record

TEMPLATES = "templates.list"
"""What the form for a new one asks for first; its area is loaded with the form."""


class AgentsScreen(ListPlace):
    """The staff, read from the files: it opens with the engine up or down."""

    place = "agents"
    forms: ClassVar[Mapping[str, str]] = {
        WRITE.name: "edit(2)",
        SKILLS_SET.name: "edit(3)",
        TOOLS_SET.name: "edit(4)",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", id=CREATE.name, tooltip=CREATE.summary),
        Binding("e", "edit", "Edit", id=UPDATE.name, tooltip=UPDATE.summary),
        Binding("c", "copy", "Copy", id="agents.copy", tooltip="Take on another one like this"),
        Binding("t", "talk", "Talk", id="chat.send", tooltip="Say something to this agent"),
        Binding("w", "app.go('routing')", "Who answers?", id="go.routing", tooltip="Who answers whom"),
        Binding("x", "archive", "Archive", id=ARCHIVE.name, tooltip=ARCHIVE.summary),
        Binding("z", "undo", "Undo", id="undo.last", tooltip="Take back the last change"),
    ]
    columns: ClassVar[Sequence[tuple[str, Column]]] = (
        ("name", Column(priority=0, least=20, most=30)),
        ("role", Column(priority=5, least=18, most=48, muted=True)),
        ("brain", Column(priority=4, most=20, muted=True)),
        ("line", Column(priority=3, most=20, muted=True)),
        ("state", Column(priority=1, most=16)),
        ("last", Column(priority=2, most=16, right=True, muted=True)),
    )

    _staff: Sequence[AgentRow] = ()

    def look(self) -> None:
        self.start(LIST, ListAgents(), quiet=True)

    def picked(self, record: Record | None) -> None:
        """Read the texts of the selected agent."""
        if record is not None:
            self.start(SHOW, OneAgent(record.key), quiet=True)

    @property
    def agent(self) -> AgentRow | None:
        """The selected agent."""
        record = self.records.selected
        return record.value if record else None  # type: ignore[return-value]  # record_of puts it there

    def action_new(self) -> None:
        """Ask first what it should do: the templates are read, then the form opens."""
        from appliance.ops.templates import LIST as ALL

        self.start(ALL, Nothing())

    def action_edit(self, page: int = 0) -> None:
        """Change whatever makes the selected agent what it is."""
        if self.agent is not None:
            from screens.agents.editor import EditorScreen

            self.app.push_screen(EditorScreen(self.desk, self.agent, page))

    def action_copy(self) -> None:
        """Take on another one like the selected agent."""
        if self.agent is not None:
            from screens.form_screen import FormScreen
            from screens.widgets.questions import Wish

            title = self.words("agents.copy", name=safe_line(self.agent.name))
            fixed = {"copy": self.agent.id, "template": ""}
            self.app.push_screen(FormScreen(self.desk, CREATE, (Wish("name"),), fixed=fixed, title=title))

    def action_talk(self) -> None:
        """Open the conversation with the selected agent."""
        if self.agent is not None:
            self.talk(self.agent.id)

    def action_archive(self) -> None:
        """Ask who takes over, show who answers then, and let the selected agent go."""
        agent = self.agent
        if agent is None:
            return
        from screens.agents.wishes import heir
        from screens.form_screen import FormScreen

        others = [other for other in self._staff if other.id != agent.id]
        name = safe_line(agent.name)
        fixed = {"agent": agent.id} | ({} if others and not agent.protected else {"heir": ""})
        form = FormScreen(
            self.desk,
            ARCHIVE,
            (heir(others, self.words),),
            fixed=fixed,
            title=self.words("agents.archive", name=name),
            said=self.words("agents.archive-will", name=name),
            done=self.words("agents.archived", name=name),
        )
        self.app.push_screen(form)

    @on(OperationScreen.Succeeded)
    def show_result(self, message: OperationScreen.Succeeded) -> None:
        """Fill list and detail; open the form once the templates are known."""
        if message.operation == LIST.name:
            self._staff = message.result.agents
            self._fill()
        elif message.operation == SHOW.name:
            if message.result.agent.id == self.selected_key:
                self.detail.show(sheet_of(message.result, self.words, self.desk.lookout.sight.glance))
        elif message.operation == TEMPLATES:
            self._ask_for_new(message.result.templates)

    @on(OperationScreen.Failed)
    def show_trouble(self, message: OperationScreen.Failed) -> None:
        """A look that failed is said where the rows are."""
        if message.operation == LIST.name:
            self.records.fail(message.error)
        elif message.operation == SHOW.name:
            self.detail.show(None)

    @on(Looked)
    def show_look(self) -> None:
        """Somebody answers, or has answered."""
        if self._staff:
            self._fill()

    def _fill(self) -> None:
        seen, now = self.desk.lookout.sight.glance, time.time()
        self.records.show([record_of(agent, self.words, seen, now) for agent in self._staff])

    def _ask_for_new(self, templates: Sequence[TemplateRow]) -> None:
        from screens.form_screen import FormScreen
        from screens.widgets.questions import Choice, Wish

        choices = tuple(Choice(item.id, item.name, self._role_of(item)) for item in templates)
        wishes = (Wish("template", choices=choices), Wish("name", default_from="template"))
        self.app.push_screen(FormScreen(self.desk, CREATE, wishes, title=self.words("agents.new")))

    def _role_of(self, template: TemplateRow) -> str:
        """In a few words where there are some: the template's own sentence is for the agent."""
        key = f"wizard.role.{template.id}"
        return self.words(key) if key in self.words else template.role
