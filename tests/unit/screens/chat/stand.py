"""A conversation alone on a terminal, in our widgets and in none of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

import screens
from appliance.text import safe
from screens.chat import widgets
from screens.chat.talk import Line
from screens.chat.widgets import LineView, Transcript
from screens.theme import NIGHT
from tests.unit.lunatui.driver.emulator import Terminal


class Stand(App[None]):
    """A conversation on a terminal that is fed what Textual would write to it."""

    CSS_PATH: ClassVar = [Path(screens.__file__).parent / "frame.tcss"]
    CSS = """
    #transcript { height: 1fr; padding: 0 2; scrollbar-size-vertical: 1; }
    .line { height: auto; margin-bottom: 1; }
    .who { width: 6; }
    .text { width: 1fr; height: auto; }
    .-need { border-left: thick $need; padding: 0 1; }
    """
    animation_level = "none"

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(NIGHT.theme)
        self.theme = NIGHT.name
        self.terminal = Terminal(1, 1)
        self.painted: list[set[int]] = []
        """The lines of the screen that each picture since the last look was about."""

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        if self._batch_count or not isinstance(renderable, LayoutUpdate | ChopsUpdate):
            return
        if (self.terminal.columns, self.terminal.lines) != tuple(self.size):
            self.terminal = Terminal(*self.size)
        self.terminal.dirty.clear()
        self.terminal.feed(renderable.render_segments(self.console))
        self.painted.append(set(self.terminal.dirty))

    @property
    def is_still(self) -> bool:
        """Whether nothing waits to be heard, laid out or painted."""
        if self._resize_event is not None or self.message_queue_size or self._batch_count:
            return False
        if self.screen._layout_required or self.screen._dirty_widgets or self.screen._callbacks:
            return False
        return all(
            not (
                not node._mounted_event.is_set()
                or node.message_queue_size
                or node._pending_message
                or node._next_callbacks
                or node._layout_required
                or node._repaint_required
                or node._scroll_required
            )
            for node in self.screen.walk_children(with_self=True)
        )

    @property
    def picture(self) -> list[str]:
        """What an eye sees."""
        return [
            "".join(cell.text for cell in self.terminal.line(y)).rstrip() for y in range(self.terminal.lines)
        ]


class Talking(Stand):
    """Says what it is told to, in a transcript."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [Line("you", "Hello"), Line("agent", "")]

    def compose(self) -> ComposeResult:
        with Transcript(lambda line: line.kind, id="transcript", can_focus=False):
            for line in self.lines:
                yield LineView(line, line.kind)

    @property
    def transcript(self) -> Transcript:
        return self.query_one(Transcript)

    def say(self, text: str, line: Line | None = None) -> None:
        """From here on a line reads so, made safe as all that is said; the last one without another."""
        line = line or self.lines[-1]
        line.text = safe(text)
        self.transcript.grown(line)


class Plain(Stand):
    """The same text, all of it there from the start, with none of our widgets."""

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__()
        self._lines = lines

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="transcript", can_focus=False):
            for line in self._lines:
                with Horizontal(classes=f"line -{line.kind}"):
                    yield Static(Content(widgets.MARKS.get(line.kind, line.kind)), classes="who")
                    yield Static(Content(line.text), classes="text")
