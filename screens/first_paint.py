"""A screen that is painted for the first time when it has something to show: one paint, not two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.screen import Screen

if TYPE_CHECKING:
    from textual import events

PATIENCE_S = 0.1
"""A look that takes longer than this shows the empty frame first."""
SOON_S = 0.001


class PatientScreen(Screen[None]):
    """`await_first_look` before the first paint holds it back; `show_at_last` lets it happen."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._painted = False
        self._awaits = False
        self._resumed = False

    async def _compose(self) -> None:
        """Wear the classes of the present size before there are children that change with them."""
        width, height = self.app.size
        wide = self._get_breakpoint_classes(width, self.HORIZONTAL_BREAKPOINTS or [])
        high = self._get_breakpoint_classes(height, self.VERTICAL_BREAKPOINTS or [])
        self.add_class(*wide, *high, update=False)
        await super()._compose()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """A screen that was composed a moment ago has its styles already."""
        event.refresh_styles = event.refresh_styles and self._resumed
        self._resumed = True

    def await_first_look(self) -> None:
        """Nothing to show yet, but soon; without effect on a screen that was painted."""
        if not self._painted and not self._awaits:
            self._awaits = True
            self.set_timer(PATIENCE_S, self.show_at_last)

    def show_at_last(self) -> None:
        """Paint what there is."""
        if self._awaits:
            self._awaits = False
            self.refresh(layout=True)
            # Textual would wait for its next sixtieth of a second; what widgets change is noted by then.
            self.set_timer(SOON_S, self._on_timer_update)

    def _compositor_refresh(self) -> None:
        """The one place of Textual 8.2.8 that paints a screen; what is not painted stays noted as changed."""
        if not self._awaits:
            self._painted = True
            super()._compositor_refresh()
