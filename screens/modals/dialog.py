"""What all dialogs that say more than a line share: none is ever cut off, and none is answered unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.layouts.vertical import VerticalLayout
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import Static

from screens.grace import Grace
from screens.widgets.key_line import KeyLine, key_of, live_bindings

if TYPE_CHECKING:
    from textual.binding import BindingType
    from textual.geometry import Size
    from textual.layout import ArrangeResult, Layout, WidgetPlacement
    from textual.widget import Widget

    from screens.words import Words

PAGE_UP, PAGE_DOWN = "dialog.page-up", "dialog.page-down"
BY_LINES = (
    Binding("up", "read('up')", "Up", id="dialog.up", show=False),
    Binding("down", "read('down')", "Down", id="dialog.down", show=False),
)
"""For dialogs without a list that has these keys."""


class Reading(VerticalScroll, can_focus=False):
    """The part that may be longer than there is room."""


class GivesWay(VerticalLayout):
    """One below the other; where they need more than there is, the Reading among them gives way alone."""

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        placed = super().arrange(parent, children, size, greedy)
        needs = max((each.region.bottom + each.margin.bottom for each in placed), default=0)
        over = needs - size.height
        if not size.height or over <= 0:  # no height: Textual asks how much they need
            return placed
        at = next((at for at, each in enumerate(placed) if isinstance(each.widget, Reading)), len(placed))
        return [
            each if n < at else _shorter(each, over) if n == at else _higher(each, over)
            for n, each in enumerate(placed)
        ]


def _shorter(each: WidgetPlacement, by: int) -> WidgetPlacement:
    region = each.region
    return each._replace(region=region.crop_size((region.width, max(0, region.height - by))))


def _higher(each: WidgetPlacement, by: int) -> WidgetPlacement:
    return each._replace(region=each.region.translate((0, -by)))


class Frame(Vertical):
    """As high as all it holds, as far as the screen goes."""

    def __init__(self) -> None:
        super().__init__(classes="dialog")
        self._gives_way = GivesWay()

    @property
    def layout(self) -> Layout:
        """Styles take layouts by name only."""
        return self._gives_way


class Keys(KeyLine):
    """The keys of a dialog, at its foot."""

    def render(self) -> Content:
        return super().render()[1:]


class Dialog(ModalScreen[ScreenResultType]):
    """Sub-classes compose a Frame with a Reading, and behind it a `More`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "read('page_up')", "Scroll up", id=PAGE_UP, show=False),
        Binding("pagedown,space", "read('page_down')", "Scroll down", id=PAGE_DOWN, show=False),
        Binding("home", "read('home')", "First", id="dialog.first", show=False),
        Binding("end", "read('end')", "Last", id="dialog.last", show=False),
    ]
    needs_reading = False
    """Whether some answer counts only when all of it was in sight."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._is_read = False
        self.grace = Grace()

    def on_mount(self) -> None:
        for what in ("scroll_y", "show_vertical_scrollbar", "virtual_size"):
            self.watch(self.query_one(Reading), what, self._look_where, init=False)
        self.call_after_refresh(self._begin)

    def on_resize(self) -> None:
        self.call_after_refresh(self._look_where)

    @property
    def is_read(self) -> bool:
        """Whether its end was in sight."""
        self._look_where()
        return self._is_read

    def insist(self) -> None:
        """Somebody wants to answer what was not read: point at where it goes on."""
        self.query_one(More).add_class("need")

    def key(self, name: str) -> str:
        """The key of an action, as people read it."""
        return next((key_of(self.app, item) for item in live_bindings(self) if item.id == name), "")

    def action_read(self, where: str) -> None:
        """Scroll `up`, `down`, a page, or to an end."""
        getattr(self.query_one(Reading), f"scroll_{where}")(animate=False)

    def _begin(self) -> None:
        self._look_where()
        self.grace.begin()

    def _look_where(self) -> None:
        reading = self.query_one(Reading)
        at_end = reading.size.height > 0 and reading.scroll_y >= reading.max_scroll_y
        self._is_read = self._is_read or at_end
        more = self.query_one(More)
        more.display = reading.show_vertical_scrollbar
        if self._is_read:
            more.remove_class("need")
        key, text = (PAGE_UP, "dialog.end") if at_end else (PAGE_DOWN, "dialog.more")
        if self.needs_reading and not self._is_read:
            text = "dialog.more-first"
        more.say(self.key(key), self._words(text))


class More(Static):
    """Whether it goes on below, where not all of it is in sight."""

    def __init__(self) -> None:
        super().__init__(classes="dialog-more", markup=False)
        self._said = ("", "")

    def say(self, key: str, text: str) -> None:
        """The key that scrolls on, and what there is."""
        if self._said != (key, text):
            self._said = (key, text)
            self.update(Content.assemble((key, "bold $moon"), " ", text))
