"""Agents: the staff, one of them in full, and the ways to take on, change, talk to and let go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding

from appliance.ops.agents import ARCHIVE, CREATE, LIST, SHOW, ListAgents, OneAgent
from appliance.ops.agents_edit import UPDATE
from appliance.ops.agents_restore import ArchiveAgent
from appliance.ops.core import Nothing
from appliance.text import safe_line
from screens.agents.sheet import record_of, sheet_of
from screens.list_place import ListPlace
from screens.lookout import Looked
from screens.operation_screen import OperationScreen
from screens.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from appliance.ops.agents import AgentRow
    from appliance.ops.providers import ProviderList
    from appliance.ops.templates import TemplateRow
    from screens.desk import Desk
    from screens.widgets.columns import Record

TEMPLATES, BRAINS = "templates.list", "providers.list"
"""What the forms ask for first; their areas are loaded with the form."""


class AgentsScreen(ListPlace):
    """The staff, read from the files: it opens with the engine up or down."""

    place = "agents"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", id=CREATE.name, tooltip=CREATE.summary),
        Binding("e", "edit", "Edit", id=UPDATE.name, tooltip=UPDATE.summary),
        Binding("t", "talk", "Talk", id="chat.send", tooltip="Say something to this agent"),
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

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._leaving: dict[str, str] = {}
        """Names by id of those that the owner lets go: they are on no list any more when it is done."""

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

    def action_edit(self) -> None:
        """Change name, role, sign or brain: the brains are read, then the form opens."""
        if self.agent is not None:
            from appliance.ops.providers import LIST as ALL

            self.start(ALL, Nothing())

    def action_talk(self) -> None:
        """Open the conversation with the selected agent."""
        if self.agent is not None:
            self.talk(self.agent.id)

    def action_archive(self) -> None:
        """Let the selected agent go; `dispatch` has the owner confirm the loss."""
        if self.agent is not None:
            self._leaving[self.agent.id] = safe_line(self.agent.name)
            self.start(ARCHIVE, ArchiveAgent(self.agent.id))

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
        elif message.operation == BRAINS:
            self._ask_for_changes(message.result)
        elif message.operation == ARCHIVE.name:
            gone = message.result.agent
            self.notice(self.words("agents.archived", name=self._leaving.get(gone, gone)))
            self.look()

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

    def _ask_for_changes(self, brains: ProviderList) -> None:
        from screens.form_screen import FormScreen
        from screens.widgets.questions import Choice, Wish

        agent = self.agent
        if agent is None:
            return
        shown = {"name": agent.name, "description": agent.role, "emoji": agent.emoji}
        # As a line to type in would have it: what nobody changed must not count as a change.
        own = {name: safe_line(value) for name, value in shown.items()}
        wishes = [Wish(name, default=value, unchanged=value) for name, value in own.items()]
        choices = [Choice(None, self.words("agents.same-brain"), agent.model.partition("/")[2])]
        choices.append(Choice("", self.words("agents.common-brain"), brains.default_model.partition("/")[2]))
        choices += [
            Choice(f"{row.id}/{model}", model, row.title) for row in brains.providers for model in row.models
        ]
        title = self.words("agents.edit", name=agent.name)
        wishes.append(Wish("model", choices=tuple(choices)))
        self.app.push_screen(FormScreen(self.desk, UPDATE, wishes, fixed={"agent": agent.id}, title=title))
