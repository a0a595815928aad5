"""A place that is not furnished yet: what it will do, and what works today by the keys of this screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding

from screens.list_place import WIDGETS_CSS
from screens.place import Place
from screens.widgets.detail import Detail, Section, Sheet
from screens.widgets.key_line import key_of, live_bindings

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from screens.desk import Desk

TODAY: dict[str, tuple[str, ...]] = {
    "skills": ("go.agents",),
    "health": ("go.dashboard", "go.providers"),
    "operations": ("go.dashboard", "go.agents"),
    "governance": ("undo.last", "app.notices"),
    "sessions": ("go.agents",),
    "memory": ("go.agents",),
    "fleet": ("go.dashboard",),
    "logs": ("go.dashboard", "app.notices"),
    "configuration": ("go.agents", "go.providers", "app.commands"),
}
"""Ids of the keys that do a part of it already; what they do there is said in the words."""

COMMANDS: dict[str, tuple[str, ...]] = {
    "skills": ("lunatui agents show luna", "lunatui config get skills"),
    "health": ("lunatui health glance", "lunatui gateway status", "lunatui audit verify"),
    "operations": ("lunatui gateway status",),
    "governance": ("lunatui audit list", "lunatui audit verify"),
    "sessions": ("lunatui chat --help",),
    "memory": ("lunatui agents show luna",),
    "fleet": ("lunatui profiles export",),
    "logs": ("lunatui gateway status", "lunatui audit list"),
    "configuration": ("lunatui config get", "lunatui config validate"),
}
"""The same for supporters, behind `d`."""


class LaterScreen(Place):
    """Skills, Health and most places of supporters until their own screens are there."""

    CSS_PATH: ClassVar[Any] = [WIDGETS_CSS]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "technical", "Details", id="detail.technical"),
    ]

    def __init__(self, desk: Desk, place: str) -> None:
        super().__init__(desk)
        self.place = place

    def body(self) -> ComposeResult:
        yield Detail(self.words)

    def on_mount(self) -> None:
        detail = self.query_one(Detail)
        detail.technical = self.desk.advanced
        detail.focus()
        self.call_after_refresh(self._show)

    def action_technical(self) -> None:
        """Turn to the commands and back."""
        detail = self.query_one(Detail)
        detail.technical = not detail.technical

    def _show(self) -> None:
        """Once the keys are known that are alive here; unless the screen was left meanwhile."""
        if not self.query(Detail):
            return
        words, place = self.words, self.place
        keys = {item.id: key_of(self.app, item) for item in live_bindings(self.screen)}
        wanted = [name for name in TODAY.get(place, ()) if name in keys]
        wide = max((len(keys[name]) for name in wanted), default=0)
        lines = [
            f"{keys[name]:<{wide}}  {words(f'later.{place}.' + name.replace('.', '-'))}" for name in wanted
        ]
        today = Section(words("later.today"), "\n".join(lines))
        sheet = Sheet(
            words(f"place.{place}"),
            words(f"later.{place}.text"),
            sections=(today,) if lines else (),
            commands=COMMANDS.get(place, ()),
            raw=(today,) if lines else (),
        )
        self.query_one(Detail).show(sheet)
