"""The places: a line under the top on narrow screens, a rail at the left on wide ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from screens.widgets.key_line import key_of, live_bindings

if TYPE_CHECKING:
    from textual import events

    from screens.words import Words


class PlacesBar(Widget):
    """Shows where you are; a click goes elsewhere."""

    def __init__(self, words: Words, current: str, *, advanced: bool = False) -> None:
        """`advanced`: with the place behind the owner's seven that leads to those of supporters."""
        super().__init__()
        from screens.place import ADVANCED, INNER_PLACES, PLACES, POWER_PLACES

        self._words, self._is_advanced = words, advanced
        self._names = (*PLACES, ADVANCED) if advanced else PLACES
        self._labels = tuple(words(f"place.{name}") for name in self._names)
        self._current = ADVANCED if current in POWER_PLACES else INNER_PLACES.get(current, current)

    @property
    def is_rail(self) -> bool:
        """Whether it stands at the left."""
        return self.size.height > 1

    def render(self) -> Content:
        items = self._items()
        if self.is_rail:
            return Content("\n\n").join([*items, self._advanced()])
        return Content.assemble(" ", Content(" ").join(items))

    def on_click(self, event: events.Click) -> None:
        """Go to the place under the pointer."""
        if self.is_rail:
            number = event.y // 2
            if event.y % 2 == 0 and number < len(self._names):
                self._go(self._names[number])
            elif event.y == self._switch_at:
                self.app.call_later(self.app.run_action, "app.advanced")
            return
        start = 1
        for name, item in zip(self._names, self._items(), strict=True):
            if start <= event.x < start + item.cell_length:
                self._go(name)
                return
            start += item.cell_length + 1

    @property
    def _switch_at(self) -> int:
        """The line of the rail below its places where Advanced is switched."""
        return 2 * len(self._names) + 1

    def _advanced(self) -> Content:
        """Whether it is on shows in its mark; an empty line sets it apart."""
        keys = {item.id: key_of(self.app, item) for item in live_bindings(self.screen)}
        mark = (" ●", "$moon") if self._is_advanced else ("", "")
        told = f"{keys.get('app.advanced', 'A')} {self._words('key.app.advanced')}"
        return Content.assemble("\n ", (told, "$muted"), mark)

    def _go(self, name: str) -> None:
        self.app.call_later(self.app.run_action, f"app.go('{name}')")

    def _items(self) -> list[Content]:
        """Where the line is too short for all names, only the place you are in keeps its own."""
        every = range(len(self._names))
        items = [self._item(number) for number in every]
        if self.is_rail or sum(item.cell_length + 1 for item in items) <= self.size.width:
            return items
        return [self._item(number, named=False) for number in every]

    def _item(self, number: int, *, named: bool = True) -> Content:
        here = self._names[number] == self._current
        shown = self._labels[number] if here or named else ""
        head: tuple[str, str] = (
            f"{number + 1} " if shown else str(number + 1),
            "$moon" if here else "$muted",
        )
        item = Content.assemble(head, (shown, "bold $ink" if here else "$muted"))
        return Content.assemble(("▎" if here else " ", "$moon"), item) if self.is_rail else item
