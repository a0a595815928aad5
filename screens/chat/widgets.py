"""A line of a conversation, and the place to write."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar, Self

from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.widgets import Static

from screens.chat.talk import LINES
from screens.widgets.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from screens.chat.talk import Line

WHO_WIDTH = 12
PAINT_S = 0.05
"""Words that arrive within this time after a paint are painted together; the first is painted at once."""
FLOOD_S = 0.05
"""Words that follow each other faster than this, which is faster than the engine sends them, …"""
FLOOD_PAINT_S = 0.25
"""… are painted together for so long: a screen that only watches must not keep a core busy."""
MARKS = {"need": "▲", "error": "✗", "note": "·"}


class Growing(Static):
    """A text that grows at its end: while that stays on its last line, only this line is painted."""

    _painted: tuple[Region, ...] = ()

    def grow(self, before: str, now: str) -> None:
        """Show `now` in place of `before`."""
        content, (width, height) = Content(now), self.content_size
        rules: Any = self.styles
        if not height or not now.startswith(before) or content.get_height(rules, width) != height:
            self.update(content)
            return
        self._painted = (Region(0, height - 1, width, 1),)
        self.update(content, layout=False)
        self._painted = ()

    def refresh(self, *regions: Region, **named: Any) -> Self:
        """As any widget; the last line alone when only that has grown."""
        if named.get("layout") and self._layout_required:
            # Textual counts only the first wish for a layout; a resize that came after it has used that up.
            self._layout_updates += 1
        return super().refresh(*(regions or self._painted), **named)


class LineView(Horizontal):
    """Who, and what was said; only its own text is painted anew when it grows."""

    def __init__(self, line: Line, who: str) -> None:
        super().__init__(classes=f"line -{line.kind}")
        self.line = line
        self._who = who
        self._shown = line.text
        self._text = Growing(Content(line.text), classes="text")

    def compose(self) -> ComposeResult:
        who = MARKS.get(self.line.kind, self._who)
        short = who if len(who) < WHO_WIDTH else f"{who[: WHO_WIDTH - 2]}…"
        yield Static(Content(short), classes="who")
        yield self._text

    def catch_up(self) -> None:
        """Show what the line says by now."""
        if self._shown != self.line.text:
            before, self._shown = self._shown, self.line.text
            self._text.grow(before, self._shown)


class Transcript(VerticalScroll):
    """All that was said; a new line is shown at once, a growing one a few times a second."""

    def __init__(self, who: Callable[[Line], str], **named: Any) -> None:
        """`who`: the name of whoever said a line."""
        super().__init__(**named)
        self._who = who
        self._growing: LineView | None = None
        self._painting, self._painted_at, self._grown_at = False, 0.0, 0.0

    def grown(self, line: Line) -> None:
        """There is a new line, or more of one that is shown."""
        self._turn_to(line)
        now = time.monotonic()
        floods, self._grown_at = now - self._grown_at < FLOOD_S, now
        rest = self._painted_at + (FLOOD_PAINT_S if floods else PAINT_S) - now
        if rest <= 0:
            self._paint()
        elif not self._painting:
            self._painting = True
            self.set_timer(rest, self._paint)

    def _turn_to(self, line: Line) -> None:
        view = self._growing
        if view is not None and view.is_attached:
            if view.line is line:
                return
            view.catch_up()
        self._growing = next((each for each in self.query(LineView) if each.line is line), None)
        if self._growing is None:
            self._growing = LineView(line, self._who(line))
            self.mount(self._growing)
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        """What nobody keeps any more goes; while somebody reads above, nothing moves."""
        views = list(self.query(LineView))
        if len(views) > LINES and self.is_vertical_scroll_end:
            self.remove_children(views[: len(views) - LINES])

    def _paint(self) -> None:
        self._painting, self._painted_at = False, time.monotonic()
        if self._growing is not None:
            self._growing.catch_up()


class Say(Entry):
    """One message; pasted lines become one, none of them is lost and none sends it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Send", id="chat.say", key_display="enter"),
        Binding("up", "screen.recall(-1)", "Last message", id="chat.recall", key_display="↑"),
        Binding("down", "screen.recall(1)", "Next message", id="chat.recall-next", show=False),
        Binding("pageup", "screen.page(-1)", "Scroll", id="chat.page-up", key_display="pgup"),
        Binding("pagedown", "screen.page(1)", "Scroll down", id="chat.page-down", show=False),
    ]

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.insert_text_at_cursor(" ".join(event.text.split("\n")).replace("\r", " "))
