"""The newest report, above the key line: comes without asking for anything and goes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from appliance.text import safe_line
from screens.notices import GLYPHS
from screens.widgets.columns import cut

if TYPE_CHECKING:
    from textual.timer import Timer

    from screens.notices import Notices


class NoticeLine(Static):
    """Never takes the focus; while it has nothing to say it is not there."""

    def __init__(self, notices: Notices) -> None:
        super().__init__(id="notice", markup=False)
        self._notices = notices
        self._going: Timer | None = None

    def on_mount(self) -> None:
        self.show_newest()

    def on_resize(self) -> None:
        self.show_newest()

    def show_newest(self) -> None:
        """Show the newest report that is still fresh, or nothing."""
        notice = self._notices.fresh
        if self._going is not None:
            self._going.stop()
            self._going = None
        self.display = notice is not None
        if notice is None:
            return
        line = f"{GLYPHS[notice.meaning]} {safe_line(notice.text)}"
        self.update(Content.styled(cut(line, max(8, self.app.size.width - 4)), f"${notice.meaning}"))
        self._going = self.set_timer(max(0.1, self._notices.left(notice)), self.show_newest)
