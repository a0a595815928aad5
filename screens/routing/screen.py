"""Who answers? Every line and every rule with its agent, what needs a look first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from appliance.ops.agents import LIST, ListAgents
from appliance.ops.agents_routing import BIND, BINDINGS, UNBIND, WHO, BindingRow
from appliance.ops.core import Nothing
from appliance.text import safe_line
from screens.form_screen import FormScreen
from screens.lines import line_name
from screens.list_place import ListPlace
from screens.operation_screen import OperationScreen
from screens.routing.sheet import dangling_record, dangling_sheet, record_of, scope_of_row, sheet_of, who_of
from screens.widgets.columns import Column
from screens.widgets.questions import Choice, Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.ops.agents import AgentRow
    from appliance.ops.agents_routing import Bindings
    from screens.desk import Desk
    from screens.widgets.columns import Record

MOVABLE = ("everyone", "person", "group", "people", "groups")
"""Kinds of senders that a rule can be made for here; the others are made by hand."""


class RoutingScreen(ListPlace):
    """Read from the file: it opens with the engine up or down."""

    place = "routing"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "change", "Change", id=BIND.name, tooltip=BIND.summary),
        Binding("n", "new", "New rule", id="routing.new", tooltip="Choose somebody for a person or a group"),
        Binding("t", "try", "Who answers?", id=WHO.name, tooltip=WHO.summary),
        Binding("x", "take_away", "Take away", id=UNBIND.name, tooltip=UNBIND.summary),
        Binding("z", "undo", "Undo", id="undo.last", tooltip="Take back the last change"),
    ]
    columns: ClassVar[Sequence[tuple[str, Column]]] = (
        ("who", Column(priority=0, least=18, most=44)),
        ("agent", Column(priority=1, least=10, most=28)),
        ("state", Column(priority=2, least=13, most=24)),
    )
    _found: Bindings | None = None
    _staff: Sequence[AgentRow] = ()

    def __init__(self, desk: Desk, of: AgentRow | None = None) -> None:
        """`of`: only what comes to this agent, over the screen that asked for it."""
        super().__init__(desk)
        self._of = of
        if of is not None:
            self.noun = "routing.only"

    def body(self) -> ComposeResult:
        if self._of is None:
            yield from super().body()
            return
        with Vertical():
            said = self.words("routing.of", name=safe_line(self._of.name))
            yield Static(said, classes="list-scope", markup=False)
            yield from super().body()

    def look(self) -> None:
        self.start(BINDINGS, Nothing(), quiet=True)
        self.start(LIST, ListAgents(), quiet=True)

    def picked(self, record: Record | None) -> None:
        """Everything about it is in its row."""
        if record is None:
            return
        value = record.value
        known = isinstance(value, BindingRow)
        self.detail.show(sheet_of(value, self.words) if known else dangling_sheet(value, self.words))  # type: ignore[arg-type]  # no other values
        self.refresh_bindings()

    @property
    def row(self) -> BindingRow | None:
        """The selected row; None where it is a setting that names somebody."""
        record = self.records.selected
        return record.value if record and isinstance(record.value, BindingRow) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is for everybody has an owner and is only changed; a rule for somebody can go."""
        if action == "change":
            return bool(self._staff and self.row and self.row.who in MOVABLE)
        if action == "take_away":
            return bool(self.row and self.row.rule is not None and self.row.who in MOVABLE[1:])
        if action in ("new", "try"):
            return bool(self._staff and self._lines())
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        """From one row to all of them; then to the agent they were narrowed to."""
        if self._of is None or self.in_full or self.detail.has_focus:
            super().action_back()
        else:
            self.dismiss()

    def action_change(self) -> None:
        """Choose who answers the selected senders."""
        row = self.row
        if row is None:
            return
        title = self.words("routing.change", line=line_name(row.channel), who=who_of(row, self.words))
        wishes = (Wish("agent", choices=self._choices()),)
        fixed = scope_of_row(row, alone=len(self._accounts(row.channel)) < 2)
        self.app.push_screen(FormScreen(self.desk, BIND, wishes, fixed=fixed, title=title))

    def action_new(self) -> None:
        """A rule for one person or one group."""
        default = self._of.id if self._of else None
        wishes = (*self._senders(), Wish("agent", choices=self._choices(), default=default))
        self.app.push_screen(FormScreen(self.desk, BIND, wishes, title=self.words("routing.new")))

    def action_try(self) -> None:
        """Ask who would answer."""
        title = self.words("routing.try")
        self.app.push_screen(FormScreen(self.desk, WHO, self._senders(), title=title))

    def action_take_away(self) -> None:
        """The selected rule goes: whoever answers everybody answers these senders too, and is named first."""
        row = self.row
        if row is None:
            return
        title = self.words("routing.take-away", line=line_name(row.channel), who=who_of(row, self.words))
        fixed = {"agent": row.agent or row.named, **scope_of_row(row, alone=False)}
        done = self.words("routing.taken-away")
        self.app.push_screen(
            FormScreen(self.desk, UNBIND, (Wish("agent"),), fixed=fixed, title=title, done=done)
        )

    @on(OperationScreen.Succeeded)
    def show_result(self, message: OperationScreen.Succeeded) -> None:
        """Fill the list; say what was done."""
        if message.operation == BINDINGS.name:
            self._found = message.result
            self._fill()
        elif message.operation == LIST.name:
            self._staff = message.result.agents
            self.refresh_bindings()

    @on(OperationScreen.Failed)
    def show_trouble(self, message: OperationScreen.Failed) -> None:
        """A look that failed is said where the rows are."""
        if message.operation == BINDINGS.name:
            self.records.fail(message.error)

    def _fill(self) -> None:
        if self._found is None:
            return
        of = self._of.id if self._of else ""
        rows = [dangling_record(item, self.words) for item in self._found.dangling if of in ("", item.agent)]
        shown = (row for row in self._found.rows if of in ("", row.agent, row.named))
        rows += [record_of(row, self.words) for row in shown]
        self.records.show(rows)
        self.refresh_bindings()

    def _lines(self) -> tuple[str, ...]:
        """The channels that are set up."""
        rows = self._found.rows if self._found else ()
        return tuple(dict.fromkeys(row.channel for row in rows if row.who == "everyone"))

    def _accounts(self, channel: str) -> tuple[str, ...]:
        rows = self._found.rows if self._found else ()
        return tuple(row.account for row in rows if row.who == "everyone" and row.channel == channel)

    def _senders(self) -> tuple[Wish, ...]:
        """On which line, and who; the group is asked only where no person was named."""
        lines = tuple(Choice(channel, line_name(channel)) for channel in self._lines())
        return (
            Wish("channel", choices=lines),
            Wish("person"),
            Wish("group", when=lambda answers: not str(answers.get("person") or "").strip()),
        )

    def _choices(self) -> tuple[Choice, ...]:
        return tuple(Choice(agent.id, safe_line(agent.name), safe_line(agent.role)) for agent in self._staff)
