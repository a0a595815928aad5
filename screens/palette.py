"""The command palette: every operation a person can use, and every place, found by typing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.binding import Binding
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Provider
from textual.content import Content
from textual.widgets.option_list import Option

from screens.deeds import is_for_owners, title_of
from screens.form_screen import FormScreen
from screens.operation_screen import OperationScreen
from screens.place import ADVANCED, INNER_PLACES, PLACES
from screens.theme import PALETTES
from screens.widgets.questions import Wish, can_be_asked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.command import Hits
    from textual.screen import Screen

    from appliance.ops.core import Operation
    from screens.words import Words

_OWN_SCREEN = ("approvals", "chat", "demo", "history", "setup")
"""Areas that have a screen of their own, or none: a form is no way to use them."""
AREA_PLACES = {
    "agents.bind": "routing",
    "agents.unbind": "routing",
    "agents.who": "routing",
    "backup": "backups",
    "secrets": "keys",
}
"""Where an operation, or those of an area, are at home, when the place has another name."""


@dataclass(frozen=True)
class Command:
    """One line of the palette."""

    title: str
    note: str
    run: Callable[[], Any]
    name: str = ""
    """What a supporter calls it: `agents.create`."""
    rank: int = 2
    """What belongs to the present place comes first."""


class Palette(CommandPalette):
    """Textual's palette, with its two sentences in the owner's words."""

    def __init__(self, words: Words) -> None:
        super().__init__(placeholder=words("palette.search"), id="--command-palette")
        self._words = words

    def _start_no_matches_countdown(self, search_value: str) -> None:
        self._stop_no_matches_countdown()

        def show() -> None:
            if search_value:
                none = Option(
                    Content.styled(self._words("palette.none"), "$muted"), disabled=True, id=self._NO_MATCHES
                )
                self.query_one(CommandList).add_option(none)
            self._list_visible = bool(search_value)

        self._no_matches_timer = self.set_timer(self._NO_MATCHES_COUNTDOWN, show)


class Commands(Provider):
    """Made from the registry: an operation that exists can be found here, by those it is meant for."""

    async def startup(self) -> None:
        """Read the registry; its modules load now and not when the program starts."""
        self._commands = sorted(self._all(), key=lambda command: command.rank)

    async def discover(self) -> Hits:
        """Everything, the present place first."""
        for command in self._commands:
            yield DiscoveryHit(command.title, command.run, help=command.note)

    async def search(self, query: str) -> Hits:
        """What resembles the query."""
        matcher = self.matcher(query)
        for command in self._commands:
            score = max(matcher.match(command.title), matcher.match(command.name))
            if score > 0:
                yield Hit(score, matcher.highlight(command.title), command.run, help=command.note)

    def _all(self) -> Iterable[Command]:
        from appliance.ops.registry import every_operation

        screen = self.screen
        if not isinstance(screen, OperationScreen):
            return
        words = screen.words
        here = str(getattr(screen, "place", ""))
        for operation in every_operation():
            if is_offered(operation, words, advanced=screen.desk.advanced):
                rank = 0 if place_of(operation) == here else 2
                note = words(f"palette.{operation.risk.value}")
                title = title_of(words, operation.name, operation.summary)
                yield Command(title, note, partial(self._do, operation), operation.name, rank)
        inner = [name for name, to in INNER_PLACES.items() if to != ADVANCED or screen.desk.advanced]
        for name in (*PLACES, *inner):
            title = words("palette.go", place=words(f"place.{name}"))
            yield Command(title, "", partial(self.app.run_action, ("", "go", (name,))), rank=1)
        for palette in PALETTES:
            title = words("palette.theme", name=words(f"look.theme.{palette.name}"))
            yield Command(title, "", partial(self.app.run_action, ("", "wear", (palette.name,))), rank=3)

    async def _do(self, operation: Operation[Any, Any]) -> None:
        """Where its place has a key for it, as that key does it there; else by a form of its own."""
        screen = self.screen
        there = place_of(operation)
        if there in (*PLACES, *INNER_PLACES) and there != getattr(screen, "place", ""):
            await self.app.run_action(("", "go", (there,)))
        self.app.call_later(self._act, operation)

    async def _act(self, operation: Operation[Any, Any]) -> None:
        screen = self.app.screen
        action = action_for(screen, operation.name)
        if action:
            await screen.run_action(action)
        elif isinstance(screen, OperationScreen):
            self.app.push_screen(form_for(screen, operation))


def place_of(operation: Operation[Any, Any]) -> str:
    """The place an operation is at home; its area where that has none of its own."""
    return AREA_PLACES.get(operation.name) or AREA_PLACES.get(operation.area, operation.area)


def is_offered(operation: Operation[Any, Any], words: Words, *, advanced: bool) -> bool:
    """Owners are offered what has a title in their words, supporters everything a form can ask for."""
    if operation.area in _OWN_SCREEN or not can_be_asked(operation):
        return False
    return advanced or is_for_owners(words, operation.name)


def action_for(screen: Screen[Any], name: str) -> str:
    """The action that does an operation on this screen, by a key or without; empty when there is none."""
    known = {
        item.id: item.action
        for kind in reversed(type(screen).__mro__)
        for item in kind.__dict__.get("BINDINGS", ())
        if isinstance(item, Binding)
    }
    return known.get(name) or getattr(screen, "forms", {}).get(name, "")


def form_for(screen: OperationScreen, operation: Operation[Any, Any]) -> FormScreen:
    """Owners are asked what has a label in their words, the rest keeps its default; supporters all of it."""
    title = title_of(screen.words, operation.name, operation.summary)
    if screen.desk.advanced:
        return FormScreen(screen.desk, operation, title=title)
    labelled = [
        item.name for item in fields(operation.params) if is_asked(operation, item.name, screen.words)
    ]
    kept = {
        item.name: item.default
        for item in fields(operation.params)
        if item.name not in labelled and item.default is not MISSING
    }
    return FormScreen(screen.desk, operation, [Wish(name) for name in labelled], fixed=kept, title=title)


def is_asked(operation: Operation[Any, Any], name: str, words: Words) -> bool:
    """Whether owners are asked for this parameter."""
    return f"field.{operation.area}.{name}" in words
