"""The page of the editor with the texts that make an agent what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual import on
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from appliance.ops.agents_texts import TextName
from screens.agents.pages import COLUMNS, Page, SettingRows
from screens.agents.sheet import readable
from screens.widgets.columns import Record
from screens.widgets.record_rows import RecordRows

if TYPE_CHECKING:
    from textual.app import ComposeResult

FILES: tuple[TextName, ...] = ("IDENTITY.md", "SOUL.md", "AGENTS.md", "USER.md")


class TextsPage(Page):
    """The four texts with their first words; enter opens one."""

    page = "texts"

    @dataclass
    class Wanted(Message):
        """A text is to be written."""

        file: TextName

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self.words("editor.texts-text"), classes="page-text", markup=False)
            yield SettingRows(COLUMNS, titles=False)

    def on_mount(self) -> None:
        self.show()

    def take_focus(self) -> None:
        self.query_one(RecordRows).focus()

    def show(self) -> None:
        if self.is_mounted:
            self.query_one(RecordRows).show([self._record(file) for file in FILES])

    def _record(self, file: TextName) -> Record:
        detail = self.edited.detail
        found = next((each for each in detail.texts if each.name == file), None) if detail else None
        if found is None:
            said = ""
        elif found.state == "present":
            said = " ".join(readable(found.text, file).split())
        else:
            said = self.words(f"agents.{found.state}-text")
        return Record(file, (self.words(f"agents.text.{file}"), said))

    @on(RecordRows.Opened)
    def open(self, message: RecordRows.Opened) -> None:
        """Write this one."""
        message.stop()
        self.post_message(self.Wanted(cast("TextName", message.record.key)))
