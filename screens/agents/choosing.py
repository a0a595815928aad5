"""The pages of the editor on which many things are chosen one by one: tools and skills. Saved together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from screens.agents.pages import Page
from screens.agents.wishes import tool_name
from screens.widgets.columns import Cell, Column, Record
from screens.widgets.record_list import RecordList
from screens.widgets.record_rows import RecordRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.errors import LunaError
    from appliance.ops.agents_skills import SkillRow
    from appliance.ops.agents_tools import ToolRow
    from screens.words import Words

LOOKS = {"allow": ("good", "✓"), "ask": ("need", "?"), "never": ("muted", "✗")}
NEXT = {"allow": "never", "ask": "never", "never": "allow"}
ASKS = "exec"
TOOL_COLUMNS = (
    Column(priority=0, least=20, most=34),
    Column(priority=0, least=12, most=18),
    Column(priority=1, least=16, most=70, muted=True),
)


class ChoiceRows(RecordRows):
    """Rows whose state one key changes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "open", "Change", id="editor.toggle", key_display="space"),
    ]


class ChoosingPage(Page):
    """A list with a state a row that one key changes; what was changed is saved by another."""

    noun: ClassVar[str] = ""
    columns: ClassVar[Sequence[Column]] = TOOL_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="editor.save", key_display="ctrl+s"),
    ]

    @dataclass
    class Saved(Message):
        """What was chosen shall be."""

        page: str

    def compose(self) -> ComposeResult:
        titled = [
            column.titled(self.words(f"{self.noun}.{title}"))
            for column, title in zip(self.columns, ("name", "state", "why"), strict=True)
        ]
        yield RecordList(self.words, titled, self.noun, ChoiceRows)
        yield Static(id="page-note", markup=False)

    def on_mount(self) -> None:
        self.show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's signature
        """There is something to save once something was changed; a filter takes letters."""
        return bool(self.wishes) if action == "save" else True

    @property
    def wishes(self) -> dict[str, str] | dict[str, bool]:
        """What shall be otherwise, by key."""
        raise NotImplementedError

    def records(self) -> Sequence[Record] | None:
        """The rows; None while they are not known."""
        raise NotImplementedError

    def turn(self, key: str) -> None:
        """The next state of a row."""
        raise NotImplementedError

    def take_focus(self) -> None:
        self.query_one(RecordList).rows.focus()

    def fail(self, error: LunaError) -> None:
        """They could not be found out."""
        self.query_one(RecordList).fail(error)

    def show(self) -> None:
        if not self.is_mounted:
            return
        records = self.records()
        if records is not None:
            self.query_one(RecordList).show(records)
        count = len(self.wishes)
        said = self.words("editor.unsaved", count=count) if count else self.note()
        self.query_one("#page-note", Static).update(Content.styled(said, "$need" if count else "$muted"))
        self.refresh_bindings()

    def note(self) -> str:
        """What else is true."""
        return ""

    @on(RecordRows.Opened)
    def change(self, message: RecordRows.Opened) -> None:
        """The selected one gets its next state."""
        message.stop()
        self.turn(message.record.key)
        self.show()

    def action_save(self) -> None:
        """All that was changed, after it was shown."""
        self.post_message(self.Saved(self.page))


class ToolsPage(ChoosingPage):
    """Allow, ask, never; what holds, and why."""

    page = "tools"
    noun = "editor.tools"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "screen.profile", "Set of tools", id="editor.profile"),
        Binding("b", "screen.sandbox", "Locked room", id="agents.sandbox"),
        Binding("h", "screen.helpers", "Helpers", id="agents.subagents"),
    ]

    @property
    def wishes(self) -> dict[str, str]:
        return self.edited.tool_wishes

    def records(self) -> Sequence[Record] | None:
        found = self.edited.tools
        return None if found is None else [self._record(row) for row in found.tools]

    def turn(self, key: str) -> None:
        row = next(each for each in self.edited.tools.tools if each.id == key) if self.edited.tools else None
        if row is None:
            return
        now = self.wishes.get(key, row.state)
        then = "ask" if now == "allow" and key == ASKS else NEXT[now]
        if then == row.state:
            self.wishes.pop(key, None)
        else:
            self.wishes[key] = then

    def note(self) -> str:
        found = self.edited.tools
        if found is None:
            return ""
        held = self.words(f"editor.profile-{found.profile or 'none'}")
        room = self.words(f"editor.sandbox-{found.sandbox}")
        known = "" if found.source == "gateway" else f" · {self.words('editor.tools-shipped')}"
        return f"{held} · {room}{known}"

    def _record(self, row: ToolRow) -> Record:
        words = self.words
        state = self.wishes.get(row.id, row.state)
        meaning, glyph = LOOKS[state]
        name = tool_name(row.id, words)
        why = words("editor.chosen") if row.id in self.wishes else _reason(self.words, row)
        cell = Cell(words(f"editor.{state}"), "moon" if row.id in self.wishes else meaning, glyph)
        return Record(row.id, (name, cell, why), row)


class SkillsPage(ChoosingPage):
    """On or off; whether it works, and what it lacks."""

    page = "skills"
    noun = "editor.skills"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "screen.all_skills", "As everybody", id="editor.inherit"),
    ]

    @property
    def wishes(self) -> dict[str, bool]:
        return self.edited.skill_wishes

    def records(self) -> Sequence[Record] | None:
        found = self.edited.skills
        return None if found is None else [self._record(row) for row in found.skills]

    def turn(self, key: str) -> None:
        found = self.edited.skills
        row = next((each for each in found.skills if each.name == key), None) if found else None
        if row is None:
            return
        if self.wishes.pop(key, None) is None:
            self.wishes[key] = not row.on

    def note(self) -> str:
        found = self.edited.skills
        return "" if found is None else self.words(f"editor.skills-{found.chosen}")

    def _record(self, row: SkillRow) -> Record:
        on = self.wishes.get(row.name, row.on)
        meaning = "moon" if row.name in self.wishes else "good" if on else "muted"
        state = Cell(self.words("editor.on" if on else "editor.off"), meaning, "●" if on else "○")
        lacks = self.words("editor.lacks", names=", ".join(row.missing)) if row.missing else row.about
        return Record(row.name, (row.name, state, lacks), row)


def _reason(words: Words, row: ToolRow) -> str:
    """What decides, in the owner's words."""
    text = words(f"editor.why-{row.reason}")
    if row.by == "everybody" and row.path:
        return f"{text} {words('editor.for-everybody')}"
    return text
