"""The pages of the editor with one setting a line: what an agent is, what it thinks with, who reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from appliance.text import safe_line
from screens.prices import costs
from screens.routing.sheet import record_of
from screens.widgets.columns import Cell, Column, Record
from screens.widgets.record_rows import RecordRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from screens.agents.edited import Edited
    from screens.words import Words

COLUMNS = (Column(priority=0, least=16, most=34), Column(priority=1, least=12, most=100, muted=True))


class SettingRows(RecordRows):
    """Settings of which each can be changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Change", id="editor.change", key_display="enter")
    ]


class ShownRows(RecordRows):
    """Rows to read."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", show=False, id="editor.shown")]


class Page(Vertical):
    """One page; sub-classes show what is known whenever that has changed."""

    page: ClassVar[str] = ""

    def __init__(self, words: Words, edited: Edited) -> None:
        super().__init__()
        self.words = words
        self.edited = edited

    def show(self) -> None:
        """Bring it up to date."""

    def take_focus(self) -> None:
        """Let the keys mean this page."""


class SettingsPage(Page):
    """Lines of settings; enter changes one."""

    changeable: ClassVar[bool] = True

    @dataclass
    class Wanted(Message):
        """Another value is wanted for a setting."""

        key: str

    def compose(self) -> ComposeResult:
        yield Static(self.words(f"editor.{self.page}-text"), classes="page-text", markup=False)
        yield (SettingRows if self.changeable else ShownRows)(COLUMNS, titles=False)
        yield Static(id="page-note", markup=False)

    def on_mount(self) -> None:
        self.show()

    def take_focus(self) -> None:
        self.query_one(RecordRows).focus()

    def show(self) -> None:
        if not self.is_mounted:
            return
        self.query_one(RecordRows).show([Record(key, (label, value)) for key, label, value in self.rows()])
        self.query_one("#page-note", Static).update(Content.styled(self.note(), "$muted"))

    def rows(self) -> Sequence[tuple[str, str, str | Cell]]:
        """Key, label and value of each setting."""
        raise NotImplementedError

    def note(self) -> str:
        """What else is true."""
        return ""

    @on(RecordRows.Opened)
    def change(self, message: RecordRows.Opened) -> None:
        """Enter on a setting."""
        message.stop()
        if self.changeable:
            self.post_message(self.Wanted(message.record.key))


class AboutPage(SettingsPage):
    """Name, role and sign."""

    page = "about"

    def rows(self) -> Sequence[tuple[str, str, str]]:
        agent, words = self.edited.agent, self.words
        known = (("name", agent.name), ("description", agent.role), ("emoji", agent.emoji))
        empty = words("editor.empty")
        return [(key, words(f"editor.{key}"), safe_line(value) or empty) for key, value in known]

    def note(self) -> str:
        agent, words = self.edited.agent, self.words
        said = [words("editor.always-there")] if agent.protected else []
        said += [words("editor.first")] if agent.default else []
        return "\n".join(said)


class BrainPage(SettingsPage):
    """The model, what is tried when it fails, and how long it thinks."""

    page = "brain"

    def rows(self) -> Sequence[tuple[str, str, str]]:
        words, detail = self.words, self.edited.detail
        if detail is None:
            return ()
        model = detail.agent.model.partition("/")[2] or words("agents.none-chosen")
        if detail.model_inherited:
            model = words("editor.everybodys", value=model)
        others = ", ".join(each.partition("/")[2] for each in detail.fallbacks)
        return (
            ("model", words("editor.model"), safe_line(model)),
            ("fallbacks", words("editor.fallbacks"), safe_line(others) or words("editor.no-fallbacks")),
            (
                "thinking",
                words("editor.thinking-label"),
                words(f"editor.thinking.{detail.thinking or 'default'}"),
            ),
        )

    def note(self) -> str:
        model, known = self.edited.agent.model, self.edited.estimate
        return costs(model, known, self.words) if known is not None and known.model == model else ""


class LinesPage(SettingsPage):
    """Who reaches it, and why."""

    page = "lines"
    changeable = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "screen.routing", "Who answers?", id="go.routing"),
    ]

    def rows(self) -> Sequence[tuple[str, str, str | Cell]]:
        found = self.edited.bindings
        mine = [row for row in found.rows if row.agent == self.edited.agent.id] if found else []
        shown = [record_of(row, self.words) for row in mine]
        return [(record.key, str(record.cells[0]), record.cells[2]) for record in shown]

    def note(self) -> str:
        if self.edited.bindings is None or self.rows():
            return ""
        return self.words("editor.no-lines", name=safe_line(self.edited.agent.name))
