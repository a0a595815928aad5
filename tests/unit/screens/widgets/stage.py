"""An app with one widget on it, and what can be read on its screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App

import screens
from screens.theme import NIGHT
from screens.widgets.columns import Column, Record

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.message import Message
    from textual.widget import Widget

_FOLDER = Path(screens.__file__).parent
COLUMNS = (
    Column("Name", priority=0, least=8),
    Column("Role", priority=2, least=6),
    Column("Count", right=True),
)


class Stage(App[None]):
    """Shows the widget and keeps every message that reaches it."""

    CSS_PATH: ClassVar = [_FOLDER / "frame.tcss", _FOLDER / "widgets" / "widgets.tcss"]

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.register_theme(NIGHT.theme)
        self.theme = NIGHT.name
        self.widget = widget
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    async def on_event(self, event: object) -> None:
        await super().on_event(event)  # type: ignore[arg-type]

    def on_record_rows_opened(self, message: Message) -> None:
        self.heard.append(message)

    def on_record_rows_highlighted(self, message: Message) -> None:
        self.heard.append(message)

    def on_record_list_retry(self, message: Message) -> None:
        self.heard.append(message)

    def on_form_submitted(self, message: Message) -> None:
        self.heard.append(message)


def visible(app: App[Any]) -> list[str]:
    """The lines of the screen as they can be read."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def people(count: int) -> list[Record]:
    """Rows with a name, a role and a number."""
    return [Record(f"k{at}", (f"Person {at}", f"role {at % 7}", str(at))) for at in range(count)]
