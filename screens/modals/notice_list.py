"""What was reported in this session, for whoever looked away."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from appliance.text import safe_line
from screens.ages import clock_or_date
from screens.notices import GLYPHS

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from screens.notices import Notice, Notices
    from screens.words import Words


class NoticeList(ModalScreen[None]):
    """The reports, the newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,M", "dismiss", "Back", id="notices.close", key_display="esc"),
        Binding("up,k", "scroll(-1)", "Up", id="notices.up", show=False),
        Binding("down,j", "scroll(1)", "Down", id="notices.down", show=False),
    ]

    def __init__(self, words: Words, notices: Notices) -> None:
        super().__init__()
        self._words = words
        self._notices = notices

    def compose(self) -> ComposeResult:
        kept = self._notices.kept
        lines = [Content.styled(self._words("notices.title"), "bold"), Content()]
        lines += [_line(self._words, notice) for notice in kept] or [
            Content.styled(self._words("notices.none"), "$muted")
        ]
        lines += [Content(), Content.styled(self._words("help.close"), "$muted")]
        with VerticalScroll(classes="dialog"):
            yield Static(Content("\n").join(lines), markup=False)

    def action_scroll(self, by: int) -> None:
        """A line up or down."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


def _line(words: Words, notice: Notice) -> Content:
    glyph = (f"{GLYPHS[notice.meaning]} ", f"${notice.meaning}")
    return Content.assemble((f"{clock_or_date(words, notice.at)}  ", "$muted"), glyph, safe_line(notice.text))
