"""The last line: the keys that matter now, from the live bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.binding import Binding
from textual.content import Content
from textual.keys import key_to_character
from textual.widget import Widget
from textual.widgets import Input

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import App
    from textual.screen import Screen

    from screens.words import Words

HELP = "app.help"
"""The id of the key that is always shown."""
LATE = ("wizard.help", "wizard.leave", "wizard.behind")
"""Ids of keys that stand behind what the page itself offers; the last goes first when there is no room."""
GAP = 3
MOST = 7
"""Keys on the line, help among them; help itself lists all."""


def label_of(words: Words, binding: Binding) -> str:
    """What a key does, in the owner's language: `key.<id>` or `key.<description>` where the words have it."""
    keys = (f"key.{binding.id}", f"key.{binding.description.lower().replace(' ', '-')}")
    return next((words(key) for key in keys if key in words), binding.description)


def key_of(app: App[Any], binding: Binding) -> str:
    """A key as people read it."""
    if binding.key_display or "enter" in binding.key.split(","):
        return binding.key_display or "enter"
    shown = app.get_key_display(binding)
    if shown.startswith("^"):
        return f"ctrl+{shown[1:]}"
    return shown.upper() if shown[:1] == "f" and shown[1:].isdigit() else shown


def live_bindings(screen: Screen[Any]) -> Iterator[Binding]:
    """Each action that can be taken now once: the screen's own, the focused widget's, then the frame's.

    Where something is typed, what enter does with it comes first, and keys that would be typed are none.
    """
    own = [item.id for item in type(screen).__dict__.get("BINDINGS", ()) if isinstance(item, Binding)]
    focused = screen.focused
    types = isinstance(focused, Input)
    active = [
        item.binding
        for key, item in screen.active_bindings.items()
        if focused is None or not focused.check_consume_key(key, _character(screen.app, key, item.binding))
    ]

    def rank(binding: Binding) -> int:
        if types and "enter" in binding.key.split(","):
            return -len(own) - 1
        if binding.id in LATE:
            return 2 + LATE.index(binding.id)
        if binding.id in own:
            return own.index(binding.id) - len(own)
        return 1 if binding.action.startswith("app.") else 0

    seen: set[str] = set()
    for binding in sorted(active, key=rank):
        names = {binding.action, f"key {key_of(screen.app, binding)}"}
        if not names & seen:
            seen |= names
            yield binding


def _character(app: App[object], key: str, binding: Binding) -> str | None:
    """What a key writes; Textual knows no character of some names, such as `slash`, but how to show them."""
    shown = app.get_key_display(binding)
    return key_to_character(key) or (shown if len(shown) == 1 and shown.isascii() else None)


class KeyLine(Widget):
    """As many keys as fit and a person takes in, the screen's own first."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.refresh())

    def render(self) -> Content:
        shown = [binding for binding in live_bindings(self.screen) if binding.show]
        room = self.size.width - 2
        for binding in shown:
            if binding.id == HELP:
                room -= self._item(binding).cell_length + GAP
        keys: list[Content] = []
        others = 0
        for binding in shown:
            item = self._item(binding)
            if binding.id == HELP:
                keys.append(item)
            elif item.cell_length <= room and others < MOST - 1:
                keys.append(item)
                others += 1
                room -= item.cell_length + GAP
            else:
                room = 0
        return Content.assemble(" ", Content(" " * GAP).join(keys))

    def _item(self, binding: Binding) -> Content:
        shown = key_of(self.app, binding)
        return Content.assemble((shown, "bold $moon"), " ", (label_of(self._words, binding), "$muted"))
